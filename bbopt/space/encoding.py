"""Native values to the unit cube and back, for whole matrices and for single cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bbopt.space.declarations import Parameter, ParameterKind, Scale
from bbopt.space.normals import UnitNormals
from bbopt.space.step_grid import StepGrid

__all__ = ["UnitEncoding"]

Columns = slice | NDArray[np.intp]

_ALL = slice(None)


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
        self._every = np.arange(len(parameters))
        self._is_log = np.array([p.log for p in parameters], dtype=bool)
        self._is_near_one = np.array([p.scale is Scale.LOG_NEAR_ONE for p in parameters], dtype=bool)
        self._is_gridded = np.array([p.grid is not None for p in parameters], dtype=bool)
        self._is_rounded = self.is_whole & ~self._is_gridded
        grids = [p.grid or StepGrid(p.low, 1.0, 1.0, 1) for p in parameters]
        self._first, self._stride, self._denominator = (
            np.array([(grid.first, grid.stride, grid.denominator) for grid in grids]).reshape(-1, 3).T
        )
        # Half a unit more at both ends: every integer gets a share of the same width, so that uniform points
        # are uniform integers.  Positions 0 to K - 1 are integers like any others: that is (i + 0.5) / K.
        start = np.where(self.is_whole, self.low - 0.5, self.low)
        end = np.where(self.is_whole, self.high + 0.5, self.high)
        start[self._is_log] = np.log(start[self._is_log])
        end[self._is_log] = np.log(end[self._is_log])
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
        self._is_real = ~self.is_whole & ~self._is_gridded
        landmarks = [(p.default, p.low, p.high) for p in parameters]
        rounding = [
            [p.rounding(at) if p.kind is ParameterKind.REAL else 0.0 for at in marks]
            for p, marks in zip(parameters, landmarks, strict=True)
        ]
        self._landmarks = np.array(landmarks, dtype=float).reshape(-1, 3).T
        self._rounding = np.array(rounding).reshape(-1, 3).T

    def encode(self, values: NDArray[np.float64], columns: Columns = _ALL) -> NDArray[np.float64]:
        """Native values (..., k) of the `columns` (k,), of all where there are none, in the unit interval."""
        scaled = np.array(values, dtype=float)
        _apply(np.log, scaled, self._is_log[columns])
        _apply(_near_one_scale, scaled, self._is_near_one[columns])
        scaled -= self._start[columns]
        scaled /= self._width[columns]
        np.clip(scaled, 0.0, 1.0, out=scaled)
        return scaled

    def decode(self, unit: NDArray[np.float64], columns: Columns = _ALL) -> NDArray[np.float64]:
        """The inverse of `encode`: native values (..., k), each inside its domain.

        A real within rounding of its default or a bound is that number, as when it is read from text.
        """
        values: NDArray[np.float64] = np.asarray(unit, dtype=float) * self._width[columns]
        values += self._start[columns]
        _apply(np.exp, values, self._is_log[columns])
        _apply(_from_near_one_scale, values, self._is_near_one[columns])
        _apply(_nearest_whole, values, self._is_rounded[columns])
        every = self._every[columns]
        gridded, real = np.flatnonzero(self._is_gridded[columns]), np.flatnonzero(self._is_real[columns])
        if len(gridded):
            values[..., gridded] = self._on_grid(values[..., gridded], every[gridded])
        np.clip(values, self.low[columns], self.high[columns], out=values)
        reals = values[..., real]
        for landmarks, rounding in zip(self._landmarks[::-1], self._rounding[::-1], strict=True):
            landmark = landmarks[every[real]]
            reals = np.where(np.abs(reals - landmark) <= rounding[every[real]], landmark, reals)
        values[..., real] = reals
        values += 0.0  # turns -0.0 into 0.0
        return values

    def adjacent(
        self, columns: NDArray[np.intp], values: NDArray[np.float64], up: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """The next value up or down, the other way at a bound; reals without steps stay."""
        low, high = self.low[columns], self.high[columns]
        direction = np.where((up | (values <= low)) & (values < high), 1.0, -1.0)
        has_steps = self.is_whole[columns] | self._is_gridded[columns]
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


def _apply(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    values: NDArray[np.float64],
    chosen: NDArray[np.bool_],
) -> None:
    """Replace the `chosen` columns (k,) of values (..., k)."""
    columns = np.flatnonzero(chosen)
    if len(columns):
        values[..., columns] = function(values[..., columns])


def _near_one_scale(values: NDArray[np.float64]) -> NDArray[np.float64]:
    scaled: NDArray[np.float64] = -np.log1p(-values)
    return scaled


def _from_near_one_scale(scaled: NDArray[np.float64]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = -np.expm1(-scaled)
    return values


def _nearest_whole(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.floor(values + 0.5)
