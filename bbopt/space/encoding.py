"""Native values to the unit cube and back, for whole matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bbopt.space.declarations import Parameter, ParameterKind

__all__ = ["UnitEncoding"]


class UnitEncoding:
    """The maps between native values and the unit cube, column by column as SMAC v2 has them.

    Every scale is affine, after a logarithm where the parameter asks for it: a real over its range, an
    integer over [low - 0.5, high + 0.5], position i of K choices as (i + 0.5) / K.
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.low = np.array([p.low for p in parameters], dtype=float)
        self.high = np.array([p.high for p in parameters], dtype=float)
        self.is_whole = np.array([p.kind is not ParameterKind.REAL for p in parameters], dtype=bool)
        self._log_columns = np.flatnonzero([p.log for p in parameters])
        # Half a unit more at both ends: every integer gets a share of the same width, so that uniform points
        # are uniform integers.  Positions 0 to K - 1 are integers like any others: that is (i + 0.5) / K.
        start = np.where(self.is_whole, self.low - 0.5, self.low)
        end = np.where(self.is_whole, self.high + 0.5, self.high)
        start[self._log_columns] = np.log(start[self._log_columns])
        end[self._log_columns] = np.log(end[self._log_columns])
        self._start = start
        self._width = end - start
        reals = [p for p in parameters if p.kind is ParameterKind.REAL]
        self._real_columns = np.flatnonzero(~self.is_whole)
        self._landmarks = np.array([[p.default, p.low, p.high] for p in reals]).reshape(-1, 3).T
        rounding = [[p.rounding(at) for at in (p.default, p.low, p.high)] for p in reals]
        self._rounding = np.array(rounding).reshape(-1, 3).T

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Native values (n, n_params) as points of the unit cube."""
        scaled = np.array(values, dtype=float)
        scaled[:, self._log_columns] = np.log(scaled[:, self._log_columns])
        scaled -= self._start
        scaled /= self._width
        np.clip(scaled, 0.0, 1.0, out=scaled)
        return scaled

    def decode(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the unit cube (n, n_params) as native values, each inside its domain.

        A real within rounding of its default or a bound is that number, as when it is read from text.
        """
        values: NDArray[np.float64] = np.asarray(unit, dtype=float) * self._width
        values += self._start
        values[:, self._log_columns] = np.exp(values[:, self._log_columns])
        values[:, self.is_whole] = np.floor(values[:, self.is_whole] + 0.5)
        np.clip(values, self.low, self.high, out=values)
        reals = values[:, self._real_columns]
        for landmark, rounding in zip(self._landmarks[::-1], self._rounding[::-1], strict=True):
            reals = np.where(np.abs(reals - landmark) <= rounding, landmark, reals)
        values[:, self._real_columns] = reals
        values += 0.0  # turns -0.0 into 0.0
        return values
