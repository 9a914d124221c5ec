"""The life of a worker: it claims jobs, executes them in its slots, says what came out, until it may end."""

from __future__ import annotations

import contextlib
import enum
import logging
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bbopt.errors import BboptError, StateError, UnavailableError
from bbopt.executors.slots import EndedOrder, SupervisorSlots
from bbopt.executors.waiting import Patience, Pauses
from bbopt.runs import JobStatus
from bbopt.stores import ClaimedJob, EndedJob, JobQueue, QueueState, Wish
from bbopt.target.supervisor.wire import EndedBy, LatestValue, RunOrder, SupervisedRun
from bbopt.target.tagged_processes import kill_tagged
from bbopt.workers.job_runners import JobRunner, NotAllowedError

__all__ = ["Worker", "WorkerEnd", "WorkerSettings"]

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 0.5
_REST_S = 0.05
"""After a job a worker does not ask at once whether it is needed still: a search may be adding the next."""
_SIGTERM = frozenset([-signal.SIGTERM, 128 + signal.SIGTERM])
"""How a program ends that is sent it, or a shell whose program was."""
_SIGTERM_FOR_ALL_S = 0.5
_MOST_REFUSED = 20
"""So many jobs that are not for this worker, and it is at the wrong queue."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How much a worker does.

    n_jobs: so many jobs at most, 0: until none is left, None: as long as it is needed.
    max_failures: it ends after so many failed jobs in a row.
    idle_end_s: it ends when it has had nothing to do for so long, None: as soon as no search is under way and
    no job is left.  last_claim_s: it takes nothing any more when it has been there for so long (None: no
    bound).
    """

    n_slots: int = 1
    n_jobs: int | None = None
    max_failures: int = 4
    idle_end_s: float | None = None
    last_claim_s: float | None = None
    ends_when_empty: bool = False


class WorkerEnd(NamedTuple):
    """Why a worker has ended, and what it has done."""

    reason: str
    n_done: int
    n_failed: int
    is_failure: bool = False


class _Ending(enum.IntEnum):
    """How soon the worker is to end."""

    NOT = 0
    WITH_ITS_JOBS = 1
    NOW = 2
    AT_ONCE = 3


@dataclass(slots=True)
class _Work:
    """A job that this worker has; `is_wanted` until somebody takes it away.

    `again` is the same job, claimed anew: it begins when this run has ended.
    """

    job: ClaimedJob
    runner: JobRunner
    order: RunOrder
    wish: Wish = Wish.NOTHING
    is_wanted: bool = True
    again: ClaimedJob | None = None


@dataclass(slots=True)
class _Counts:
    done: int = 0
    failed: int = 0
    failed_in_a_row: int = 0


@dataclass(slots=True)
class _Times:
    """By the own monotonic clock."""

    began_s: float = field(default_factory=time.monotonic)
    busy_s: float = field(default_factory=time.monotonic)
    looked_s: float = float("-inf")
    counted_s: float = float("-inf")


