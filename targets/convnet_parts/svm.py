"""A linear support vector machine with squared hinge loss, and its cross-validated error.

Chapelle, 2007, Training a support vector machine in the primal: Newton steps over the coefficients of the
training examples.  There are far fewer images than features, so that all is done with inner products.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve

from convnet_parts.pipeline import NothingLeftError

_MOST_STEPS = 25
_SMALLEST_RIDGE = 1e-9  # relative to the mean inner product of an example with itself
_CONSTANT = 1e-12


def folds_of(labels, n_folds, seed):
    """The fold (n,) of each example, every class spread evenly."""
    rng = np.random.default_rng(seed)
    folds = np.empty(len(labels), dtype=int)
    for label in np.unique(labels):
        mine = rng.permutation(np.flatnonzero(labels == label))
        folds[mine] = np.arange(len(mine)) % n_folds
    return folds


def cross_validated_error(features, labels, folds, classifier):
    """The share of examples that are taken for another class by the machine that the other folds trained."""
    n_wrong = 0
    for fold in np.unique(folds):
        held_out = folds == fold
        scaled = prepared(features, ~held_out, classifier).astype(float)
        kernel = scaled @ scaled.T + 1.0  # a constant feature besides, for the threshold
        chosen = decisions(kernel[~held_out][:, ~held_out], labels[~held_out], classifier.l2_reg)
        n_wrong += int(np.count_nonzero(chosen(kernel[held_out][:, ~held_out]) != labels[held_out]))
    return n_wrong / len(labels)


def prepared(features, is_training, classifier):
    """Features as the machine sees them: standardised by the training examples, rows of norm one if asked.

    NothingLeftError when those that vary are asked for and none does.
    """
    training = features[is_training]
    mean, variance = training.mean(axis=0), training.var(axis=0)
    if classifier.drop_constant:
        varies = variance > _CONSTANT
        if not varies.any():
            raise NothingLeftError("no feature varies over the training images")
        features, mean, variance = features[:, varies], mean[varies], variance[varies]
    scaled = features - mean
    scaled /= np.sqrt(np.maximum(variance, np.float32(classifier.variance_threshold)))
    if classifier.divide_by_norm:
        norms = np.linalg.norm(scaled, axis=1, keepdims=True)
        scaled /= np.where(norms > 0, norms, 1)
    return scaled


def decisions(kernel, labels, l2_reg):
    """What tells the class of examples by their inner products with the training examples (m, n).

    There is one machine for two classes, and one for each against the rest where there are more.
    """
    classes = np.unique(labels)
    positive = classes[1:] if len(classes) == 2 else classes
    machines = [coefficients_of(kernel, np.where(labels == k, 1.0, -1.0), l2_reg) for k in positive]
    coefficients = np.stack(machines, axis=1)
    if len(classes) == 2:
        return lambda towards: classes[(towards @ coefficients > 0)[:, 0].astype(int)]
    return lambda towards: classes[np.argmax(towards @ coefficients, axis=1)]


def coefficients_of(kernel, signs, l2_reg):
    """The examples' coefficients b (n,) of w = sum_i b_i x_i that minimises l2_reg |w|^2 + mean(hinge^2).

    `kernel` (n, n) are the inner products, `signs` (n,) the classes, -1 and 1.  A step solves the ridge
    regression of the examples inside of the margin; their set settles after a few of them.
    """
    n = len(signs)
    ridge = max(n * l2_reg, _SMALLEST_RIDGE * float(np.trace(kernel)) / n)
    inside = np.ones(n, dtype=bool)
    for _ in range(_MOST_STEPS):
        coefficients = np.zeros(n)
        block = kernel[np.ix_(inside, inside)]
        block[np.diag_indices_from(block)] += ridge
        coefficients[inside] = solve(block, signs[inside], assume_a="pos")
        following = signs * (kernel @ coefficients) < 1
        if (following == inside).all() or not following.any():
            break
        inside = following
    return coefficients
