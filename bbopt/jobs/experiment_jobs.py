"""Experiments as jobs of a queue: what is kept of one, and its state as it stands."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bbopt.database_address import StudyAddress
from bbopt.errors import InputError
from bbopt.jobs.builders import check_dotted_name
from bbopt.jobs.experiment_process import check_command
from bbopt.jobs.job_folder import JobFolder, Verdict
from bbopt.jobs.job_state import AFTER, DEFAULT_PRIORITY, EXPERIMENT, PHASE, PRIORITY, STATUS
from bbopt.jobs.references import references_in
from bbopt.jobs.values import fingerprint, from_json, to_json
from bbopt.jobs.view_columns import view_columns
from bbopt.runs import JobStatus
from bbopt.stores import EndedJob, JobChoice, JobKind, JobRow, NewGroup, NewJob, job_table_at, make_job_view

__all__ = [
    "ID",
    "OUTCOMES",
    "experiment_job",
    "make_view",
    "read_back",
    "refuse_unknown",
    "result_of",
    "row_state",
    "state_of",
]

ID = "jobman.id"
OUTCOMES = {
    "complete": JobStatus.DONE,
    "incomplete": JobStatus.START,
    "failed": JobStatus.ERR_RUN,
    "not started": JobStatus.ERR_START,
}
"""What becomes of a job by the outcome of its verdict."""

_CHECK_S = 60.0
_N_FIXED_COLUMNS = 4


def experiment_job(
    experiment: str,
    folder: Path,
    settings: Mapping[str, Any],
    priority: float = DEFAULT_PRIORITY,
    after: NewGroup | None = None,
) -> NewJob:
    """A job that calls the function with the flat settings; its module may stand in `folder`.

    InputError for what no state may hold, and for settings that name results of a group where there is none.
    """
    references = references_in(settings)
    if references and after is None:
        (reference, *_) = references.values()
        raise InputError("this names a result of a group, and the job comes after none", got=reference.text)
    known = {**settings, EXPERIMENT: experiment}
    content = {"experiment": experiment, "folder": str(folder), "state": to_json(settings)}
    digest = fingerprint(known if after is None else {**known, AFTER: after.name})
    return NewJob(JobKind.EXPERIMENT, content, known, priority, digest, after=after)


def state_of(content: Mapping[str, Any], result: Mapping[str, Any] | None) -> dict[str, Any]:
    """The flat state of a job as it stands; StateError where it can't be read."""
    return dict(from_json((result or content)["state"]))


def read_back(folder: JobFolder) -> tuple[NewJob, EndedJob]:
    """The job that has this folder, and what has come out of it; InputError where there is none.

    One that was under way is to be done again.
    """
    flat, request = folder.request()
    job = experiment_job(request["experiment"], Path(request["added_in"]), flat)
    verdict = folder.verdict()
    if verdict is None or verdict.outcome not in OUTCOMES:
        return job, EndedJob(0, JobStatus.START, {} if verdict is None else result_of(verdict))
    return job, EndedJob(0, OUTCOMES[verdict.outcome], result_of(verdict), verdict.reason)


def result_of(verdict: Verdict) -> dict[str, Any]:
    """What is kept of it with the job."""
    return {"state": to_json(verdict.state)}


def row_state(row: JobRow) -> dict[str, Any]:
    """The flat state of a job in a table, with what Jobman keeps there."""
    state = dict(row.settings)
    if row.result and "state" in row.result:
        state |= state_of({}, row.result)
    place = {AFTER: row.after, PHASE: row.phase} if row.after else {}
    return {**state, ID: row.number, STATUS: int(row.status), PRIORITY: row.priority, **place}


def make_view(table: StudyAddress, name: str) -> int:
    """Make a view of all jobs of the table anew, and say how many columns it has.

    InputError where the name can't be taken.
    """
    rows = job_table_at(table).jobs(JobChoice())
    columns = view_columns(row_state(row) for row in rows if row.kind is JobKind.EXPERIMENT)
    make_job_view(table, name, columns)
    return len(columns) + _N_FIXED_COLUMNS


def refuse_unknown(experiment: str, folder: Path) -> None:
    """InputError unless there is such a function, in a module on PYTHONPATH or in `folder`.

    It is looked for in a process of its own, since the module is run.
    """
    check_dotted_name(experiment)
    try:
        done = subprocess.run(
            check_command(experiment, folder), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_CHECK_S, env=dict(os.environ), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InputError(
            f"the module of {experiment} has not been imported within {_CHECK_S:g} s",
            remedy="put what it does behind: if __name__ == '__main__'",
        ) from None
    if done.returncode == 0:
        return
    try:
        told = json.loads(done.stdout.strip().rpartition("\n")[2])
    except ValueError:
        told = {"what": f"{experiment} can't be imported", "got": done.stderr.strip()[-500:] or None}
    raise InputError(**told)
