"""The one-exchange neighbourhood of many configurations at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bbopt.space.compiled import CompiledSpace
from bbopt.space.declarations import ParameterKind

__all__ = ["Changes", "changes"]

_MOST_CHOICES = 20
"""A categorical with more choices than this contributes only so many, drawn at random."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Single changes of rows: row `rows[i]` gets the native value `values[i]` in column `columns[i]`."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: NDArray[np.float64]


def changes(
    space: CompiledSpace,
    values: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    n_continuous: int,
    spread: NDArray[np.float64],
) -> Changes:
    """All single changes that a search may make of rows of native values (n, n_params), by row.

    `spread` (n,) is the standard deviation, in the unit cube, of the steps of integers and reals.
    """
    may_change = space.may_change(values)
    kinds = np.array([p.kind.value for p in space.parameters], dtype=str)
    sizes = np.array([p.size for p in space.parameters], dtype=float)
    is_number = np.isin(kinds, [ParameterKind.INTEGER.value, ParameterKind.REAL.value])
    parts = [
        _number_changes(space, values, may_change & is_number, rng, n_continuous=n_continuous, spread=spread)
    ]
    parts.append(_ordinal_changes(values, may_change & (kinds == ParameterKind.ORDINAL.value), sizes))
    is_categorical = kinds == ParameterKind.CATEGORICAL.value
    for size in np.unique(sizes[is_categorical & (sizes > 1)]):
        mask = may_change & (is_categorical & (sizes == size))
        parts.append(_categorical_changes(values, mask, int(size), rng))
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    columns = np.concatenate([part.columns for part in parts])
    return Changes(rows[order], columns[order], np.concatenate([part.values for part in parts])[order])


def _categorical_changes(
    values: NDArray[np.float64], mask: NDArray[np.bool_], size: int, rng: np.random.Generator
) -> Changes:
    rows, columns = np.nonzero(mask)
    current = values[rows, columns][:, None]
    if size > _MOST_CHOICES:
        lots = rng.random((len(rows), size - 1))
        others = np.sort(np.argpartition(lots, _MOST_CHOICES - 1, axis=1)[:, :_MOST_CHOICES], axis=1)
    else:
        others = np.broadcast_to(np.arange(size - 1), (len(rows), size - 1))
    picked = others + (others >= current)  # leaves out the current position
    count = picked.shape[1]
    return Changes(np.repeat(rows, count), np.repeat(columns, count), picked.ravel().astype(float))


def _ordinal_changes(
    values: NDArray[np.float64], mask: NDArray[np.bool_], sizes: NDArray[np.float64]
) -> Changes:
    rows, columns = np.nonzero(mask)
    rows, columns = np.repeat(rows, 2), np.repeat(columns, 2)
    moved = values[rows, columns] + np.tile([-1.0, 1.0], len(rows) // 2)
    inside = (moved >= 0) & (moved < sizes[columns])
    return Changes(rows[inside], columns[inside], moved[inside])


def _number_changes(
    space: CompiledSpace,
    values: NDArray[np.float64],
    mask: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    n_continuous: int,
    spread: NDArray[np.float64],
) -> Changes:
    from scipy.special import ndtr, ndtri  # here, for the first run must not wait for scipy

    rows, columns = np.nonzero(mask)
    unit = space.encode(values)[rows, columns][:, None]
    width = spread[rows][:, None]
    below, above = ndtr(-unit / width), ndtr((1.0 - unit) / width)
    lots = rng.random((len(rows), n_continuous))
    stepped = np.clip(unit + width * ndtri(below + lots * (above - below)), 0.0, 1.0)
    up = rng.random((len(rows), n_continuous)) < 0.5
    rows, columns = np.repeat(rows, n_continuous), np.repeat(columns, n_continuous)
    current = values[rows, columns]
    drawn = _decode_cells(space, columns, stepped.ravel())
    adjacent = space.encoding.adjacent(columns, current, up.ravel())
    moved = np.where(drawn == current, adjacent, drawn)
    changed = moved != current
    return Changes(rows[changed], columns[changed], moved[changed])


def _decode_cells(
    space: CompiledSpace, columns: NDArray[np.intp], unit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Decode single cells, column `columns[i]` at `unit[i]`, through as few full rows as possible."""
    if not len(columns):
        return np.empty(0)
    order = np.argsort(columns, kind="stable")
    counts = np.bincount(columns, minlength=len(space.parameters))
    position = np.arange(len(columns)) - np.repeat(np.cumsum(counts) - counts, counts)
    grid = np.full((int(counts.max()), len(space.parameters)), 0.5)
    grid[position, columns[order]] = unit[order]
    cells = np.empty(len(columns))
    cells[order] = space.decode(grid)[position, columns[order]]
    return cells
