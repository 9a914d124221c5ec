"""How the unit cube's columns become a model's features: categories one-hot, everything else as it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.surrogate.surrogate import FloatArray

__all__ = ["OneHot"]


class OneHot:
    """One-hot encoding of the categorical columns of unit-cube points.

    `category_sizes` (n_params,): the number of choices K of a categorical column, 0 for any other.  Choice
    i of K stands as (i + 0.5) / K in the unit cube.  Two choices need one feature, the column itself.
    """

    def __init__(self, category_sizes: NDArray[np.int64]) -> None:
        sizes = np.asarray(category_sizes, dtype=np.int64)
        self._category_sizes = sizes
        self._plain = np.flatnonzero(sizes <= 2)
        self._categorical = np.flatnonzero(sizes > 2)
        self._sizes = sizes[self._categorical]
        self._starts = np.cumsum(np.concatenate([[0], self._sizes]))[:-1] + len(self._plain)
        self.n_features = len(self._plain) + int(self._sizes.sum())
        self.parameter_of = np.concatenate([self._plain, np.repeat(self._categorical, self._sizes)])
        """The parameter (n_features,) that each feature stands for."""
        is_pair = sizes[self._plain] == 2  # its choices stand at 1/4 and 3/4
        one_apart = np.full(int(self._sizes.sum()), math.sqrt(0.5))
        self._distance_scales = np.concatenate([np.where(is_pair, 2.0, 1.0), one_apart])

    def of(self, parameters: NDArray[np.bool_]) -> OneHot:
        """The encoding of points in some parameters (n_params,) only; features keep their order."""
        return OneHot(self._category_sizes[parameters])

    def __call__(self, X: FloatArray) -> FloatArray:
        """Features (n, n_features) of the points `X` (n, n_params)."""
        return self._features(X, np.dtype(np.float64))

    def single(self, X: FloatArray) -> NDArray[np.float32]:
        """The same in single precision, which is what trees take."""
        return self._features(X, np.dtype(np.float32))

    def _features(self, X: FloatArray, dtype: np.dtype[Any]) -> NDArray[Any]:
        features = np.zeros((len(X), self.n_features), dtype)
        features[:, : len(self._plain)] = X[:, self._plain]
        if len(self._categorical):
            choice = (X[:, self._categorical] * self._sizes).astype(np.int64)
            columns = np.minimum(choice, self._sizes - 1) + self._starts
            features[np.arange(len(X))[:, None], columns] = 1.0
        return features

    def distances(self, X: FloatArray) -> FloatArray:
        """Features (n, n_features) in which any two choices of a categorical are one apart."""
        features = self(X)
        features *= self._distance_scales
        return features
