"""All configurations of a small space."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bbopt.space.compiled import CompiledSpace
from bbopt.space.forbidden import ForbiddenClause

__all__ = ["enumerate_rows"]

_MOST_CELLS = 8_000_000
"""Partial rows times parameters held at once: 64 MB per matrix."""


def enumerate_rows(
    space: CompiledSpace, limit: int, levels: Mapping[int, NDArray[np.float64]]
) -> NDArray[np.float64] | None:
    """All legal rows that differ in active parameters, when at most `limit` (see `Space.enumerate_values`).

    Parameters are set one after the other, parents first, each partial row continued by all values of an
    active parameter (of an inactive one too where a clause looks at it).  Clauses prune as soon as all
    their parameters are set.
    """
    most_rows = max(1, _MOST_CELLS // max(1, space.n_params))
    due = _clauses_by_last_column(space)
    mentioned = {column for clause in space.forbidden.clauses for column in clause.columns}
    values = space.default_row
    active = np.ones((1, space.n_params), dtype=bool)
    for column in space.activity.column_order:
        active[:, column] = space.activity.column_active(column, values, active)
        choices = levels[column] if column in levels else _column_values(space, column)
        if choices is None and active[:, column].any():
            return None
        if choices is not None:
            varies = active[:, column] | (column in mentioned)
            repeats = np.where(varies, len(choices), 1)
            if int(repeats.sum()) > most_rows:
                return None
            values, active = np.repeat(values, repeats, axis=0), np.repeat(active, repeats, axis=0)
            values[np.repeat(varies, repeats), column] = np.tile(choices, int(np.count_nonzero(varies)))
        for clause in due.pop(column, ()):
            is_legal = ~clause.matches(values)
            values, active = values[is_legal], active[is_legal]
        if not due and not mentioned and len(values) > limit:
            return None
    return _distinct(space, values, limit)


def _clauses_by_last_column(space: CompiledSpace) -> dict[int, list[ForbiddenClause]]:
    """The clauses by the column with which the last of their parameters is set."""
    position = {column: index for index, column in enumerate(space.activity.column_order)}
    due: dict[int, list[ForbiddenClause]] = {}
    for clause in space.forbidden.clauses:
        if clause.columns:
            due.setdefault(max(clause.columns, key=position.__getitem__), []).append(clause)
    return due


def _column_values(space: CompiledSpace, column: int) -> NDArray[np.float64] | None:
    """The native values that a column may take; None when they can't be listed."""
    if column in space.fixed:
        return np.array([space.fixed[column]])
    parameter = space.parameters[column]
    return parameter.listed if parameter.size <= _MOST_CELLS else None


def _distinct(space: CompiledSpace, values: NDArray[np.float64], limit: int) -> NDArray[np.float64] | None:
    rows = space.canonical(values)
    first = {key: index for index, key in reversed(list(enumerate(space.keys(rows))))}
    if len(first) > limit:
        return None
    rows = rows[sorted(first.values())]
    return rows[~space.is_forbidden(rows)]
