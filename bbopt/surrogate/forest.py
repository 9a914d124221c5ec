"""The random forest: randomised regression trees, read through flat arrays of their leaves.

The trees are scikit-learn's, fitted one by one in this thread.  A prediction asks each tree's compiled
code for leaf numbers, then looks mean and variance up for all trees at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.surrogate.encoding import OneHot
from bbopt.surrogate.surrogate import FloatArray

__all__ = ["Forest", "ForestSettings", "GrownTree", "grow_trees"]


@dataclass(frozen=True, slots=True)
class ForestSettings:
    """The forest's options, named as SMAC v2's `rf-*` options are.

    n_trees: `rf-num-trees`; split_min: `rf-split-min`, the smallest node that may be split; ratio_features:
    `rf-ratio-features`, the share of features looked at per split; bootstrap: draw each tree's points with
    replacement; min_variance: `rf-min-variance`.  best_splits: the best split of each feature, as in SMAC v2,
    instead of a random one.
    """

    n_trees: int = 10
    split_min: int = 2
    ratio_features: float = 5 / 6
    bootstrap: bool = True
    min_variance: float = 1e-14
    best_splits: bool = False

    def __post_init__(self) -> None:
        if self.n_trees < 1:
            raise ValueError(f"n_trees must be at least 1, got {self.n_trees}")
        if not 0 < self.ratio_features <= 1:
            raise ValueError(f"ratio_features must be in (0, 1], got {self.ratio_features}")


@dataclass(frozen=True, slots=True)
class GrownTree:
    """A tree of scikit-learn (`tree_`), and which of the points it was grown from."""

    tree: Any
    points: NDArray[np.int64]


def grow_trees(
    features: NDArray[np.float32], y: FloatArray, settings: ForestSettings, rng: np.random.Generator
) -> list[GrownTree]:
    """Trees for the responses `y` (n,) at `features` (n, n_features)."""
    from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

    make = DecisionTreeRegressor if settings.best_splits else ExtraTreeRegressor
    n = len(y)
    grown = []
    for _ in range(settings.n_trees):
        points = rng.integers(n, size=n) if settings.bootstrap else np.arange(n)
        tree = make(
            min_samples_split=max(2, settings.split_min),
            max_features=settings.ratio_features,
            random_state=int(rng.integers(2**31)),
        )
        tree.fit(features[points], y[points], check_input=False)
        grown.append(GrownTree(tree.tree_, points))
    return grown


class Forest:
    """A forest of extremely randomised trees (Geurts et al., 2006), or of plain ones, with a variance.

    Mean and variance follow the law of total variance over trees and leaves (Hutter et al., 2014,
    Algorithm runtime prediction, eq. 3).
    """

    def __init__(self, one_hot: OneHot, settings: ForestSettings, rng: np.random.Generator) -> None:
        self._one_hot = one_hot
        self._settings = settings
        self._rng = rng

    def fit(self, X: FloatArray, y: FloatArray) -> None:
        """Learn responses `y` (n,) at the unit-cube points `X` (n, n_params)."""
        grown = grow_trees(self._one_hot.single(X), y, self._settings, self._rng)
        self._trees = [one.tree for one in grown]
        sizes = [tree.node_count for tree in self._trees]
        self._offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])[:, None]
        self._node_mean = np.concatenate([tree.value[:, 0, 0] for tree in self._trees])
        self._node_variance = np.concatenate([tree.impurity for tree in self._trees])

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (m,) and variance (m,) of the response at `X` (m, n_params)."""
        features = self._one_hot.single(X)
        leaves = np.stack([tree.apply(features) for tree in self._trees]) + self._offsets
        means = self._node_mean[leaves]
        variance = means.var(axis=0) + self._node_variance[leaves].mean(axis=0)
        return means.mean(axis=0), np.maximum(variance, self._settings.min_variance)
