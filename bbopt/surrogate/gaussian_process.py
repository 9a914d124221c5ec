"""A Gaussian process for small histories: Matern-5/2 kernel, one length scale per parameter.

Rasmussen and Williams, 2006, Gaussian processes for machine learning, sections 2.2, 4.2 and 5.4.  The
hyperparameters are the ones that are most probable under weak priors, found by gradients from a fixed
start, so that they depend on the data alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bbopt.surrogate.encoding import OneHot
from bbopt.surrogate.surrogate import FloatArray

__all__ = [
    "DETERMINISTIC",
    "NOISY",
    "GaussianProcess",
    "Hyperparameters",
    "Posterior",
    "Prior",
    "matern",
    "most_probable",
]

_SMALLEST_NOISE = 1e-6  # relative to the responses' variance; keeps the kernel matrix well conditioned
_MOST_ITERATIONS = 25
_SMALLEST_VARIANCE = 1e-10

_LENGTH_BOUNDS = (-4.0, 5.0)
_SIGNAL_BOUNDS_SD = 4.0  # of the prior
_NOISE_BOUNDS = (-13.0, 1.0)


@dataclass(frozen=True, slots=True)
class Prior:
    """What hyperparameters are expected to be: log-normal around these values.

    length_scale: for one parameter; it grows with the root of the distances in the unit cube, so with the
    fourth root of the number of parameters.  signal and noise: variances, relative to the responses'.  The
    standard deviations (sd) are of logarithms.
    """

    length_scale: float = 0.4
    length_scale_sd: float = 1.0
    signal: float = 1.0
    signal_sd: float = 1.0
    noise: float = math.exp(-6.0)
    noise_sd: float = 2.0


NOISY = Prior()
"""Wider length scales (those of Hvarfner et al., 2024) make the process too sure of itself after few runs."""

DETERMINISTIC = Prior(noise=math.exp(-9.0), noise_sd=1.5)
"""The noise is what the kernel can't follow."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Of the kernel over standardised responses.

    length_scales (n_params,) in unit-cube distances, two choices of a categorical being one apart; signal
    and noise are variances.
    """

    length_scales: FloatArray
    signal: float
    noise: float


class GaussianProcess:
    """A Surrogate with a constant mean; its variance is that of the noise-free response.

    Algorithm 2.1 of Rasmussen and Williams, but the Cholesky factor L of the covariance is inverted, too:
    one fit is asked about thousands of points, whose variances (eq. 2.26) are then k(x, x) - |L^-1 k(x)|^2,
    products in place of solves.

    `hyperparameters` are kept as they are where given, and fitted otherwise, under `prior`.  The noise is
    that of a point whose `noise_scale` is 1.
    """

    def __init__(
        self, one_hot: OneHot, hyperparameters: Hyperparameters | None = None, *, prior: Prior = NOISY
    ) -> None:
        self._one_hot = one_hot
        self._prior = prior
        self.hyperparameters = hyperparameters

    def fit(self, X: FloatArray, y: FloatArray, noise_scale: FloatArray | None = None) -> None:
        """Learn responses `y` (n,) at the unit-cube points `X` (n, n_params).

        `noise_scale` (n,): how many times the noise's variance a response has, 1 where None.
        """
        from scipy.linalg import lapack

        features = self._one_hot.distances(X)
        self._mean = float(y.mean())
        self._scale = float(y.std()) or 1.0
        standardised = (y - self._mean) / self._scale
        scale = np.ones(len(y)) if noise_scale is None else noise_scale
        self._seen = X, y, scale
        if self.hyperparameters is None:
            posterior = Posterior(features, self._one_hot.parameter_of, standardised, scale, self._prior)
            self.hyperparameters = most_probable(posterior)
        found = self.hyperparameters
        by_parameter = np.ascontiguousarray(X.T)
        by_parameter.sort(axis=1)
        self._usual = by_parameter[:, len(X) // 2]
        self._origin = self._one_hot.distances(self._usual[None, :])[0]
        self._divisors = found.length_scales[self._one_hot.parameter_of]
        features -= self._origin
        features /= self._divisors
        self._points = np.ascontiguousarray(features.T)  # some features of all points are taken from it
        self._squares = np.einsum("ij,ij->i", features, features)
        covariance = self._kernel(features, features.T)
        covariance.flat[:: len(y) + 1] = found.signal + found.noise * scale
        factor = cholesky(covariance, 1e-4 * found.signal)
        self._weights, _ = lapack.dpotrs(factor, standardised, lower=1)
        self._whitening, _ = lapack.dtrtri(factor, lower=1)

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (m,) and variance (m,) of the noise-free response at `X` (m, n_params)."""
        from scipy.linalg import blas

        assert self.hyperparameters is not None
        covariance = self._covariance(X)
        mean = covariance @ self._weights
        # It passes over the zeros above the diagonal: half of what a full product takes.
        white = blas.dtrmm(1.0, self._whitening, covariance.T, lower=1, overwrite_b=1).T
        variance = self.hyperparameters.signal - np.einsum("ij,ij->i", white, white)
        np.maximum(variance, _SMALLEST_VARIANCE, out=variance)
        return mean * self._scale + self._mean, variance * self._scale**2

    def believe(self, X: FloatArray) -> FloatArray:
        """Take what is predicted at `X` (m, n_params) for responses (m,) with the noise of one run."""
        points, responses, scale = self._seen
        believed, _ = self.predict(X)
        self.fit(
            np.concatenate([points, X]),
            np.concatenate([responses, believed]),
            np.concatenate([scale, np.ones(len(X))]),
        )
        return believed

    def _covariance(self, X: FloatArray) -> FloatArray:
        """Of the response at `X` (m, n_params) and at the points seen (m, n)."""
        # All points are relative to the usual value of each parameter: what is usual in all of X, as inactive
        # parameters are, is zero in the products, and left out.
        unusual = (self._usual != X).any(axis=0)
        if unusual.all():
            one_hot, origin, divisors, seen = self._one_hot, self._origin, self._divisors, self._points
        else:
            kept = unusual[self._one_hot.parameter_of]
            one_hot, origin, divisors = self._one_hot.of(unusual), self._origin[kept], self._divisors[kept]
            seen, X = self._points[kept], X[:, unusual]
        points = one_hot.distances(X)
        points -= origin
        points /= divisors
        return self._kernel(points, seen)

    def _kernel(self, points: FloatArray, seen: FloatArray) -> FloatArray:
        assert self.hyperparameters is not None
        return matern_between(points, seen, self._squares, self.hyperparameters.signal)


