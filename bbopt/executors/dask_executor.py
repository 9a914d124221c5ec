"""Runs on the workers of a Dask cluster: many machines, one optimizer."""

from __future__ import annotations

import itertools
import logging
import math
import select
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bbopt.errors import BboptError
from bbopt.executors.dask_dispatch import EndedRun
from bbopt.executors.dask_link import DaskLink, LinkEvents
from bbopt.executors.executor import Closing, FinishedRun, OnProgress, nobody
from bbopt.executors.run_orders import RunOrders, at_place, finished_run, free_slot, run_progress
from bbopt.executors.waiting import Deadline, WakePipe
from bbopt.runs import RunRequest
from bbopt.scenario.clusters import Cluster, ClusterSettings
from bbopt.target.supervisor.wire import LatestValue, RunOrder

__all__ = ["DaskExecutor"]

_LOG = logging.getLogger(__name__)
_WAKE, _NEWS = b"w", b"n"


@dataclass(frozen=True, slots=True)
class _Job:
    """A run under way."""

    request: RunRequest
    order: RunOrder


class DaskExecutor(Closing):
    """Executes runs as tasks of a Dask cluster (an `Executor`).

    `cluster` is a user's scheduler, or says which one to start; `close` ends only the latter.  There are as
    many slots as worker threads, at least one, so their number changes as workers come and go; a cluster that
    grows on demand has those of its full size at once.  A run whose worker dies is started again on another.
    `on_warning` hears, in `wait`, what the user should know.
    """

    def __init__(
        self,
        orders: RunOrders,
        cluster: Cluster,
        on_warning: Callable[[str], None] = _LOG.warning,
    ) -> None:
        """Connect, or start the cluster; raises BboptError when that fails."""
        self._orders = orders
        self._on_warning = on_warning
        self._n_promised = 1
        if isinstance(cluster, ClusterSettings) and cluster.workers_minimum is not None:
            self._n_promised = cluster.n_slots
        self._tickets = itertools.count()
        self._jobs: dict[int, _Job] = {}
        self._ended: deque[EndedRun] = deque()
        self._progress: deque[tuple[int, LatestValue]] = deque()
        self._warnings: deque[str] = deque()
        self._failure: BboptError | None = None
        self._is_closed = False
        self._wake = WakePipe()
        self._news = select.poll()
        self._news.register(self._wake, select.POLLIN)
        events = LinkEvents(
            self._hear_end, self._hear_progress, self._hear_warning, self._hear_failure, self.wake
        )
        try:
            self._link = DaskLink(cluster, events, orders.grace_s)
        except BaseException:
            self._wake.close()
            raise
        self._wake.read()  # the workers that are there from the start are no news

    @property
    def address(self) -> str:
        """The address of the scheduler."""
        return self._link.address

    @property
    def n_workers(self) -> int:
        """How many workers there are now."""
        return self._link.n_workers

    @property
    def n_slots(self) -> int:
        """How many runs can be under way at once, as things stand."""
        return max(self._n_promised, self._link.n_threads)

    @property
    def n_free(self) -> int:
        """How many runs can be submitted now."""
        return max(0, self.n_slots - len(self._jobs))

    def submit(self, request: RunRequest) -> int:
        """Start a run; the ticket identifies it.  BboptError when the scheduler is lost."""
        if self._is_closed:
            raise RuntimeError("the executor is closed")
        if self._failure is not None:
            raise self._failure
        if not self.n_free:
            raise RuntimeError(f"all {self.n_slots} slots are in use")
        slot = free_slot(job.order for job in self._jobs.values())
        ticket = next(self._tickets)
        order = self._orders.order(request, slot)
        self._jobs[ticket] = _Job(request, order)
        self._link.start(ticket, order)
        return ticket

    def run_name(self, ticket: int) -> str:
        """See Executor."""
        return self._jobs[ticket].order.run_id

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        """The runs that have finished; see `Executor.wait`.  BboptError when the scheduler is lost."""
        deadline = Deadline(timeout_s)
        finished = self._collect()
        is_awake = False
        while not (finished or is_awake or not self._jobs):
            if not self._news.poll(math.ceil(1000 * deadline.next_sleep_s())) and deadline.is_over:
                break
            is_awake = _WAKE in self._wake.read()
            self._tell(on_progress)
            finished = self._collect()
        return finished

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        """Kill these runs, or all; their results come through `wait`."""
        if not self._is_closed and self._jobs and self._failure is None:
            self._link.cancel(None if tickets is None else set(tickets))

    def wake(self) -> None:
        """Make `wait` return early; a signal handler may call this."""
        self._wake.write(_WAKE)

    def close(self) -> None:
        """Kill what still runs, and end the cluster if it is ours."""
        if self._is_closed:
            return
        self._is_closed = True
        self._link.close()
        self._jobs.clear()
        self._ended.clear()
        self._wake.close()

    def _tell(self, on_progress: OnProgress) -> None:
        for ticket, latest in [self._progress.popleft() for _ in range(len(self._progress))]:
            if ticket in self._jobs:
                on_progress(run_progress(ticket, self._jobs[ticket].request, latest))

    def _collect(self) -> list[FinishedRun]:
        while self._warnings:
            self._on_warning(self._warnings.popleft())
        finished = [self._finish(self._ended.popleft()) for _ in range(len(self._ended))]
        if not finished and self._failure is not None and self._jobs:
            raise self._failure
        return finished

    def _finish(self, ended: EndedRun) -> FinishedRun:
        job = self._jobs.pop(ended.ticket)
        outcome = self._orders.conclude(job.request, ended.run, job.order)
        outcome = at_place(outcome, ended.run, ended.place)
        return finished_run(ended.ticket, job.request, ended.run, outcome)

    # Called in the link's thread

    def _hear_end(self, ended: EndedRun) -> None:
        self._ended.append(ended)
        self._wake.write(_NEWS)

    def _hear_progress(self, ticket: int, latest: LatestValue) -> None:
        self._progress.append((ticket, latest))
        self._wake.write(_NEWS)

    def _hear_warning(self, text: str) -> None:
        self._warnings.append(text)
        self._wake.write(_NEWS)

    def _hear_failure(self, error: BboptError) -> None:
        self._failure = self._failure or error
        self._wake.write(_NEWS)
