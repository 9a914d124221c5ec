"""Runs as rows of a table: plain values by the names of columns, the same names wherever runs are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timezone
from typing import TypeAlias

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs.values import NO_BUDGET, RunRequest, RunResult
from bbopt.space import Configuration, Parameter, ParameterKind

__all__ = ["Cell", "Row", "aligned", "row_of", "run_cells"]

Cell: TypeAlias = "str | int | float | None"
Row: TypeAlias = dict[str, Cell]

_CLASH = "run_"
_METRIC = "metric_"
_TEXT = "text_"


def row_of(configuration: Configuration, cells: Mapping[str, Cell], parameters: Collection[str]) -> Row:
    """The settings of a run and, after them, what else there is to say.

    Where one of the table's `parameters` has a column's name, the column is called run_NAME.
    """
    row: Row = dict.fromkeys(parameters) | _settings(configuration)
    for name, cell in cells.items():
        row[_free_name(name, parameters)] = cell
    return row


def _free_name(name: str, taken: Collection[str]) -> str:
    return _free_name(_CLASH + name, taken) if name in taken else name


def _settings(configuration: Configuration) -> Row:
    """The value of each parameter: a number or a choice; None where it is inactive."""
    active = set(configuration.active)
    pairs = zip(configuration.space.parameters, configuration.row.tolist(), strict=True)
    return {
        parameter.name: _cell(parameter, x) if parameter.name in active else None for parameter, x in pairs
    }


def _cell(parameter: Parameter, value: float) -> Cell:
    if parameter.kind.is_discrete:
        return parameter.choices[int(value)]
    return int(value) if parameter.kind is ParameterKind.INTEGER else value


def run_cells(request: RunRequest, result: RunResult) -> Row:
    """All of a run but its configuration; None where something is unknown or there is none.

    Columns of a design's table that are no parameters follow, then metrics.  A text that has the name of
    something else is called text_NAME, a metric metric_NAME.
    """
    started_at = result.started_at
    cells: Row = {
        "status": result.shown_status,
        "quality": result.quality,
        "runtime_s": result.runtime_s,
        "runlength": result.runlength,
        "additional": result.additional or None,
        "instance": request.instance.name,
        "instance_info": request.instance.info,
        "seed": request.seed,
        "cutoff_s": None if request.cutoff_s == LARGEST_DOUBLE else request.cutoff_s,
        "budget": None if request.runlength == NO_BUDGET else request.runlength,
        "origin": request.origin.kind,
        "proposal": request.origin.proposal,
        "run_id": result.run_id or None,
        "started_at": None if started_at is None else _utc(started_at),
        "ended_at": None if started_at is None else _utc(started_at + result.wallclock_s),
        "wallclock_s": result.wallclock_s,
        "cpu_s": result.cpu_s,
        "memory_bytes": result.memory_bytes,
        "reason": result.reason or None,
    }
    parameters = request.configuration.space.index
    texts: Row = {name: text for name, text in request.texts if name not in parameters}
    cells |= _apart(texts, _TEXT, cells)
    metrics: Row = {name: value for name, value in result.metrics.items() if cells.get(name) != value}
    return cells | _apart(metrics, _METRIC, cells)


def _apart(new: Row, prefix: str, taken: Collection[str]) -> Row:
    return {(prefix + name if name in taken else name): cell for name, cell in new.items()}


def aligned(rows: Iterable[Row]) -> list[Row]:
    """The rows with the same columns each, in the order in which these are first there."""
    rows = list(rows)
    columns: Row = dict.fromkeys(name for row in rows for name in row)
    return [columns | row for row in rows]


def _utc(at: float) -> str | None:
    """Seconds since the epoch as a date and a time; None for what is none."""
    try:
        return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return None
