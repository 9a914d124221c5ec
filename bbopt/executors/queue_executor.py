"""Runs as jobs of a queue: whoever works there takes them, and the search judges what comes out."""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bbopt.executors.executor import Closing, FinishedRun, OnProgress, nobody
from bbopt.executors.queue_messages import job_of, latest_from, run_from
from bbopt.executors.run_orders import RunOrders, at_place, finished_run, free_slot, run_progress
from bbopt.executors.waiting import Deadline, Patience, Pauses, WakePipe
from bbopt.once import Once
from bbopt.runs import RunRequest
from bbopt.stores.job_queue import JobQueue, Wish
from bbopt.target.patience import longest_end_s
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["QueueExecutor"]

_LOG = logging.getLogger(__name__)
_COUNT_EVERY_S = 1.0
_PROGRESS_EVERY_S = 0.25
_CHECK_EVERY_S = 5.0
_CHECK_ENDING_EVERY_S = 0.5


@dataclass(slots=True)
class _Job:
    """A run under way; `number` is its job's, None while the database does not take it.

    `wish` is what is wanted of it, `told` what workers were told; it is given up at `deadline_s`.
    """

    ticket: int
    request: RunRequest
    order: RunOrder
    number: int | None = None
    wish: Wish = Wish.NOTHING
    told: Wish = Wish.NOTHING
    deadline_s: float = float("inf")


