"""Predictions of a forest for configurations, marginal over a fixed set of instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bbopt.surrogate.flat_trees import FoldedTree, InstanceRanks
from bbopt.surrogate.surrogate import FloatArray

__all__ = ["MarginalForest"]


class MarginalForest:
    """A forest over [configuration features | instance features], seen as one over configurations alone.

    Its prediction is that for the mean response over the instances.  Each tree is marginalised first, as in
    SMAC v2: its mean is the mean over the instances of the leaf means, its variance the mean over them of the
    leaf variances.  Then, as for single points (Hutter et al., 2014, Algorithm runtime prediction, eq. 3):

        mean     = the mean of the trees' marginal means
        variance = the variance of the trees' marginal means + the mean of their marginal leaf variances

    That the responses of one configuration differ between instances is no uncertainty about their mean:
    the variance of leaf means within a tree does not count.

    `trees` are scikit-learn's fitted `tree_` objects with one output; `instances` (k, n_instance_features)
    stand for themselves, so one given twice counts twice.  The trees are read here and not kept.

    Trees of logarithms have `node_means`, for each tree the mean of what the logarithms (base 10) are of at
    each node: then it is those that are averaged over the instances, and the logarithm of a tree's average
    is its marginal mean.
    """

    def __init__(
        self,
        trees: Sequence[Any],
        n_configuration_features: int,
        instances: FloatArray,
        min_variance: float = 1e-14,
        node_means: Sequence[FloatArray] | None = None,
    ) -> None:
        _check(trees, n_configuration_features, instances)
        ranks = InstanceRanks(instances)
        averaged: Sequence[FloatArray | None] = node_means or [None] * len(trees)
        self._trees = [
            FoldedTree(tree, n_configuration_features, ranks, means)
            for tree, means in zip(trees, averaged, strict=True)
        ]
        self._takes_logarithms = node_means is not None
        self._n_features = n_configuration_features
        self._min_variance = min_variance

    def predict(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (m,) and variance (m,) of the mean response over the instances, at `features` (m, p)."""
        if features.ndim != 2 or features.shape[1] != self._n_features:
            raise ValueError(f"features must be (m, {self._n_features}), got {features.shape}")
        rounded = np.ascontiguousarray(features, dtype=np.float32)  # what scikit-learn's trees compare
        means, leaf_variances = np.stack([tree.predict(rounded) for tree in self._trees], axis=1)
        if self._takes_logarithms:
            means = np.log10(means)
        variance = means.var(axis=0) + leaf_variances.mean(axis=0)
        return means.mean(axis=0), np.maximum(variance, self._min_variance)


def _check(trees: Sequence[Any], n_configuration_features: int, instances: FloatArray) -> None:
    if not trees:
        raise ValueError("a forest has at least one tree")
    if instances.ndim != 2 or len(instances) == 0:
        raise ValueError(f"instances must be (k, n_features) with k >= 1, got {instances.shape}")
    if not np.isfinite(instances).all():
        raise ValueError("instance features must be finite")
    expected = n_configuration_features + instances.shape[1]
    for tree in trees:
        if (tree.n_features, tree.n_outputs) != (expected, 1):
            got = f"{tree.n_features} features and {tree.n_outputs} outputs"
            raise ValueError(f"trees must have {expected} features and one output, got {got}")
