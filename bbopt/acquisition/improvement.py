"""Acquisition functions: how promising a point is, from a model's mean and variance (minimisation)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AcquisitionFunction",
    "log_expected_exponential_improvement",
    "log_expected_improvement",
    "lower_confidence_bound",
    "predicted_improvement",
]

FloatArray = NDArray[np.float64]
AcquisitionFunction = Callable[[FloatArray, FloatArray, float], FloatArray]
"""(mean (n,), variance (n,), best response so far) -> scores (n,); larger is better."""

_LOG_2PI = math.log(2 * math.pi)
_FAR = -6.0  # below this many standard deviations the direct formula cancels


def log_expected_improvement(mean: FloatArray, variance: FloatArray, best: float | FloatArray) -> FloatArray:
    """Logarithm of the expected improvement on `best`, one or one each, exact far in the tail too.

    With z = (best - mean) / sd: log EI = log sd + log(phi(z) + z Phi(z)).  For very negative z,
    phi(z) + z Phi(z) = phi(z) (1 + z Phi(z) / phi(z)), where Phi/phi is a scaled complementary error
    function (Ament et al., 2023, Unexpected improvements to expected improvement, sec. 4.1); further out
    its series phi(z) / z^2 (1 - 3 / z^2) is used.
    """
    from scipy import special  # here, for the first run must not wait for scipy

    sd = np.sqrt(variance)
    z = (best - mean) / sd
    near = np.maximum(z, _FAR)
    direct = np.log(np.exp(-0.5 * near**2 - 0.5 * _LOG_2PI) + near * special.ndtr(near))
    far = np.minimum(z, _FAR)
    mills = math.sqrt(math.pi / 2) * special.erfcx(-far / math.sqrt(2))
    shrink = np.where(far > -1e3, 1 + far * mills, (1 - 3 / far**2) / far**2)
    tail = -0.5 * far**2 - 0.5 * _LOG_2PI + np.log(shrink)
    result: FloatArray = np.log(sd) + np.where(z > _FAR, direct, tail)
    return result


def log_expected_exponential_improvement(mean: FloatArray, variance: FloatArray, best: float) -> FloatArray:
    """log E[max(exp(best) - exp(Y), 0)] for normal Y: the improvement when Y models a logarithm.

    With v = (best - mean) / sd it is log(exp(best) Phi(v) - exp(mean + variance / 2) Phi(v - sd)) (Hutter
    et al., 2009, An experimental investigation of model-based parameter optimisation, sec. 5.2).
    """
    from scipy import special

    sd = np.sqrt(variance)
    v = (best - mean) / sd
    gain = special.log_ndtr(v)
    ratio = mean - best + 0.5 * variance + special.log_ndtr(v - sd) - gain
    result: FloatArray = best + gain + np.log(-np.expm1(np.minimum(ratio, -1e-16)))
    return result


def predicted_improvement(mean: FloatArray, variance: FloatArray, best: float) -> FloatArray:
    """best - mean: greedy, no exploration."""
    del variance
    return best - mean


def lower_confidence_bound(k: float) -> AcquisitionFunction:
    """Minus the lower confidence bound mean - k sd."""

    def score(mean: FloatArray, variance: FloatArray, best: float) -> FloatArray:
        del best
        return k * np.sqrt(variance) - mean

    return score