class Worker:
    """Works at a queue with `runners`, one for each kind of job that it may execute.

    `finish` and `stop` may be called from signal handlers: the first lets the jobs under way end, the second
    gives them back.
    """

    def __init__(self, queue: JobQueue, runners: Iterable[JobRunner], settings: WorkerSettings) -> None:
        self._queue = queue
        self._runners = {runner.kind: runner for runner in runners}
        self._settings = settings
        self._ending = _Ending.NOT
        self._slots: SupervisorSlots | None = None
        self._works: dict[int, _Work] = {}
        self._ended: list[EndedJob] = []
        self._refused: set[int] = set()
        self._undone: list[int] = []
        self._is_unsure = False
        self._latest: dict[int, LatestValue] = {}
        self._state: QueueState | None = None
        self._was_needed = False
        self._counts = _Counts()
        self._times = _Times()
        self._pauses = Pauses()
        self._patience = Patience(self._pauses)

    def finish(self) -> None:
        """Take no more jobs, and end with those under way."""
        self._end(_Ending.WITH_ITS_JOBS)

    def stop(self) -> None:
        """Give back the jobs under way, and end; a second time without waiting for their time of grace."""
        self._end(_Ending.NOW if self._ending < _Ending.NOW else _Ending.AT_ONCE)

    def _end(self, ending: _Ending) -> None:
        self._ending = max(self._ending, ending)
        if self._slots is not None:
            self._slots.wake()

    def run(self) -> WorkerEnd:
        """Work until there is a reason to end; StateError where the queue can't be used."""
        with contextlib.closing(SupervisorSlots(self._settings.n_slots)) as slots:
            self._slots = slots
            with self._queue.attend(self._settings.n_slots):
                try:
                    return self._work(slots)
                finally:
                    self._abandon(slots)

    def _work(self, slots: SupervisorSlots) -> WorkerEnd:
        while True:
            self._pauses.look()
            self._look(slots)
            self._exchange(slots)
            if self._ending >= _Ending.NOW:
                return self._result("it was asked to end")
            is_idle = not (self._works or self._ended or self._undone or self._is_unsure)
            if is_idle and (reason := self._reason_to_end()):
                return self._result(*reason)
            self._wait(slots)

    def _result(self, reason: str, is_failure: bool = False) -> WorkerEnd:
        return WorkerEnd(reason, self._counts.done, self._counts.failed, is_failure)

    # ------------------------------------------------------------------ jobs

    def _exchange(self, slots: SupervisorSlots) -> None:
        """Say what has ended, put back what was not done, and take what there is room for."""
        if self._undone:
            self._patience.attempt(self._give_back)
        n_wanted = 0 if self._undone else min(slots.n_free, self._n_allowed())
        if not self._ended and not n_wanted:
            return
        ended, kinds = self._ended, tuple(self._runners)
        claimed = self._patience.attempt(lambda: self._queue.exchange(ended, n_wanted, kinds, self._refused))
        if claimed is None:
            self._is_unsure = True  # of whether there are jobs that it was not told of
            return
        self._ended = self._ended[len(ended) :]
        for job in claimed:
            self._start(slots, job)

    def _give_back(self) -> None:
        self._queue.give_back(self._undone)
        self._undone = []

    def _n_allowed(self) -> int:
        settings = self._settings
        is_late = settings.last_claim_s is not None and _since(self._times.began_s) > settings.last_claim_s
        if self._ending or is_late or self._why_useless:
            return 0
        if not settings.n_jobs:
            return settings.n_slots
        counts = self._counts
        return max(0, settings.n_jobs - counts.done - counts.failed - len(self._works))

    @property
    def _why_useless(self) -> str:
        """Why this worker had better not go on, "" where nothing is known against that."""
        if self._counts.failed_in_a_row >= self._settings.max_failures:
            return f"{self._counts.failed_in_a_row} jobs in a row have failed"
        if len(self._refused) >= _MOST_REFUSED:
            return f"{len(self._refused)} jobs are none that it may execute"
        return ""

    def _start(self, slots: SupervisorSlots, job: ClaimedJob) -> None:
        self._was_needed = True
        self._times.counted_s, self._state = float("-inf"), None  # how things stood before says nothing now
        if (work := self._works.get(job.id)) is not None:  # it was taken away meanwhile, and has come back
            self._heed(slots, {job.id: Wish.LOST})
            work.again = job
            return
        runner = self._runners[job.kind]
        try:
            order = runner.order(job, slots.next_slot or 0)
        except UnavailableError:  # what the job needs of the database could not be had: it waits for that
            self._leave(job)
            return
        except NotAllowedError as error:
            _LOG.warning("Job %d is left for others: %s", job.id, error)
            self._refused.add(job.id)
            self._leave(job)
            return
        except BboptError as error:
            self._count_end(job, EndedJob(job.id, JobStatus.ERR_START, {}, str(error)))
            return
        if job.n_killed:
            kill_tagged(order.uuid)  # what is left here of a worker whose supervisors were killed, too
        self._works[job.id] = _Work(job, runner, order)
        slots.start(job.id, lambda _: replace(order, lease_s=self._queue.lease_s))

    def _leave(self, job: ClaimedJob) -> None:
        self._ended.append(EndedJob(job.id, JobStatus.START, job.result or {}))

    def _wait(self, slots: SupervisorSlots) -> None:
        if self._works:
            pause_s = self._pauses.next_s if slots.n_free and self._n_allowed() else _LOOK_EVERY_S
            for ended in slots.wait(pause_s, self._hear):
                self._conclude(slots, ended)
        else:
            slots.pause(self._pauses.next_s)

    def _hear(self, job: int, latest: LatestValue) -> None:
        self._latest[job] = latest.after(self._latest.get(job))

    def _conclude(self, slots: SupervisorSlots, ended: EndedOrder) -> None:
        work = self._works.pop(ended.ticket)
        self._latest.pop(ended.ticket, None)
        self._times.busy_s = time.monotonic()
        self._pauses.begin()
        if work.wish is Wish.NOTHING and ended.run.ended_by is EndedBy.CANCELLED:
            self._tell_of_lease()
            work.is_wanted = False
        elif self._has_ended_with_this_worker(slots, ended.run):
            work.is_wanted = False
        if work.again is not None:
            self._start(slots, work.again)
        elif work.is_wanted:
            result = work.runner.conclude(work.job, ended.run, work.order)
            if work.wish is Wish.NOTHING:
                self._count_end(work.job, result)
            else:
                self._ended.append(_as_wished(result))
                self._counts.done += 1
        else:
            self._undone.append(work.job.id)

    def _has_ended_with_this_worker(self, slots: SupervisorSlots, run: SupervisedRun) -> bool:
        """Whether the run was sent SIGTERM as this worker was: batch systems send it to all of a job."""
        if run.ended_by is not EndedBy.EXIT or run.exit_status not in _SIGTERM:
            return False
        if self._ending < _Ending.NOW:
            slots.pause(_SIGTERM_FOR_ALL_S)  # it may be on its way here
        return self._ending >= _Ending.NOW

    def _tell_of_lease(self) -> None:
        if self._patience.is_news("lease"):
            _LOG.warning(
                "Jobs under way were ended: the database was out of reach, so others may take them now."
            )

    def _count_end(self, job: ClaimedJob, ended: EndedJob) -> None:
        self._ended.append(ended)
        counts = self._counts
        if ended.reason:
            counts.failed += 1
            counts.failed_in_a_row += 1
            _LOG.warning("Job %d has failed: %s", job.id, ended.reason)
        else:
            counts.done += 1
            counts.failed_in_a_row = 0

    # ------------------------------------------------------------------ what others want

    def _look(self, slots: SupervisorSlots) -> None:
        """Twice a second: which jobs are not wanted any more; show how far the others have come."""
        if _since(self._times.looked_s) >= _LOOK_EVERY_S and (self._works or self._is_unsure):
            self._times.looked_s = time.monotonic()
            slots.extend(self._queue.lease_s)
            self._patience.attempt(lambda: self._speak(slots))

    def _speak(self, slots: SupervisorSlots) -> None:
        wishes = self._queue.look()
        self._is_unsure = False
        self._heed(slots, wishes)
        latest = {job: list(value) for job, value in self._latest.items() if job in self._works}
        self._latest.clear()
        if latest:
            self._queue.show(latest)
        saved = {job: work.runner.saved(work.job) for job, work in self._works.items()}
        if news := {job: result for job, result in saved.items() if result is not None}:
            self._queue.save(news)

    def _heed(self, slots: SupervisorSlots, wishes: dict[int, Wish]) -> None:
        for number, wish in wishes.items():
            work = self._works.get(number)
            if work is None or wish <= work.wish:
                continue
            work.wish, work.is_wanted = wish, work.is_wanted and wish is not Wish.LOST
            slots.cancel([number])
            if wish is not Wish.END:
                slots.cancel([number])

    def _abandon(self, slots: SupervisorSlots) -> None:
        """Give back what was not done; its runs are over before anybody else may begin them."""
        hurried = False
        slots.cancel()
        while self._works:
            if self._ending is _Ending.AT_ONCE and not hurried:
                slots.cancel()
                hurried = True
            slots.extend(self._queue.lease_s)
            for ended in slots.wait(_LOOK_EVERY_S, lambda job, latest: None):
                work = self._works.pop(ended.ticket)
                rescued = work.runner.rescue(work.job, ended.run, work.order) if work.is_wanted else None
                if rescued is not None:
                    self._ended.append(rescued)
        if self._ended:
            with contextlib.suppress(StateError):
                self._queue.exchange(self._ended, 0, ())

    # ------------------------------------------------------------------ until when

    def _reason_to_end(self) -> tuple[str, bool] | None:
        """Why this worker, which has nothing to do, ends; None where it does not."""
        settings, counts = self._settings, self._counts
        if why := self._why_useless:
            return why, True
        if self._ending:
            return "it was asked to end", False
        if settings.n_jobs and counts.done + counts.failed >= settings.n_jobs:
            return f"it has had {settings.n_jobs} jobs", False
        if settings.last_claim_s is not None and _since(self._times.began_s) > settings.last_claim_s:
            return "its time is over", False
        if settings.idle_end_s is not None and _since(self._times.busy_s) > settings.idle_end_s:
            return f"there was nothing to do for {settings.idle_end_s:g} s", False
        return self._reason_in_the_queue()

    def _reason_in_the_queue(self) -> tuple[str, bool] | None:
        is_due = _since(self._times.counted_s) >= _LOOK_EVERY_S
        if is_due and _since(self._times.busy_s) >= _REST_S:
            self._times.counted_s = time.monotonic()
            self._state = self._patience.attempt(self._count) or self._state
        if self._state is None or self._state.n_queued:
            return None
        if self._state.has_later and self._state.n_running:  # what others are at, later phases wait for
            return None
        self._was_needed = self._was_needed or self._state.n_askers > 0
        if self._settings.n_jobs == 0 or self._settings.ends_when_empty:
            return "no job is left", False
        is_over = self._was_needed and not self._state.n_askers
        if is_over and self._settings.idle_end_s is None:
            return "no search is under way and no job is left", False
        return None

    def _count(self) -> QueueState:
        return self._queue.state(tuple(self._runners), self._refused)


def _as_wished(ended: EndedJob) -> EndedJob:
    """What came out of a job that was to end: it is not begun again for having said so."""
    is_to_go_on = ended.status is JobStatus.START
    return ended._replace(status=JobStatus.CANCELED, priority=None) if is_to_go_on else ended


def _since(moment_s: float) -> float:
    return time.monotonic() - moment_s