def matern_between(points: FloatArray, seen: FloatArray, squares: FloatArray, signal: float) -> FloatArray:
    """The Matern-5/2 kernel (m, n) of `points` (m, n_features) and those `seen` (n_features, n).

    All are divided by their length scales; `squares` (n,) are the squared lengths of those seen.
    """
    # Distances are r^2 = |a|^2 + |b|^2 - 2 a'b: one matrix product, where differences by parameter would be a
    # tensor.
    squared = np.einsum("ij,ij->i", points, points)[:, None] + squares
    squared -= 2.0 * (points @ seen)
    return matern(squared, signal)[0]


def cholesky(covariance: FloatArray, more_noise: float) -> FloatArray:
    """The lower factor (n, n) of a covariance, whose diagonal is raised where rounding forbids one."""
    from scipy.linalg import lapack

    factor: FloatArray
    factor, failed = lapack.dpotrf(covariance, lower=1, clean=1)
    while failed:  # more noise always helps, in the end
        covariance.flat[:: len(covariance) + 1] += more_noise
        factor, failed = lapack.dpotrf(covariance, lower=1, clean=1)
        more_noise *= 10.0
    return factor


def matern(squared: FloatArray, signal: float) -> tuple[FloatArray, FloatArray]:
    """The Matern-5/2 kernel of squared distances, and its slope -2 dk/d(squared distance); `squared` is lost.

    With a = sqrt(5) r: k = s (1 + a + a^2 / 3) exp(-a) (eq. 4.17); -2 dk/d(r^2) = s (5 / 3) (1 + a) exp(-a).
    """
    np.maximum(squared, 0.0, out=squared)
    squared *= 5.0
    a = np.sqrt(squared)
    decay = np.exp(-a)
    decay *= signal
    a += 1.0
    slope = a * decay
    squared *= decay
    squared /= 3.0
    squared += slope
    slope *= 5.0 / 3.0
    return squared, slope


def most_probable(posterior: Posterior) -> Hyperparameters:
    """Maximum a posteriori by L-BFGS from the prior's mode, as logarithms."""
    from scipy.optimize import minimize

    n = posterior.n_parameters
    bounds = [_LENGTH_BOUNDS] * n + [posterior.signal_bounds, _NOISE_BOUNDS]
    found = minimize(
        posterior,
        posterior.prior_mean,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": _MOST_ITERATIONS},
    )
    return posterior.hyperparameters(found.x)


