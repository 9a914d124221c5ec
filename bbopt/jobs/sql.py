"""What Jobman's `jobman.sql` has for scripts: adding jobs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bbopt.errors import InputError
from bbopt.jobs.api0 import Table
from bbopt.jobs.experiment_jobs import experiment_job
from bbopt.jobs.job_state import DEFAULT_PRIORITY, queued_state
from bbopt.jobs.texts import adding, skipping
from bbopt.stores import job_queue_at

__all__ = ["insert_job"]


def insert_job(
    experiment: Callable[..., Any],
    state: Mapping[str, Any],
    db: Table,
    force_dup: bool = False,
    priority: float = DEFAULT_PRIORITY,
) -> int | None:
    """Add a job that calls `experiment` with the flat `state`, and print that; its number.

    None for one that is there already, unless `force_dup`.  InputError for a function that no worker could
    find by its name, and for what no state may hold.
    """
    name = _name_of(experiment)
    job = experiment_job(name, _folder_of(experiment), state, priority)
    queue = job_queue_at(db.address)
    (number,) = queue.add([job]) if force_dup else queue.add_missing([job])
    print(skipping(state) if number is None else adding(queued_state(state, name)))
    return number


def _name_of(experiment: Callable[..., Any]) -> str:
    module, name = experiment.__module__, experiment.__qualname__
    if module == "__main__":
        path = getattr(sys.modules["__main__"], "__file__", None)
        module = Path(path).stem if path else module
    if module == "__main__" or "<" in name:
        raise InputError(
            "no worker can find this function by its name",
            got=f"{experiment.__module__}.{name}",
            expected="a function at the top of a module",
        )
    return f"{module}.{name}"


def _folder_of(experiment: Callable[..., Any]) -> Path:
    """Where its module is found: the folder above the packages that it is in."""
    path = getattr(sys.modules.get(experiment.__module__), "__file__", None)
    if not path:
        return Path.cwd()
    n_above = experiment.__module__.count(".") + Path(path).name.startswith("__init__.")
    return Path(path).absolute().parents[n_above]
