"""Native values to the unit cube and back, for whole matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bbopt.space.declarations import Parameter, ParameterKind, Scale
from bbopt.space.normals import UnitNormals
from bbopt.space.step_grid import StepGrid

__all__ = ["UnitEncoding"]


class UnitEncoding:
    """The maps between native values and the unit cube, column by column as SMAC v2 has them.

    Every scale is affine, after a logarithm where the parameter asks for it: a real over its range, an
    integer over [low - 0.5, high + 0.5], position i of K choices as (i + 0.5) / K.  With steps, the scale
    goes on beyond both ends by as much as it measures to the middle of the step before.

    `normals`: which columns are not uniform, and what else.
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.low = np.array([p.low for p in parameters], dtype=float)
        self.high = np.array([p.high for p in parameters], dtype=float)
        self.is_whole = np.array([p.kind is not ParameterKind.REAL for p in parameters], dtype=bool)
        self._log_columns = np.flatnonzero([p.log for p in parameters])
        self._near_one_columns = np.flatnonzero([p.scale is Scale.LOG_NEAR_ONE for p in parameters])
        self._gridded = np.flatnonzero([p.grid is not None for p in parameters])
        self._rounded = self.is_whole.copy()
        self._rounded[self._gridded] = False
        grids = [p.grid or StepGrid(p.low, 1.0, 1.0, 1) for p in parameters]
        self._first, self._stride, self._denominator = (
            np.array([(grid.first, grid.stride, grid.denominator) for grid in grids]).reshape(-1, 3).T
        )
        # Half a unit more at both ends: every integer gets a share of the same width, so that uniform points
        # are uniform integers.  Positions 0 to K - 1 are integers like any others: that is (i + 0.5) / K.
        start = np.where(self.is_whole, self.low - 0.5, self.low)
        end = np.where(self.is_whole, self.high + 0.5, self.high)
        start[self._log_columns] = np.log(start[self._log_columns])
        end[self._log_columns] = np.log(end[self._log_columns])
        for column, p in enumerate(parameters):
            if p.grid is not None:
                half = 0.5 * p.grid.step
                first, last = p.scale.of(p.low), p.scale.of(p.high)
                start[column] = first - (p.scale.of(p.low + half) - first)
                end[column] = last + (last - p.scale.of(p.high - half))
            elif p.scale is Scale.LOG_NEAR_ONE:
                start[column], end[column] = p.scale.of(p.low), p.scale.of(p.high)
        self._start = start
        self._width = end - start
        normal = [(column, p.normal) for column, p in enumerate(parameters) if p.normal is not None]
        columns = [column for column, _ in normal]
        means = (np.array([n.mean for _, n in normal]) - start[columns]) / self._width[columns]
        self.normals = UnitNormals(columns, means, np.array([n.sd for _, n in normal]) / self._width[columns])
        is_real = [p.kind is ParameterKind.REAL and p.grid is None for p in parameters]
        reals = [p for p, real in zip(parameters, is_real, strict=True) if real]
        self._real_columns = np.flatnonzero(is_real)
        self._landmarks = np.array([[p.default, p.low, p.high] for p in reals]).reshape(-1, 3).T
        rounding = [[p.rounding(at) for at in (p.default, p.low, p.high)] for p in reals]
        self._rounding = np.array(rounding).reshape(-1, 3).T

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Native values (n, n_params) as points of the unit cube."""
        scaled = np.array(values, dtype=float)
        scaled[:, self._log_columns] = np.log(scaled[:, self._log_columns])
        if len(self._near_one_columns):
            scaled[:, self._near_one_columns] = -np.log1p(-scaled[:, self._near_one_columns])
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
        if len(self._near_one_columns):
            values[:, self._near_one_columns] = -np.expm1(-values[:, self._near_one_columns])
        values[:, self._rounded] = np.floor(values[:, self._rounded] + 0.5)
        if len(self._gridded):
            values[:, self._gridded] = self._on_grid(values[:, self._gridded], self._gridded)
        np.clip(values, self.low, self.high, out=values)
        reals = values[:, self._real_columns]
        for landmark, rounding in zip(self._landmarks[::-1], self._rounding[::-1], strict=True):
            reals = np.where(np.abs(reals - landmark) <= rounding, landmark, reals)
        values[:, self._real_columns] = reals
        values += 0.0  # turns -0.0 into 0.0
        return values

    def adjacent(
        self, columns: NDArray[np.intp], values: NDArray[np.float64], up: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """The next value up or down, the other way at a bound; reals without steps stay."""
        low, high = self.low[columns], self.high[columns]
        direction = np.where((up | (values <= low)) & (values < high), 1.0, -1.0)
        has_steps = self.is_whole[columns] | np.isin(columns, self._gridded)
        return np.where(has_steps & (low < high), self._on_grid(values, columns, direction), values)

    def _on_grid(
        self, values: NDArray[np.float64], columns: NDArray[np.intp], moved: NDArray[np.float64] | float = 0.0
    ) -> NDArray[np.float64]:
        """The number of the column's grid next to each of `values` (..., k), so many steps on."""
        first, stride, denominator = (
            array[columns] for array in (self._first, self._stride, self._denominator)
        )
        position = np.floor((values * denominator - first) / stride + 0.5) + moved
        found: NDArray[np.float64] = (first + position * stride) / denominator
        return found
