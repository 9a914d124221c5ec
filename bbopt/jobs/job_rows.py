"""The jobs of a queue as a table of settings and results, ordered by phase and group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bbopt.exports import RunTable
from bbopt.jobs.experiment_jobs import state_of
from bbopt.jobs.folds import FOLD, N_FOLDS
from bbopt.jobs.job_state import AFTER, EXPERIMENT, PHASE
from bbopt.jobs.references import references_in
from bbopt.jobs.values import canonical
from bbopt.runs import Cell, Row, aligned
from bbopt.stores import JobChoice, JobKind, JobRow, JobTable

__all__ = ["job_rows"]

_MEASURED = ("quality", "wallclock_s", "cpu_s", "memory_bytes")


def job_rows(table: JobTable) -> RunTable:
    """A row for each job of people, with what it was added with and what it has come to.

    A setting that names a result of earlier jobs has the value of that, once the job has begun.
    """
    jobs = [row for row in table.jobs(JobChoice()) if not row.is_of_search]
    jobs.sort(key=lambda row: (row.phase, row.after, row.number))
    settings = tuple(dict.fromkeys(name for row in jobs for name in row.settings if name != EXPERIMENT))
    has_folds = FOLD in settings
    counts = {count for row in jobs if isinstance(count := row.settings.get(N_FOLDS), int)}
    n_folds = next(iter(counts)) if len(counts) == 1 else None
    return RunTable(
        tuple(aligned(_row(row, settings) for row in jobs)),
        settings=settings,
        further=(PHASE,) if has_folds else (PHASE, AFTER),
        fold=FOLD if has_folds else None,
        n_folds=n_folds if has_folds else None,
        identities=tuple(map(_identity, jobs)),
    )


def _identity(row: JobRow) -> str:
    """Equal for jobs that differ in nothing but the fold; each of these may come after a group of its own."""
    after = "" if FOLD in row.settings else row.after
    settings = {name: value for name, value in row.settings.items() if name != FOLD}
    return canonical({"settings": settings, PHASE: row.phase, AFTER: after})


def _row(row: JobRow, settings: tuple[str, ...]) -> Row:
    place: Row = {"job": row.number, PHASE: row.phase, AFTER: row.after or None}
    results = _results(row)
    waiting = references_in(row.settings) if row.kind is JobKind.EXPERIMENT else {}
    known = {
        name: results.get(name, None if name in waiting else row.settings.get(name)) for name in settings
    }
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
