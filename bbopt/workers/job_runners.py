"""What each kind of job is to a worker: an order for a supervisor, and what to say of its end."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bbopt.executors.queue_messages import order_in, result_of
from bbopt.runs import JobStatus
from bbopt.stores import ClaimedJob, EndedJob, JobKind
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["JobRunner", "SearchRuns"]


class JobRunner(Protocol):
    """How jobs of one kind are executed."""

    @property
    def kind(self) -> JobKind:
        """Which kind."""

    def order(self, job: ClaimedJob, slot: int) -> RunOrder:
        """The order to execute; InputError where the job can't be understood, or is not allowed here."""

    def conclude(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """What came out."""


@dataclass(frozen=True, slots=True)
class SearchRuns:
    """Runs of searches, as these have ordered them; in `directory` if given.

    What came out is for the search to judge, so the job is done whatever that was.
    """

    directory: Path | None = None

    @property
    def kind(self) -> JobKind:
        """See JobRunner."""
        return JobKind.SEARCH_RUN

    def order(self, job: ClaimedJob, slot: int) -> RunOrder:
        """See JobRunner."""
        order = order_in(job.content)
        if self.directory is not None and order.folder is None:
            order = replace(order, directory=str(self.directory))
        return order

    def conclude(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """See JobRunner."""
        place = f"{socket.gethostname()} (bbopt worker, process {os.getpid()})"
        reason = _why_nothing_came(run)
        return EndedJob(job.id, JobStatus.DONE, result_of(run, place), reason)


def _why_nothing_came(run: SupervisedRun) -> str:
    """Why the program has told nothing, "" where it has told something, or was ended for what it took."""
    has_told = run.result_lines or any(run.found) or run.seen or run.results
    if run.ended_by.is_fault:
        return run.tail.strip() or "it could not be started"
    if run.ended_by is EndedBy.EXIT and run.exit_status and not has_told:
        return f"exit status {run.exit_status}, and no result"
    return ""
