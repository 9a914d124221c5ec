"""The jobs of a queue as a table of settings and results, ordered by phase and group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bbopt.exports import RunTable
from bbopt.jobs.experiment_jobs import state_of
from bbopt.jobs.job_state import EXPERIMENT
from bbopt.runs import Cell, Row, aligned
from bbopt.stores import JobChoice, JobRow, JobTable

__all__ = ["FOLD", "N_FOLDS", "job_rows"]

FOLD = "id_cross_fold"
"""Pylearn's name of the setting that says which fold a job leaves out."""

N_FOLDS = "nb_cross_fold"
"""That of how many there are."""

_MEASURED = ("quality", "wallclock_s", "cpu_s", "memory_bytes")


def job_rows(table: JobTable) -> RunTable:
    """A row for each job of people, with what it was added with and what it has come to."""
    jobs = [row for row in table.jobs(JobChoice()) if not row.is_of_search]
    jobs.sort(key=lambda row: (row.phase, row.after, row.number))
    settings = tuple(dict.fromkeys(name for row in jobs for name in row.settings if name != EXPERIMENT))
    has_folds = FOLD in settings
    counts = {row.settings[N_FOLDS] for row in jobs if N_FOLDS in row.settings}
    n_folds = next(iter(counts)) if len(counts) == 1 else None
    return RunTable(
        tuple(aligned(_row(row, settings) for row in jobs)),
        settings=settings,
        fold=FOLD if has_folds else None,
        n_folds=n_folds if has_folds and isinstance(n_folds, int) else None,
    )


def _row(row: JobRow, settings: tuple[str, ...]) -> Row:
    place: Row = {"job": row.number, "phase": row.phase, "after": row.after or None}
    results = _results(row)
    known = {name: results.get(name, row.settings.get(name)) for name in settings}
    told = {name: value for name, value in results.items() if name not in known and name not in place}
    reason = {"status": row.status.word, "reason": row.reason or None}
    return {**place, **_cells(known), **reason, **_cells(told)}


def _results(row: JobRow) -> Mapping[str, Any]:
    """What it has left: an experiment's state, or the metrics and measurements of a run."""
    if not row.result:
        return {}
    if "state" in row.result:
        return state_of({}, row.result)
    measured = {name: row.result[name] for name in _MEASURED if name in row.result}
    return {**row.result.get("metrics", {}), **measured}


def _cells(values: Mapping[str, Any]) -> dict[str, Cell]:
    """Numbers and texts as they are, anything else as a text."""
    return {
        name: value if isinstance(value, (int, float, str)) or value is None else str(value)
        for name, value in values.items()
        if name != EXPERIMENT
    }
