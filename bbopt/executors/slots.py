"""Slots of this machine, each with a supervisor of its own, that execute orders."""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bbopt.executors.waiting import Deadline, WakePipe
from bbopt.target.supervisor.wire import EndedBy, LatestValue, RunOrder, SupervisedRun
from bbopt.target.supervisor_process import SupervisorError, SupervisorProcess

__all__ = ["EndedOrder", "MakeOrder", "OnLatest", "SupervisorSlots"]

MakeOrder = Callable[[int], RunOrder]
"""Makes the order of a run for the slot that it has got; called again where the first one was never read."""

OnLatest = Callable[[int, LatestValue], None]
"""Hears with its ticket how far a run under way has come."""


class EndedOrder(NamedTuple):
    """A run that is over; `order` is None where it could not even be ordered."""

    ticket: int
    run: SupervisedRun
    order: RunOrder | None


@dataclass(slots=True)
class _Job:
    """A run under way; `failure` is its end when it could not even be handed to a supervisor."""

    ticket: int
    make_order: MakeOrder
    is_retry: bool = False
    failure: SupervisedRun | None = None
    order: RunOrder | None = None


@dataclass(slots=True)
class _Slot:
    """A place where one run at a time is executed."""

    number: int
    supervisor: SupervisorProcess
    job: _Job | None = None


