"""A Gaussian process beside linear terms whose weights are unknown.

Rasmussen and Williams, 2006, Gaussian processes for machine learning, section 2.7: the weights have a normal
prior and are integrated out, which adds their covariance to the kernel's.
"""

from __future__ import annotations

import numpy as np

from bbopt.surrogate.encoding import OneHot
from bbopt.surrogate.gaussian_process import (
    Hyperparameters,
    Posterior,
    Prior,
    cholesky,
    matern_between,
    most_probable,
)
from bbopt.surrogate.surrogate import FloatArray

__all__ = ["LinearProcess"]

_LEAST_JITTER = 1e-6
_SMALLEST_VARIANCE = 1e-9


class LinearProcess:
    """Responses y = w' z + M(x) + noise: weights w ~ N(0, diag(sd^2)), M with a Matern-5/2 kernel, mean zero.

    `weight_sd` (n_terms,) are the prior's of the weights.  `hyperparameters` are kept as they are where
    given, and fitted otherwise, under `prior`; with fewer than two responses they are the prior's mode.
    Responses are taken as they are: neither centred nor scaled.
    """

    def __init__(
        self,
        one_hot: OneHot,
        weight_sd: FloatArray,
        prior: Prior,
        hyperparameters: Hyperparameters | None = None,
    ) -> None:
        self._one_hot = one_hot
        self._weight_variance = weight_sd**2
        self._prior = prior
        self._given = hyperparameters

    def fit(self, X: FloatArray, Z: FloatArray, y: FloatArray) -> None:
        """Learn `y` (n,), n >= 0, at unit-cube points `X` (n, n_params) with the terms `Z` (n, n_terms)."""
        from scipy.linalg import lapack

        features = self._one_hot.distances(X)
        linear = (Z * self._weight_variance) @ Z.T
        self.hyperparameters = found = self._given or self._fitted(features, linear, y)
        self._terms = Z
        self._divisors = found.length_scales[self._one_hot.parameter_of]
        self._points = features / self._divisors
        self._squares = np.einsum("ij,ij->i", self._points, self._points)
        n = len(y)
        if n == 0:
            return
        covariance = self._kernel(self._points) + linear
        covariance.flat[:: n + 1] += found.noise
        factor = cholesky(covariance, _LEAST_JITTER)
        self._pull, _ = lapack.dpotrs(factor, y, lower=1)
        self._whitening, _ = lapack.dtrtri(factor, lower=1)

    @property
    def weights(self) -> FloatArray:
        """The posterior mean (n_terms,) of the linear terms' weights."""
        if len(self._terms) == 0:
            return np.zeros_like(self._weight_variance)
        mean: FloatArray = self._weight_variance * (self._terms.T @ self._pull)
        return mean

    def predict(self, X: FloatArray, Z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (m,) and variance (m,) of the noise-free response at `X` (m, n_params) with terms `Z`."""
        from scipy.linalg import blas

        prior_variance = self.hyperparameters.signal + np.square(Z) @ self._weight_variance
        if len(self._terms) == 0:
            return np.zeros(len(X)), prior_variance
        points = self._one_hot.distances(X) / self._divisors
        covariance = self._kernel(points)
        covariance += (Z * self._weight_variance) @ self._terms.T
        mean = covariance @ self._pull
        white = blas.dtrmm(1.0, self._whitening, covariance.T, lower=1, overwrite_b=1).T
        variance = prior_variance - np.einsum("ij,ij->i", white, white)
        return mean, np.maximum(variance, _SMALLEST_VARIANCE)

    def _kernel(self, points: FloatArray) -> FloatArray:
        return matern_between(points, self._points.T, self._squares, self.hyperparameters.signal)

    def _fitted(self, features: FloatArray, linear: FloatArray, y: FloatArray) -> Hyperparameters:
        parameter_of = self._one_hot.parameter_of
        posterior = Posterior(features, parameter_of, y, np.ones(len(y)), self._prior, fixed=linear)
        return most_probable(posterior) if len(y) > 1 else posterior.mode
