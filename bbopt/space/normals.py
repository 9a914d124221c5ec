"""Normal distributions cut to the unit interval, of some columns of the unit cube."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["UnitNormals"]

_FLOOR = 1e-12
"""Is added to densities, as in SMAC3: what is believed impossible is not ruled out."""

_LOG_2PI = math.log(2 * math.pi)


class UnitNormals:
    """What the `columns` are distributed as; the others are uniform.

    `means` and `sds` (k,) are those of the distributions before they are cut, in the unit interval.
    """

    def __init__(self, columns: Sequence[int], means: NDArray[np.float64], sds: NDArray[np.float64]) -> None:
        self.columns = np.array(columns, dtype=np.intp)
        self._means = means
        self._sds = sds
        low, high = -means / sds, (1.0 - means) / sds
        # Far out in the upper tail all probabilities are 1: such a distribution is looked at from below.
        self._is_mirrored = low > 0.0
        self._low = np.where(self._is_mirrored, -high, low)
        self._high = np.where(self._is_mirrored, -low, high)

    def __bool__(self) -> bool:
        return len(self.columns) > 0

    @cached_property
    def _log_masses(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Logarithms of the probabilities below the lower end, below the upper one, and between (k,)."""
        from scipy.special import log_ndtr  # here, for plain spaces need no scipy

        below, above = log_ndtr(self._low), log_ndtr(self._high)
        return below, above, above + np.log1p(-np.exp(below - above))

    def quantiles(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """The numbers (n, k) below which lie these shares (n, k) of the distributions."""
        from scipy.special import ndtri_exp

        below, above, _ = self._log_masses
        shares = np.where(self._is_mirrored, 1.0 - shares, shares)
        with np.errstate(divide="ignore"):  # the logarithm of 0 is wanted at either end
            log_mass = np.logaddexp(below + np.log1p(-shares), above + np.log(shares))
        scores = np.clip(ndtri_exp(log_mass), self._low, self._high)
        scores = np.where(self._is_mirrored, -scores, scores)
        numbers: NDArray[np.float64] = np.clip(self._means + self._sds * scores, 0.0, 1.0)
        return numbers

    def shares(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Which shares (n, k) of the distributions lie below the numbers: the inverse of `quantiles`."""
        from scipy.special import log_ndtr

        below, _, mass = self._log_masses
        scores = (numbers - self._means) / self._sds
        log_mass = log_ndtr(np.maximum(np.where(self._is_mirrored, -scores, scores), self._low))
        with np.errstate(divide="ignore"):  # the logarithm of 0 is wanted at the lower end
            found = np.minimum(np.exp(log_mass + np.log1p(-np.exp(below - log_mass)) - mass), 1.0)
        shares: NDArray[np.float64] = np.where(self._is_mirrored, 1.0 - found, found)
        return shares

    def log_density(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each number (n, k) in the unit interval, on which its mean is 1; bounded from below."""
        scores = (numbers - self._means) / self._sds
        log_mass = self._log_masses[2]
        density: NDArray[np.float64] = -0.5 * scores**2 - 0.5 * _LOG_2PI - np.log(self._sds) - log_mass
        return np.logaddexp(density, math.log(_FLOOR))
