"""The handwritten digits that come with scikit-learn, in a fixed split for tuning.

1,797 images of 8x8 pixels in ten classes.  The split never changes with a run's seed: every
configuration is judged on the same validation images, and the test images stay unseen by the tuner.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HELD_OUT_IMAGES = 360  # each of validation and test, a fifth of the data
SPLIT_SEED = 2013
BRIGHTEST_PIXEL = 16.0


def digits_split():
    """Three pairs (images, labels): 1,077 to train on, 360 to validate, 360 to test, stratified by class.

    Images are float32 arrays (n, 64) with values in [0, 1].
    """
    images, labels = load_digits(return_X_y=True)
    images = (images / BRIGHTEST_PIXEL).astype(np.float32)
    rest, test, rest_labels, test_labels = _stratified(images, labels)
    train, validation, train_labels, validation_labels = _stratified(rest, rest_labels)
    return (train, train_labels), (validation, validation_labels), (test, test_labels)


def _stratified(images, labels):
    return train_test_split(
        images, labels, test_size=HELD_OUT_IMAGES, stratify=labels, random_state=SPLIT_SEED
    )
