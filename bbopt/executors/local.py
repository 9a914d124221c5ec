"""Runs as processes of this machine, each slot with a supervisor of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from functools import partial

from bbopt.executors.executor import Closing, FinishedRun, OnProgress, nobody
from bbopt.executors.run_orders import RunOrders, finished_run, run_progress
from bbopt.executors.slots import EndedOrder, SupervisorSlots
from bbopt.runs import RunRequest
from bbopt.target.supervisor.wire import LatestValue

__all__ = ["LocalExecutor"]


class LocalExecutor(Closing):
    """Executes runs on this machine, each by `orders` (an `Executor`); see SupervisorSlots."""

    def __init__(self, orders: RunOrders, n_slots: int = 1, *, pin_cores: bool = False) -> None:
        """Start the supervisors; raises SupervisorError when the system does not let them."""
        self._orders = orders
        self._tickets = itertools.count()
        self._requests: dict[int, RunRequest] = {}
        self._slots = SupervisorSlots(n_slots, pin_cores=pin_cores)

    @property
    def n_slots(self) -> int:
        """How many runs can be under way at once."""
        return self._slots.n_slots

    @property
    def n_free(self) -> int:
        """How many runs can be submitted now."""
        return self._slots.n_free

    def submit(self, request: RunRequest) -> int:
        """Start a run in the first free slot; the ticket identifies it."""
        ticket = next(self._tickets)
        self._slots.start(ticket, partial(self._orders.order, request))
        self._requests[ticket] = request
        return ticket

    def run_name(self, ticket: int) -> str:
        """See Executor; a run that could not even be ordered has none."""
        order = self._slots.order_of(ticket)
        return "" if order is None else order.run_id

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        """The runs that have finished; see `Executor.wait`."""

        def hear(ticket: int, latest: LatestValue) -> None:
            on_progress(run_progress(ticket, self._requests[ticket], latest))

        return [self._finish(ended) for ended in self._slots.wait(timeout_s, hear)]

    def _finish(self, ended: EndedOrder) -> FinishedRun:
        request = self._requests.pop(ended.ticket)
        outcome = self._orders.conclude(request, ended.run, ended.order)
        return finished_run(ended.ticket, request, ended.run, outcome)

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        """Kill these runs, or all; their results come through `wait`."""
        self._slots.cancel(tickets)

    def wake(self) -> None:
        """Make `wait` return early; a signal handler may call this."""
        self._slots.wake()

    def close(self) -> None:
        """Kill what still runs and end the supervisors, all at the same time."""
        self._slots.close()
