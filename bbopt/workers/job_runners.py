"""What each kind of job is to a worker: an order for a supervisor, and what to say of its end."""

from __future__ import annotations

import abc
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from bbopt.errors import InputError
from bbopt.executors.queue_messages import order_in, result_of
from bbopt.runs import JobStatus
from bbopt.stores import ClaimedJob, EndedJob, JobKind
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["JobRunner", "NotAllowedError", "SearchRuns", "own_place", "search_run_ended", "understanding"]


class NotAllowedError(InputError):
    """The job is none that this worker may execute, for which another one may."""


class JobRunner(abc.ABC):
    """How jobs of one kind are executed."""

    kind: ClassVar[JobKind]

    @abc.abstractmethod
    def order(self, job: ClaimedJob, slot: int) -> RunOrder:
        """The order to execute; BboptError where the job can't be understood, NotAllowedError for others."""

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
        with understanding(job):
            order = order_in(job.content)
        if self.directory is not None and order.folder is None:
            order = replace(order, directory=str(self.directory))
        return order

    def conclude(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """See JobRunner."""
        return search_run_ended(job, run)


def search_run_ended(job: ClaimedJob, run: SupervisedRun) -> EndedJob:
    """What a search is told."""
    return EndedJob(job.id, JobStatus.DONE, result_of(run, own_place()), _why_nothing_came(run))


def own_place() -> str:
    """Where this worker is, the host first."""
    return f"{socket.gethostname()} (bbopt worker, process {os.getpid()})"


@contextmanager
def understanding(job: ClaimedJob) -> Iterator[None]:
    """InputError where the content of the job is not what its kind has."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            "the job can't be understood",
            got=f"{type(error).__name__}: {error}",
            expected=f"what this bbopt writes for a job of the kind {job.kind.value}",
            remedy="use the same version of bbopt everywhere",
        ) from error


def _why_nothing_came(run: SupervisedRun) -> str:
    """Why the program has told nothing, "" where it has told something, or was ended for what it took."""
    has_told = run.result_lines or any(run.found) or run.seen or run.results
    if run.ended_by.is_fault:
        return run.tail.strip() or "it could not be started"
    if run.ended_by is EndedBy.EXIT and run.exit_status and not has_told:
        return f"exit status {run.exit_status}, and no result"
    return ""
