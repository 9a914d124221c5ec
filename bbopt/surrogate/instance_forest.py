"""A random forest over configurations and instances, predicting for configurations alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bbopt.surrogate.encoding import OneHot
from bbopt.surrogate.forest import ForestSettings, GrownTree, grow_trees
from bbopt.surrogate.marginal import MarginalForest
from bbopt.surrogate.surrogate import FloatArray

__all__ = ["InstanceForest"]


class InstanceForest:
    """Trees over [configuration | instance], as SMAC v2 has them.

    instances (k, n_instance_features): what the trees may split on of each instance.  The points `X` of
    `fit` and `predict` are [unit-cube point | number of the instance].  `takes_logarithms`: responses are
    base-10 logarithms, and means over instances are taken of what they are the logarithms of.
    """

    def __init__(
        self,
        one_hot: OneHot,
        settings: ForestSettings,
        instances: FloatArray,
        rng: np.random.Generator,
        *,
        takes_logarithms: bool,
    ) -> None:
        self._one_hot = one_hot
        self._settings = settings
        self._instances = instances
        self._rng = rng
        self._takes_logarithms = takes_logarithms

    def fit(self, X: FloatArray, y: FloatArray) -> None:
        """Learn responses `y` (n,) at `X` (n, n_params + 1)."""
        self._features = self._joined(X)
        self._y = y
        self._grown = grow_trees(self._features, y, self._settings, self._rng)

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (m,) and variance (m,) of the responses at `X` (m, n_params + 1)."""
        features = self._joined(X)
        leaves = [(one.tree, one.tree.apply(features)) for one in self._grown]
        means = np.stack([tree.value[leaf, 0, 0] for tree, leaf in leaves])
        variances = np.stack([tree.impurity[leaf] for tree, leaf in leaves])
        variance = means.var(axis=0) + variances.mean(axis=0)
        return means.mean(axis=0), np.maximum(variance, self._settings.min_variance)

    def marginal(self) -> MarginalForest:
        """The forest for the mean response over all instances, of one-hot encoded configurations."""
        node_means = [self._node_means(one) for one in self._grown] if self._takes_logarithms else None
        return MarginalForest(
            [one.tree for one in self._grown],
            self._one_hot.n_features,
            self._instances,
            self._settings.min_variance,
            node_means,
        )

    def _node_means(self, grown: GrownTree) -> FloatArray:
        """For each leaf the mean of what its responses are logarithms of; 1 for inner nodes."""
        leaf = grown.tree.apply(self._features[grown.points])
        n = grown.tree.node_count
        sums = np.bincount(leaf, weights=10.0 ** self._y[grown.points], minlength=n)
        counts = np.bincount(leaf, minlength=n)
        return np.where(counts > 0, sums / np.maximum(counts, 1), 1.0)

    def _joined(self, X: FloatArray) -> NDArray[np.float32]:
        numbers = X[:, -1].astype(np.int64)
        return np.hstack([self._one_hot(X[:, :-1]), self._instances[numbers]]).astype(np.float32)
