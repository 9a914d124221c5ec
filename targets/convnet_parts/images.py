"""The images that come with scikit-image and scikit-learn: nothing is downloaded."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

_SHUFFLE_SEED = 2013
_BRIGHTEST_DIGIT = 16.0


def load_images(name, max_per_class=None):
    """Images (n, side, side, 1) with values in [0, 1], and their classes (n,), numbered from 0.

    `lfw`: scikit-image's subset of Labeled Faces in the Wild, 100 faces (class 1) and 100 pieces of other
    images, 25 x 25 pixels.  `digits`: scikit-learn's, 1,797 of 8 x 8 pixels in ten classes.  Of each class
    at most `max_per_class` are taken, always the same ones.
    """
    images, labels = {"lfw": _lfw, "digits": _digits}[name]()
    order = np.random.default_rng(_SHUFFLE_SEED).permutation(len(images))
    images, labels = images[order], labels[order]
    chosen = np.sort(np.concatenate([np.flatnonzero(labels == k)[:max_per_class] for k in np.unique(labels)]))
    return images[chosen, :, :, None].astype(np.float32), labels[chosen]


def _lfw():
    from skimage.data import lfw_subset

    images = lfw_subset()
    return images, np.repeat([1, 0], len(images) // 2)


def _digits():
    # The file of `sklearn.datasets.load_digits`: importing scikit-learn would take longer than all the rest.
    package = find_spec("sklearn")
    if package is None:
        raise ImportError("No module named 'sklearn'")
    path = Path(package.submodule_search_locations[0], "datasets", "data", "digits.csv.gz")
    table = np.loadtxt(path, delimiter=",")
    return table[:, :-1].reshape(-1, 8, 8) / _BRIGHTEST_DIGIT, table[:, -1].astype(int)
