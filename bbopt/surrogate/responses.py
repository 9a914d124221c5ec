"""Transforms of the responses before a model is fitted.

A model of squared errors is led by the largest responses, but the search cares about the smallest.  The
transforms here are monotone, so that the best stays the best.
"""

from __future__ import annotations

import math

import numpy as np

from bbopt.surrogate.surrogate import FloatArray

__all__ = ["clipped", "log_distance_to_best", "pull_in_failures", "yeo_johnson"]

_OFFSET = 0.01  # responses within about 1% of the usual distance from the best look alike
_FARTHEST = 10.0  # usual distances; what is worse is just bad, and must not draw the trees' attention
_POWERS = (-4.0, 6.0)
_NEAR = 1e-8
_SMALLEST_SPREAD = 1e-9  # of the middle half of the responses; with less they count as equal
_CLIPPED_AT = 2.0  # quartiles' distances above the median
_ROUNDING = 8 * float(np.finfo(float).eps)


def log_distance_to_best(y: FloatArray) -> FloatArray:
    """log(min(d / usual, 10) + 0.01), d being the distances of the responses `y` (n,) from the best, n >= 1.

    The usual distance is the upper quartile.  Stretches the differences among good responses, squeezes
    those among bad ones, and bounds what an outlier (a penalty of 1e9, say) can do.  Constant responses
    give zeros.
    """
    relative = _relative_distance(y)
    transformed: FloatArray = np.log(relative + _OFFSET) if relative.any() else np.zeros_like(y)
    return transformed


def _relative_distance(y: FloatArray) -> FloatArray:
    """Distances from the best in units of the usual one, at most _FARTHEST; zeros for constant responses."""
    distance = y - y.min()
    noise = _ROUNDING * max(abs(float(y.min())), float(np.finfo(float).tiny))
    usual = float(np.quantile(distance, 0.75))
    if usual <= noise:  # three quarters are as good as the best
        worse = distance[distance > noise]
        if len(worse) == 0:
            return np.zeros_like(y)
        usual = float(np.median(worse))
    with np.errstate(over="ignore"):
        relative: FloatArray = np.minimum(distance / usual, _FARTHEST)
    return relative


def yeo_johnson(y: FloatArray) -> FloatArray:
    """The responses `y` (n,), n >= 1, bent towards a normal distribution by the most likely power.

    Yeo and Johnson, 2000, A new family of power transformations to improve normality or symmetry.  Before
    that they are centred at the median and scaled by the quartiles' distance, so that units do not matter,
    and outliers pulled in.  The result has mean 0 and standard deviation 1; constant responses give zeros.
    """
    from scipy.optimize import minimize_scalar

    relative = _around_median(_relative_distance(y))
    if not relative.any():
        return relative
    logs = np.sign(relative) * np.log1p(np.abs(relative))

    def badness(power: float) -> float:
        """Minus the log-likelihood per response of a normal distribution after the transform."""
        variance = float(_bent(relative, power).var())
        return 0.5 * math.log(max(variance, 1e-300)) - (power - 1.0) * float(logs.mean())

    found = minimize_scalar(badness, bounds=_POWERS, method="bounded", options={"xatol": 1e-2})
    bent = _bent(relative, float(found.x))
    bent -= bent.mean()
    bent /= bent.std()
    return bent


def clipped(y: FloatArray) -> FloatArray:
    """The responses `y` (n,), n >= 1, centred and scaled by the quartiles, outliers above them pulled in.

    For noisy responses: a power would stretch the noise among the good ones, and squeeze it elsewhere.
    """
    return np.minimum(_around_median(_relative_distance(y)), _CLIPPED_AT)


def _around_median(y: FloatArray) -> FloatArray:
    """`y` centred at the median in units of the quartiles' distance; zeros for constant responses."""
    centred: FloatArray = y - np.median(y)
    spread = float(np.subtract(*np.quantile(centred, [0.75, 0.25])))
    if spread < _SMALLEST_SPREAD:
        spread = float(centred.std())
    return centred / spread if spread else np.zeros_like(y)


def _bent(y: FloatArray, power: float) -> FloatArray:
    """The Yeo-Johnson transform; its limits at powers 0 and 2 are logarithms."""
    size = np.log1p(np.abs(y))
    positive = size if abs(power) < _NEAR else np.expm1(power * size) / power
    other = 2.0 - power
    negative = size if abs(other) < _NEAR else np.expm1(other * size) / other
    bent: FloatArray = np.where(y >= 0, positive, -negative)
    return bent


def pull_in_failures(y: FloatArray, failed: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FloatArray:
    """`y` (n,) with each failed run's response replaced by the worst one among the runs that worked.

    A crash counts as 1e9 for the incumbent; in the model that number would drown everything else, while
    "as bad as the worst seen" says what is known.
    """
    if not failed.any() or failed.all():
        return y
    return np.where(failed, y[~failed].max(), y)
