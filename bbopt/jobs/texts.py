"""What Jobman prints of jobs, to the letter, for scripts that read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bbopt.jobs.job_state import PRIORITY, STATUS
from bbopt.jobs.products import Product
from bbopt.runs import JobStatus

__all__ = [
    "PRIORITY_RESET",
    "adding",
    "count_added",
    "count_changed",
    "count_run",
    "group_line",
    "job_line",
    "keys_line",
    "missing_job",
    "product_line",
    "skipping",
]

PRIORITY_RESET = "Reseted the priority to the default value"


def product_line(product: Product) -> str:
    """All lists of arguments, and those of the varying arguments."""
    return f"{_lists(product.lists)} {_lists(product.varying)}"


def _lists(lists: Iterable[Sequence[str]]) -> str:
    return repr(list(map(list, lists)))


def group_line(name: str, n_jobs: int) -> str:
    """That the jobs which are told of next come after this group."""
    return f"GROUP    {name!r} of {n_jobs} {'job' if n_jobs == 1 else 'jobs'}"


def adding(state: Mapping[str, Any]) -> str:
    """That a job with this flat state is added."""
    return f"ADDING   {dict(state)!r}"


def skipping(settings: Mapping[str, Any]) -> str:
    """That a job with these flat settings is not added, because there is one."""
    return f"SKIPPING {dict(settings)!r}"


def count_added(added: int, wanted: int) -> str:
    """How many of the wanted jobs were added."""
    return f"Added {added} on {wanted} jobs"


def job_line(number: int, state: Mapping[str, Any], keys: Iterable[str] = (), waits: str = "") -> str:
    """The status and the priority of a job with this flat state, the values of these keys, why it waits."""
    shown = [f"{key}={state.get(key, 'KeyDontExist')}" for key in keys] + ([waits] if waits else [])
    return " ".join(
        [f"Job id {number}, status={state[STATUS]:d}", f"jobman.sql.priority={state[PRIORITY]}", *shown]
    )


def missing_job(number: int) -> str:
    """That there is no such job."""
    return f"Job id {number} don't exit in the db"


def keys_line(state: Mapping[str, Any]) -> str:
    """The keys of the flat state of the first job."""
    return " ".join(["Keys in the state of the first jobs", *state])


def count_changed(status: JobStatus, jobs: int) -> str:
    """How many jobs were given the status."""
    return f"Changed the status to {status:d} for {jobs:d} jobs"


def count_run(jobs: int) -> str:
    """How many jobs a worker has run when there are no more."""
    return f"No more jobs to run (run {jobs} jobs)"
