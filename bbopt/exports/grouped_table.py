"""Rows of a table taken together: means over folds, instances or whatever differs, and their spreads.

A row stands for a configuration, or for what has equal values in the columns that are asked for.  Values of
several runs in one fold count by their mean; what has failed has no values and is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bbopt.errors import Place
from bbopt.exports.run_table import RunTable
from bbopt.exports.table_view import column_in, for_eyes
from bbopt.runs import RETRAINING, Cell, Row, Spread, spread_over

__all__ = ["grouped", "grouped_for_eyes"]

DEVIATION = "_sd"
"""What the name of a column has behind it where it holds standard deviations."""

RETRAINED = "retrained"

_NOT_MEASURED = frozenset(
    (
        *("instance", "instance_info", "seed", "cutoff_s", "runlength", "search_seed", "run"),
        *("configuration", "proposal", "elapsed_s", "own_cpu_s", "reused_from", "job"),
    )
)
"""Numbers that say which run it is, and not what came out of it."""

_WAITING = frozenset(("queued", "running", "cancelled"))
_WORKED = frozenset(("SAT", "UNSAT", "done"))


def grouped(table: RunTable, names: Sequence[str] | None, place: Place | None) -> RunTable:
    """A row for each group of rows: with equal settings where no `names` of columns are given.

    Only then folds are counted, else rows.  Runs of other budgets are others, also then, and so are jobs that
    come after another group.  InputError for a column that there is not.
    """
    keys = _own_keys(table) if names is None else [column_in(table, name, place) for name in names]
    identities = table.identities if names is None and table.identities else [""] * len(table.rows)
    by_key: dict[tuple[Cell, ...], list[Row]] = {}
    for row, identity in zip(table.rows, identities, strict=True):
        if row.get("origin") != RETRAINING and row.get("reused_from") is None:
            own = (identity,) if identity else tuple(row[key] for key in keys)
            by_key.setdefault(own, []).append(row)
    measured = [name for name in table.columns if name not in keys and _is_measured(table, name)]
    trained = _trained(table, keys) if names is None else {}
    found = [
        {key: _common(some, key) for key in keys}
        | _values(table, some, measured, table.fold if names is None else None)
        | ({RETRAINED: trained.get(own)} if trained else {})
        for own, some in by_key.items()
    ]
    return replace(table, rows=tuple(found))


def _common(rows: Sequence[Row], name: str) -> Cell:
    """What all rows have; None where they differ."""
    first = rows[0][name]
    return first if all(row[name] == first for row in rows) else None


def grouped_for_eyes(table: RunTable, groups: RunTable) -> RunTable:
    """Of the groups of the table's rows the columns that most people look at."""
    seen = set(for_eyes(table).columns)
    whole = {name: {row[name] for row in groups.rows} for name in groups.columns}
    names = [
        name
        for name in groups.columns
        if whole[name] != {None}
        and not (name in {"missing", "failed"} and whole[name] == {0})
        and (name in seen or name.removesuffix(DEVIATION) in seen or name not in _results(table))
        and name != f"wallclock_s{DEVIATION}"
    ]
    return replace(groups, rows=tuple({name: row[name] for name in names} for row in groups.rows))


def _results(table: RunTable) -> set[str]:
    measured = {name for name in table.columns if name not in table.settings and _is_measured(table, name)}
    return measured | {f"{name}{DEVIATION}" for name in measured}


def _own_keys(table: RunTable) -> list[str]:
    """Those that tell one configuration from another."""
    within = {table.fold, "nb_cross_fold"} if table.fold is not None else set[str | None]()
    further = [name for name in table.further if name in table.columns]
    differ = [name for name in further if len({row[name] for row in table.rows}) > 1]
    return [*differ, *(name for name in table.settings if name not in within)]


def _is_measured(table: RunTable, name: str) -> bool:
    if name in table.settings or name in table.further or name in _NOT_MEASURED:
        return False
    cells = [row[name] for row in table.rows if row[name] is not None]
    return bool(cells) and all(isinstance(cell, (int, float)) for cell in cells)


def _values(table: RunTable, rows: Sequence[Row], measured: Sequence[str], fold: str | None) -> Row:
    """How many folds, or without their column rows, have come to something, and what."""
    places = [n if fold is None else row[fold] for n, row in enumerate(rows)]
    ended = [(place, row) for place, row in zip(places, rows, strict=True) if row["status"] not in _WAITING]
    count = spread_over((place, 0.0 if _has_worked(table, row) else None) for place, row in ended)
    has_folds = table.n_folds is not None and fold is not None and set(places) != {None}
    n_all = table.n_folds if has_folds and table.n_folds is not None else len(set(places))
    cells: Row = {
        "rows" if fold is None else "folds": count.n,
        "missing": max(0, n_all - count.n - count.n_failed),
        "failed": count.n_failed,
    }
    worked = [(place, row) for place, row in ended if _has_worked(table, row)]
    for name in measured:
        spread = spread_over(
            (place, cell) for place, row in worked if isinstance(cell := row[name], (int, float))
        )
        cells |= _cells(name, spread)
    return cells


def _cells(name: str, spread: Spread) -> Row:
    return {name: spread.mean, f"{name}{DEVIATION}": spread.deviation}


def _has_worked(table: RunTable, row: Row) -> bool:
    return row["status"] in _WORKED and not (table.unsat_is_failure and row["status"] == "UNSAT")


def _trained(table: RunTable, keys: Sequence[str]) -> dict[tuple[Cell, ...], Cell]:
    """What winners that were trained on all data have come to, by their settings."""
    rows = [row for row in table.rows if row.get("origin") == RETRAINING and _has_worked(table, row)]
    names = [name for name in (table.metric, "quality") if name in table.columns]
    values = [next((row[name] for name in names if row[name] is not None), None) for row in rows]
    found = zip(rows, values, strict=True)
    return {tuple(row[key] for key in keys): "yes" if value is None else value for row, value in found}
