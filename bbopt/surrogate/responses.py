"""Transforms of the responses before a model is fitted.

A model of squared errors is led by the largest responses, but the search cares about the smallest.  The
transforms here are monotone, so that the best stays the best.
"""

from __future__ import annotations

import numpy as np

from bbopt.surrogate.protocol import FloatArray

__all__ = ["log_distance_to_best", "pull_in_failures"]

_OFFSET = 0.01  # responses within about 1% of the usual distance from the best look alike
_FARTHEST = 10.0  # usual distances; what is worse is just bad, and must not draw the trees' attention
_ROUNDING = 8 * float(np.finfo(float).eps)


def log_distance_to_best(y: FloatArray) -> FloatArray:
    """log(min(d / usual, 10) + 0.01), d being the distances of the responses `y` (n,) from the best, n >= 1.

    The usual distance is the upper quartile.  Stretches the differences among good responses, squeezes
    those among bad ones, and bounds what an outlier (a penalty of 1e9, say) can do.  Constant responses
    give zeros.
    """
    distance = y - y.min()
    noise = _ROUNDING * max(abs(float(y.min())), float(np.finfo(float).tiny))
    usual = float(np.quantile(distance, 0.75))
    if usual <= noise:  # three quarters are as good as the best
        worse = distance[distance > noise]
        if len(worse) == 0:
            return np.zeros_like(y)
        usual = float(np.median(worse))
    with np.errstate(over="ignore"):
        relative = np.minimum(distance / usual, _FARTHEST)
    transformed: FloatArray = np.log(relative + _OFFSET)
    return transformed


def pull_in_failures(y: FloatArray, failed: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FloatArray:
    """`y` (n,) with each failed run's response replaced by the worst one among the runs that worked.

    A crash counts as 1e9 for the incumbent; in the model that number would drown everything else, while
    "as bad as the worst seen" says what is known.
    """
    if not failed.any() or failed.all():
        return y
    return np.where(failed, y[~failed].max(), y)