class Posterior:
    """Minus the logarithm of the hyperparameters' posterior density, with its gradient.

    Eq. 5.8, minus the prior's logarithm, without constants; and eq. 5.9, for logarithms of hyperparameters.
    The gradient over length scales needs no tensor of distances by parameter: with the symmetric weights
    M_ij, sum_ij M_ij (z_id - z_jd)^2 = 2 (sum_i z_id^2 sum_j M_ij - z_d' M z_d).

    `fixed` (n, n) is a part of the covariance without hyperparameters.
    """

    def __init__(
        self,
        features: FloatArray,
        parameter_of: NDArray[np.int64],
        responses: FloatArray,
        noise_scale: FloatArray,
        prior: Prior,
        *,
        fixed: FloatArray | None = None,
    ) -> None:
        varies = (features != features[:1]).any(axis=0)  # what does not adds nothing to any distance
        self._features = features[:, varies]
        self._fixed = fixed
        self._responses = responses
        self._noise_scale = noise_scale
        self._parameter_of = parameter_of[varies]
        self.n_parameters = n = int(parameter_of.max(initial=-1)) + 1
        typical = math.log(prior.length_scale) + 0.25 * math.log(max(n, 1))
        signal, widest = math.log(prior.signal), _SIGNAL_BOUNDS_SD * prior.signal_sd
        self.signal_bounds = signal - widest, signal + widest
        self.prior_mean = np.array([typical] * n + [signal, math.log(prior.noise)])
        self._prior_sd = np.array([prior.length_scale_sd] * n + [prior.signal_sd, prior.noise_sd])

    @property
    def mode(self) -> Hyperparameters:
        """The most probable ones where nothing was seen."""
        return self.hyperparameters(self.prior_mean)

    def hyperparameters(self, logs: FloatArray) -> Hyperparameters:
        """The hyperparameters with these logarithms (n_parameters + 2,)."""
        values, n = np.exp(logs), self.n_parameters
        return Hyperparameters(values[:n], float(values[n]), float(values[n + 1]) + _SMALLEST_NOISE)

    def __call__(self, logs: FloatArray) -> tuple[float, FloatArray]:
        """The value and its gradient (n_parameters + 2,) at the logarithms of hyperparameters."""
        from scipy.linalg import lapack

        n = self.n_parameters
        signal, noise = float(np.exp(logs[n])), float(np.exp(logs[n + 1]))
        points = self._features / np.exp(logs[:n])[self._parameter_of]
        squares = np.einsum("ij,ij->i", points, points)
        squared = squares[:, None] + squares
        squared -= 2.0 * (points @ points.T)
        kernel, slope = matern(squared, signal)
        np.fill_diagonal(kernel, signal)
        noisy = kernel.copy() if self._fixed is None else kernel + self._fixed
        noisy.flat[:: len(noisy) + 1] += (noise + _SMALLEST_NOISE) * self._noise_scale
        factor, failed = lapack.dpotrf(noisy, lower=1, clean=1, overwrite_a=1)
        if failed:  # rounding: the line search takes a shorter step
            return 1e10, np.zeros_like(logs)
        weights, _ = lapack.dpotrs(factor, self._responses, lower=1)
        value = 0.5 * float(self._responses @ weights) + float(np.log(np.diag(factor)).sum())
        inverse, _ = lapack.dpotri(factor, lower=1)
        # Twice the derivative over the kernel matrix, by its lower half: w w' - K^-1.
        pull = np.outer(weights, weights)
        pull -= inverse
        pull -= np.tril(inverse, -1).T
        # With z the scaled features, dk_ij / d log l_d = slope_ij (z_id - z_jd)^2: slope * pull are the M_ij.
        slope *= pull
        by_feature = np.einsum("ij,ij,i->j", points, points, slope.sum(axis=1))
        by_feature -= np.einsum("ij,ij->j", points, slope @ points)
        gradient = np.empty_like(logs)
        gradient[:n] = -np.bincount(self._parameter_of, weights=by_feature, minlength=n)
        gradient[n] = -0.5 * float(np.einsum("ij,ij->", pull, kernel))
        gradient[n + 1] = -0.5 * float(np.diag(pull) @ self._noise_scale) * noise
        away = (logs - self.prior_mean) / self._prior_sd
        return value + 0.5 * float(away @ away), gradient + away / self._prior_sd
