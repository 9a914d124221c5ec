"""Transforms of the responses before a model is fitted.

A model of squared errors is led by the largest responses, but the search cares about the smallest.  The
transforms here are monotone, so that the best stays the best.
"""

from __future__ import annotations

import numpy as np

from bbopt.surrogate.protocol import FloatArray

__all__ = ["log_distance_to_best", "pull_in_failures"]

_SMALLEST_SCALE = 1e-9  # of the largest distance
_OFFSET = 0.01  # responses within about 1% of the usual distance from the best look alike


def log_distance_to_best(y: FloatArray) -> FloatArray:
    """log((y - min y) / (q75 - min y) + 0.01) for responses `y` (n,), n >= 1; constant responses give zeros.

    Stretches the differences among good responses and squeezes those among bad ones.
    """
    distance = y - y.min()
    if distance.max() < np.finfo(float).tiny:
        return np.zeros_like(y)
    distance /= distance.max()
    # Where three quarters are as good as the best, the largest distance has to serve as the unit.
    scale = float(np.quantile(distance, 0.75))
    transformed: FloatArray = np.log(distance / (scale if scale > _SMALLEST_SCALE else 1.0) + _OFFSET)
    return transformed


def pull_in_failures(y: FloatArray, failed: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FloatArray:
    """`y` (n,) with each failed run's response replaced by the worst one among the runs that worked.

    A crash counts as 1e9 for the incumbent; in the model that number would drown everything else, while
    "as bad as the worst seen" says what is known.
    """
    if not failed.any() or failed.all():
        return y
    return np.where(failed, y[~failed].max(), y)
