"""What each kind of job is to a worker: an order for a supervisor, and what to say of its end."""

from __future__ import annotations

import abc
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from bbopt.executors.queue_messages import order_in, result_of
from bbopt.runs import JobStatus
from bbopt.stores import ClaimedJob, EndedJob, JobKind
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["JobRunner", "SearchRuns"]


class JobRunner(abc.ABC):
    """How jobs of one kind are executed."""

    kind: ClassVar[JobKind]

    @abc.abstractmethod
    def order(self, job: ClaimedJob, slot: int) -> RunOrder:
        """The order to execute; BboptError where the job can't be understood, or is not allowed here."""

    @abc.abstractmethod
    def conclude(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """What came out."""

    def saved(self, job: ClaimedJob) -> Mapping[str, Any] | None:
        """What has come out so far of a job under way, if that is news."""
        return None

    def rescue(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob | None:
        """What has come out of a job that is given back, if anything: it need not begin anew then."""
        return None


@dataclass(frozen=True)
class SearchRuns(JobRunner):
    """Runs of searches, as these have ordered them; in `directory` if given.

    What came out is for the search to judge, so the job is done whatever that was.
    """

    kind = JobKind.SEARCH_RUN
    directory: Path | None = None

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
