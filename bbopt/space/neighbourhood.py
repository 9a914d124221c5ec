"""The one-exchange neighbourhood of many configurations at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bbopt.space.compiled import CompiledSpace

__all__ = ["Changes", "changes", "stopped_at_bounds"]

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
    parts = [
        _number_changes(
            space, values, may_change & space.is_number, rng, n_continuous=n_continuous, spread=spread
        ),
        _ordinal_changes(values, may_change & space.is_ordinal, space.sizes),
        _categorical_changes(values, may_change, space.category_sizes, rng),
    ]
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    columns = np.concatenate([part.columns for part in parts])
    return Changes(rows[order], columns[order], np.concatenate([part.values for part in parts])[order])


def stopped_at_bounds(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where steps in the unit cube end: those that would leave it, exactly at a bound.

    Bounds are worth trying: 0 is often off, and 1 all.  Draws that stay inside never meet one.
    """
    return np.clip(unit, 0.0, 1.0)


def _categorical_changes(
    values: NDArray[np.float64],
    mask: NDArray[np.bool_],
    sizes: NDArray[np.intp],
    rng: np.random.Generator,
) -> Changes:
    """To all other choices, or to some; `sizes` (n_params,) are numbers of choices, 0 for no categorical."""
    rows, columns = np.nonzero(mask & (sizes > 1))
    n_others = sizes[columns] - 1
    cell = np.repeat(np.arange(len(rows)), n_others)
    others = np.arange(len(cell)) - (np.cumsum(n_others) - n_others)[cell]
    if (n_others > _MOST_CHOICES).any():
        by_lot = np.lexsort((rng.random(len(cell)), cell))
        kept = np.sort(by_lot[others < _MOST_CHOICES])
        cell, others = cell[kept], others[kept]
    rows, columns = rows[cell], columns[cell]
    picked = others + (others >= values[rows, columns])  # leaves out the current position
    return Changes(rows, columns, picked.astype(float))


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
    rows, columns = np.nonzero(mask)
    unit = space.encoding.encode(values[rows, columns], columns)[:, None]
    width = spread[rows][:, None]
    stepped = stopped_at_bounds(unit + width * rng.standard_normal((len(rows), n_continuous)))
    up = rng.random((len(rows), n_continuous)) < 0.5
    rows, columns = np.repeat(rows, n_continuous), np.repeat(columns, n_continuous)
    current = values[rows, columns]
    drawn = space.encoding.decode(stepped.ravel(), columns)
    adjacent = space.encoding.adjacent(columns, current, up.ravel())
    moved = np.where(drawn == current, adjacent, drawn)
    changed = moved != current
    return Changes(rows[changed], columns[changed], moved[changed])