class QueueExecutor(Closing):
    """Executes runs as jobs of a queue (an `Executor`).

    There are as many slots as workers have, at least one, so that their number changes as workers come and
    go.  A run whose worker dies is given to another, and one that others have taken away, because the search
    seemed to be dead, is asked for again.  A database that can't be reached is waited for.
    """

    def __init__(self, orders: RunOrders, queue: JobQueue) -> None:
        """Take part in the queue; StateError where that is not possible."""
        self._orders = orders
        self._queue = queue
        self._tickets = itertools.count()
        self._jobs: dict[int, _Job] = {}
        self._given_up: list[_Job] = []
        self._n_slots = 1
        self._counted_at_s = self._progress_at_s = self._checked_at_s = float("-inf")
        self._is_unsure = False
        self._told = Once()
        self._pauses = Pauses()
        self._patience = Patience(self._pauses)
        self._is_closed = False
        with contextlib.ExitStack() as opened:
            self._wake = WakePipe()
            opened.callback(self._wake.close)
            opened.enter_context(queue.attend())
            self._resources = opened.pop_all()
        self._count()

    @property
    def n_slots(self) -> int:
        """How many runs can be under way at once, as things stand."""
        self._count()
        return self._n_slots

    @property
    def n_free(self) -> int:
        """How many runs can be submitted now."""
        return max(0, self.n_slots - len(self._jobs))

    def submit(self, request: RunRequest) -> int:
        """Put a run into the queue; the ticket identifies it."""
        if self._is_closed:
            raise RuntimeError("the executor is closed")
        if not self.n_free:
            raise RuntimeError(f"all {self.n_slots} slots are in use")
        slot = free_slot(job.order for job in self._jobs.values())
        ticket = next(self._tickets)
        self._jobs[ticket] = _Job(ticket, request, self._orders.order(request, slot))
        self._send()
        self._pauses.begin()
        return ticket

    def run_name(self, ticket: int) -> str:
        """See Executor."""
        return self._jobs[ticket].order.run_id

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        """The runs that have finished; see `Executor.wait`.

        UnavailableError when the database can't be reached for ten minutes.
        """
        deadline = Deadline(timeout_s)
        while True:
            self._pauses.look()
            finished = self._look(on_progress)
            if finished or not self._jobs or self._wake.read() or deadline.is_over:
                return finished
            self._wake.wait(min(self._pauses.next_s, deadline.next_sleep_s()))

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        """Kill these runs, or all; their results come through `wait`."""
        chosen = self._jobs.keys() if tickets is None else self._jobs.keys() & set(tickets)
        for job in [self._jobs[ticket] for ticket in chosen]:
            is_hurried = job.wish is not Wish.NOTHING
            job.wish = Wish.END_AT_ONCE if is_hurried else Wish.END
            patience_s = longest_end_s(job.order.grace_s, at_once=is_hurried)
            job.deadline_s = min(job.deadline_s, time.monotonic() + patience_s)
        self._pauses.begin()

    def wake(self) -> None:
        """Make `wait` return early; a signal handler may call this."""
        self._wake.write()

    def close(self) -> None:
        """Kill what still runs, and leave the queue."""
        if self._is_closed:
            return
        self._is_closed = self._patience.is_endless = True  # each job has its deadline
        with self._resources:
            self.cancel()
            while self._jobs:
                self.wait(None)

    # ------------------------------------------------------------------ one look

    def _look(self, on_progress: OnProgress) -> list[FinishedRun]:
        now_s = time.monotonic()
        is_ending = any(job.wish is not Wish.NOTHING for job in self._jobs.values())
        if _is_due(self._checked_at_s, _CHECK_ENDING_EVERY_S if is_ending else _CHECK_EVERY_S):
            self._checked_at_s = now_s
            self._compare()
        self._send()
        self._pass_on_wishes()
        ended = list(self._results())
        if not ended and on_progress is not nobody and _is_due(self._progress_at_s, _PROGRESS_EVERY_S):
            self._progress_at_s = now_s
            self._tell(on_progress)
        if ended:
            self._pauses.begin()
        return [self._finish(job, run, place) for job, run, place in ended]

    def _send(self) -> None:
        """Put into the queue what is not there yet."""
        waiting = [job for job in self._jobs.values() if job.number is None and job.wish is Wish.NOTHING]
        if not waiting or (self._is_unsure and not self._compare()):
            return
        waiting = [job for job in waiting if job.number is None]
        jobs = [job_of(job.request, job.order) for job in waiting]
        numbers = self._patience.attempt(lambda: self._queue.add(jobs, are_own=True)) if jobs else []
        self._is_unsure = numbers is None
        for job, number in zip(waiting, numbers or (), strict=False):
            job.number = number

    def _compare(self) -> bool:
        """Find out which runs are in the queue, if it can be reached.

        Others may have taken them away, and what was put there in a transaction of whose end nothing was
        heard is there nevertheless.  What belongs to no run is taken out.
        """
        there = self._patience.attempt(self._queue.own_jobs)
        if there is None:
            return False
        numbers = {digest: number for number, digest in there.items()}
        for job in self._jobs.values():
            if (number := numbers.get(job.order.uuid)) != job.number:
                job.number, job.told = number, Wish.NOTHING
        unknown = there.keys() - {job.number for job in self._jobs.values()}
        if unknown:
            self._patience.attempt(lambda: self._queue.forget(unknown))
        self._is_unsure = False
        return True

    def _pass_on_wishes(self) -> None:
        """Say what is not wanted any more; what nobody has begun by then is over at once."""
        news = [job for job in self._jobs.values() if job.told is not job.wish]
        for wish in {job.wish for job in news}:
            self._pass_on(wish, [job for job in news if job.wish is wish])
        for job in [job for job in self._jobs.values() if time.monotonic() >= job.deadline_s]:
            number = job.number
            if number is not None:
                self._patience.attempt(lambda number=number: self._queue.forget([number]))  # type: ignore[misc]
            self._give_up(job)

    def _pass_on(self, wish: Wish, jobs: list[_Job]) -> None:
        numbered = {job.number: job for job in jobs if job.number is not None}
        gone = self._patience.attempt(lambda: self._queue.withdraw(numbered, wish))
        for job in numbered.values() if gone is not None else ():
            job.told = wish
        unsent = [job for job in jobs if job.number is None]
        for job in (*unsent, *(numbered[number] for number in gone or ())):
            self._give_up(job)

    def _give_up(self, job: _Job) -> None:
        if self._jobs.pop(job.ticket, None) is not None:
            self._given_up.append(job)

    def _results(self) -> Iterator[tuple[_Job, SupervisedRun, str]]:
        given_up, self._given_up = self._given_up, []
        for job in given_up:
            yield job, SupervisedRun(EndedBy.CANCELLED, time.time()), ""
        jobs = {job.number: job for job in self._jobs.values()}
        are_known = bool(jobs) and not self._is_unsure
        for result in (self._patience.attempt(self._queue.take_results) or ()) if are_known else ():
            ended = jobs.get(result.id)
            if ended is not None:
                del self._jobs[ended.ticket]
                yield (ended, *run_from(result))

    def _tell(self, on_progress: OnProgress) -> None:
        jobs = {job.number: job for job in self._jobs.values()}
        shown = self._patience.attempt(self._queue.take_latest) or {}
        for number, latest in shown.items():
            if (job := jobs.get(number)) is not None:
                on_progress(run_progress(job.ticket, job.request, latest_from(latest)))

    def _finish(self, job: _Job, run: SupervisedRun, place: str) -> FinishedRun:
        outcome = self._orders.conclude(job.request, run, job.order)
        return finished_run(job.ticket, job.request, run, at_place(outcome, run, place))

    # ------------------------------------------------------------------ the database

    def _count(self) -> None:
        if _is_due(self._counted_at_s, _COUNT_EVERY_S):
            self._counted_at_s = time.monotonic()
            state = self._patience.attempt(self._queue.state)
            if state is not None:
                self._n_slots = max(1, state.n_slots)
                if not state.n_slots and self._jobs and self._told.is_news("nobody"):
                    _LOG.warning("Nobody works at %s yet: bbopt worker ADDRESS begins to.", self._queue.shown)


def _is_due(last_s: float, every_s: float) -> bool:
    return time.monotonic() - last_s >= every_s
