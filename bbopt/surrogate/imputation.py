"""Right-censored responses, of which only a lower bound is known, estimated along with the model.

The method of Schmee and Hahn (1979, A simple method for regression analysis with censored data), for models
that predict a normal distribution as Hutter, Hoos and Leyton-Brown do (2011, Bayesian optimization with
censored response data): fit a model, replace each censored response by what that model expects of it given
that it lies above its bound, fit again, until the estimates rise no more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bbopt.surrogate.surrogate import FloatArray, Surrogate

__all__ = [
    "CensoredFit",
    "CensoredResponses",
    "ImputationSettings",
    "fit_censored",
    "spread_truncated_normals",
    "truncated_normal_mean",
]

_FAR = 100.0  # standard deviations; from here on the series has 13 digits, the direct formula has fewer


@dataclass(frozen=True, slots=True)
class ImputationSettings:
    """How censored responses are estimated.

    rounds: SMAC v2's `imputation-iterations`; with 0 the model is fitted without the censored runs.
    take_mean: `rf-impute-mean`, estimate by the truncated normal's mean, which understates how responses
    scatter; otherwise by quantiles that are spread evenly over the censored runs.
    penalize_above: a larger estimate becomes the maximum (`rf-penalize-imputed-values`, with the cutoff).
    tolerance: rounds end when the mean estimate rises by less, as a share of the responses' standard
    deviation.
    """

    rounds: int = 2
    take_mean: bool = False
    penalize_above: float = math.inf
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        if self.rounds < 0:
            raise ValueError(f"rounds must not be negative, got {self.rounds}")
        if not self.tolerance >= 0:
            raise ValueError(f"tolerance must not be negative, got {self.tolerance}")


@dataclass(frozen=True, slots=True)
class CensoredResponses:
    """Responses `y` (n,), n >= 1; where `is_censored` (n,), the true one is only known to lie above.

    Estimates are not larger than `maximum` (the penalty, when responses are penalised runtimes) unless their
    bounds are.
    """

    y: FloatArray
    is_censored: NDArray[np.bool_]
    maximum: float = math.inf

    def __post_init__(self) -> None:
        if self.y.ndim != 1 or self.y.shape != self.is_censored.shape:
            raise ValueError(f"y and is_censored must be (n,), got {self.y.shape}, {self.is_censored.shape}")


@dataclass(frozen=True, slots=True)
class CensoredFit:
    """A model fitted to censored data.

    responses (n,): those observed as they are, those censored as they were estimated for the last fit;
    mean_estimates: the mean of the estimates in each round.
    """

    model: Surrogate
    responses: FloatArray
    mean_estimates: tuple[float, ...] = ()


def fit_censored(
    new_model: Callable[[], Surrogate],
    X: FloatArray,
    observed: CensoredResponses,
    settings: ImputationSettings,
    rng: np.random.Generator,
) -> CensoredFit:
    """A model of the responses observed at the points `X` (n, n_params).

    As in SMAC v2, the first model is fitted to the uncensored responses; when there are none, to the bounds.
    """
    y, censored = observed.y, observed.is_censored
    if not censored.any():
        return CensoredFit(_fitted(new_model, X, y), y)
    # Bounds taken for responses would tell the first model, and through it all estimates, that runs are good
    # which were stopped early.
    known = slice(None) if censored.all() else ~censored
    model = _fitted(new_model, X[known], y[known])
    responses = y.copy()
    least_rise = settings.tolerance * float(y.std())
    means: list[float] = []
    for _ in range(settings.rounds):
        responses[censored] = _estimates(model, X[censored], observed, settings, rng)
        model = _fitted(new_model, X, responses)
        means.append(float(responses[censored].mean()))
        if len(means) > 1 and means[-1] - means[-2] <= least_rise:
            break
    return CensoredFit(model, responses, tuple(means))


def truncated_normal_mean(mean: FloatArray, variance: FloatArray, bound: FloatArray) -> FloatArray:
    """E[Y | Y > bound] for normal Y, exact far in the tails too.

    With a = (bound - mean) / sd and the inverse Mills ratio h(a) = phi(a) / (1 - Phi(a)) it is
    mean + sd h(a) = bound + sd (h(a) - a).  Far above the mean h(a) - a cancels, and its asymptotic series
    1/a - 2/a^3 + 10/a^5 - 74/a^7 is used (Abramowitz and Stegun, 26.2.12).
    """
    from scipy import special  # here, for the first run must not wait for scipy

    sd = np.sqrt(variance)
    a = (bound - mean) / sd
    near = np.minimum(a, _FAR)
    hazard = math.sqrt(2 / math.pi) / special.erfcx(near / math.sqrt(2))
    inverse_square = np.maximum(a, _FAR) ** -2.0
    series = 1 - inverse_square * (2 - inverse_square * (10 - 74 * inverse_square))
    excess = np.where(a > _FAR, series / np.maximum(a, _FAR), hazard - near)
    result: FloatArray = np.where(a < 0, mean + sd * hazard, bound + sd * excess)
    return result


def spread_truncated_normals(
    mean: FloatArray, variance: FloatArray, bound: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """One value (n,) of each of n normals truncated below at `bound` (n,).

    The values are the quantiles 1/(n+1), ..., n/(n+1), shuffled: each on its own is as good as random, and
    together they cover the distribution evenly.
    """
    from scipy import special

    # P(Y > v) = u P(Y > bound) is solved by v = mean - sd ndtri(u P(Y > bound)).  In logarithms, because with
    # a bound far above the mean P is smaller than any float.
    n = len(mean)
    above = np.log(rng.permutation(np.arange(1, n + 1)) / (n + 1))
    sd = np.sqrt(variance)
    log_share_above = special.log_ndtr((mean - bound) / sd) + above
    result: FloatArray = np.maximum(mean - sd * special.ndtri_exp(log_share_above), bound)
    return result


def _fitted(new_model: Callable[[], Surrogate], X: FloatArray, y: FloatArray) -> Surrogate:
    model = new_model()
    model.fit(X, y)
    return model


def _estimates(
    model: Surrogate,
    X: FloatArray,
    observed: CensoredResponses,
    settings: ImputationSettings,
    rng: np.random.Generator,
) -> FloatArray:
    """Estimates of the censored responses, whose points are `X`."""
    bounds = observed.y[observed.is_censored]
    mean, variance = model.predict(X)
    if settings.take_mean:
        estimates = truncated_normal_mean(mean, variance, bounds)
    else:
        estimates = spread_truncated_normals(mean, variance, bounds, rng)
    # Bounds come last: they were seen, while the maximum is how we count.
    penalized = np.where(estimates > settings.penalize_above, observed.maximum, estimates)
    return np.maximum(np.minimum(penalized, observed.maximum), bounds)