class SupervisorSlots:
    """Executes orders, one in each slot at a time; used from one thread, but for `wake`.

    With `pin_cores` the runs of a slot stay on one of the processors that this process may use, the slots
    taking them in turns.
    """

    def __init__(self, n_slots: int = 1, *, pin_cores: bool = False) -> None:
        """Start the supervisors; raises SupervisorError when the system does not let them."""
        if n_slots < 1:
            raise ValueError(f"n_slots must be at least 1, got {n_slots}")
        self._processors = sorted(os.sched_getaffinity(0)) if pin_cores else []
        self._is_closed = False
        self._slots: list[_Slot] = []
        with contextlib.ExitStack() as opened:
            self._open(opened, n_slots)
            self._resources = opened.pop_all()

    def _open(self, opened: contextlib.ExitStack, n_slots: int) -> None:
        try:
            self._selector = opened.enter_context(selectors.DefaultSelector())
            self._wake = WakePipe()
        except OSError as error:
            raise SupervisorError(error) from error
        opened.callback(self._wake.close)
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        opened.callback(self._end_supervisors)
        for number in range(n_slots):
            slot = _Slot(number, self._start_supervisor(number))
            self._slots.append(slot)
            self._selector.register(slot.supervisor, selectors.EVENT_READ, slot)

    @property
    def n_slots(self) -> int:
        """How many runs can be under way at once."""
        return len(self._slots)

    @property
    def n_free(self) -> int:
        """How many runs can be started now."""
        return sum(slot.job is None for slot in self._slots)

    @property
    def next_slot(self) -> int | None:
        """The number of the slot that the next run gets; None while all are in use."""
        return next((slot.number for slot in self._slots if slot.job is None), None)

    def order_of(self, ticket: int) -> RunOrder | None:
        """The order of a run under way; None for one that could not even be ordered."""
        return next((slot.job.order for slot in self._slots if slot.job and slot.job.ticket == ticket), None)

    def start(self, ticket: int, make_order: MakeOrder) -> None:
        """Execute what `make_order` gives in the first free slot.

        RuntimeError when there is none, or after `close`.
        """
        if self._is_closed:
            raise RuntimeError("the executor is closed")
        slot = next((slot for slot in self._slots if slot.job is None), None)
        if slot is None:
            raise RuntimeError(f"all {self.n_slots} slots are in use")
        if not slot.supervisor.has_ended:
            self._hear(slot)  # it may have died since its last run
        slot.job = _Job(ticket, make_order)
        slot.job.failure = self._start(slot, slot.job)

    def wait(self, timeout_s: float | None, on_latest: OnLatest) -> list[EndedOrder]:
        """The runs that have ended; blocks until there is one, at most `timeout_s` (None: without bound).

        Returns early with an empty list after `wake`, and at once when no run is under way.
        """
        ended = [run for slot in self._slots for run in self._failed(slot)]
        deadline = Deadline(timeout_s)
        is_awake = False
        while not (ended or is_awake or self.n_free == self.n_slots):
            events = self._selector.select(deadline.next_sleep_s())
            for key, _ in events:
                if key.data is None:
                    is_awake = bool(self._wake.read())
                else:
                    ended.extend(self._collect(key.data))
                    _tell(key.data, on_latest)
            for slot in self._slots:  # not before it was heard: this process may have been stopped as well
                slot.supervisor.give_up_if_overdue()
            if not events and deadline.is_over:
                break
        return ended

    def pause(self, timeout_s: float) -> None:
        """Wait although nothing is under way; `wake` ends it."""
        if self._wake.wait(timeout_s):
            self._wake.read()

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        """Kill these runs, or all, as Executor.cancel does; their ends come through `wait`."""
        chosen = None if tickets is None else set(tickets)
        for slot in self._slots:
            if slot.job is not None and (chosen is None or slot.job.ticket in chosen):
                slot.supervisor.cancel()

    def extend(self, lease_s: float) -> None:
        """Allow the runs under way that have a lease so many seconds from now."""
        for slot in self._slots:
            slot.supervisor.extend(lease_s)

    def wake(self) -> None:
        """Make `wait` return early; a signal handler may call this."""
        self._wake.write()

    def close(self) -> None:
        """Kill what still runs and end the supervisors, all at the same time; further calls do nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._resources.close()

    def _end_supervisors(self) -> None:
        for slot in self._slots:
            slot.supervisor.hang_up()
        for slot in self._slots:
            slot.supervisor.wait_for_end()
            slot.job = None

    def _start(self, slot: _Slot, job: _Job) -> SupervisedRun | None:
        """Hand the run to the slot's supervisor, a new one if that has died.

        Returns the end of a run for which there is none.
        """
        if slot.supervisor.has_ended:
            try:
                self._replace_supervisor(slot)
            except SupervisorError as error:
                return SupervisedRun(
                    EndedBy.SUPERVISOR, time.time(), tail=f"could not be started: {error.reason}"
                )
        job.order = job.make_order(slot.number)
        slot.supervisor.start(job.order)
        return None

    def _hear(self, slot: _Slot) -> SupervisedRun | None:
        """What the supervisor has to tell: a run that is over, perhaps because it has died itself."""
        run = slot.supervisor.receive()
        if slot.supervisor.has_ended:
            self._selector.unregister(slot.supervisor)
        return run

    def _collect(self, slot: _Slot) -> list[EndedOrder]:
        """The slot's run, if it is over.

        A run whose order a dying supervisor has not read was never started: it is retried, once.
        """
        run, job = self._hear(slot), slot.job
        if run is None or job is None:
            return []
        if run.ended_by is EndedBy.SUPERVISOR and slot.supervisor.is_order_undelivered and not job.is_retry:
            job.is_retry = True
            job.failure = self._start(slot, job)
            return self._failed(slot)
        return [self._end(slot, job, run)]

    def _failed(self, slot: _Slot) -> list[EndedOrder]:
        """The slot's run, if it has failed without a supervisor."""
        job = slot.job
        return [] if job is None or job.failure is None else [self._end(slot, job, job.failure)]

    def _end(self, slot: _Slot, job: _Job, run: SupervisedRun) -> EndedOrder:
        slot.job = None
        return EndedOrder(job.ticket, run, job.order)

    def _start_supervisor(self, number: int) -> SupervisorProcess:
        if not self._processors:
            return SupervisorProcess()
        return SupervisorProcess(self._processors[number % len(self._processors)])

    def _replace_supervisor(self, slot: _Slot) -> None:
        slot.supervisor.hang_up()
        slot.supervisor.wait_for_end()
        slot.supervisor = self._start_supervisor(slot.number)
        self._selector.register(slot.supervisor, selectors.EVENT_READ, slot)


def _tell(slot: _Slot, on_latest: OnLatest) -> None:
    latest = slot.supervisor.take_latest()
    if latest is not None and slot.job is not None:
        on_latest(slot.job.ticket, latest)
