"""Workers on demand: started as jobs of a queue can be begun, until none can be begun any more."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bbopt.batch_job import BatchJob
from bbopt.dispatch.places import Place
from bbopt.errors import BboptError, InputError, UnavailableError
from bbopt.executors.batch_states import BatchState, Stage, UnansweredError
from bbopt.once import Once
from bbopt.runs import JobStatus
from bbopt.stores import JobKind, JobQueue, JobTable, Member, QueueState

__all__ = ["Watch", "WatchEnd", "WatchSettings"]

_PATIENCE_S = 600.0
"""For so long the database, or the batch system, may be out of reach."""

_MOST_USELESS = 4
"""So many workers in a row that have done nothing, and further ones would not either."""

_LEFT = frozenset([JobStatus.START, JobStatus.RUNNING])


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """At most `max_workers` at a time with `n_slots` each, for jobs of `kinds`; a look every `interval_s`."""

    max_workers: int
    n_slots: int = 1
    kinds: tuple[JobKind, ...] = tuple(JobKind)
    interval_s: float = 5.0


class WatchEnd(NamedTuple):
    """Why it has ended, how many workers were started, and which of them are left in the batch system."""

    reason: str
    n_started: int
    is_failure: bool = False
    left: Sequence[BatchJob] = ()


class _Picture(NamedTuple):
    """How workers and queue stand at a moment: the workers first, so that what they have done is counted."""

    states: dict[BatchJob, BatchState]
    queue: QueueState
    members: Sequence[Member]
    n_ended: int


class Watch:
    """Starts workers at a place, and tells `tell` what it does.

    A worker is started for a job that has waited for two looks in a row and that no worker is on its way for:
    what idle ones take at once needs none.  It ends as soon as no job can be begun any more, and when workers
    have ended in vain; so it goes on only while jobs are under way, or workers are.
    """

    def __init__(
        self,
        queue: JobQueue,
        table: JobTable,
        place: Place,
        settings: WatchSettings,
        tell: Callable[[str], None],
    ) -> None:
        self._queue = queue
        self._table = table
        self._place = place
        self._settings = settings
        self._tell = tell
        self._told = Once()
        self._own: dict[BatchJob, int] = {}
        """The workers that are not over, and at how many looks each was seen at the queue."""
        self._busy: set[BatchJob] = set()
        self._n_started = 0
        self._n_useless = 0
        self._n_ended = 0
        self._n_waited = 0
        self._is_stopped = False
        self._reached_s = time.monotonic()

    def stop(self) -> None:
        """Start nothing more, and end; may be called from a signal handler."""
        self._is_stopped = True
        self._place.wake()

    def run(self) -> WatchEnd:
        """Go on until there is a reason to end.  BboptError where it can't go on for ten minutes."""
        while not self._is_stopped:
            try:
                picture = self._look()
                self._follow(picture)
                if end := self._reason_to_end(picture):
                    return end
                self._start(picture)
            except (UnavailableError, UnansweredError, _RefusedError) as error:
                if time.monotonic() - self._reached_s > _PATIENCE_S:
                    raise
                if self._told.is_news(error.what):
                    self._tell(f"{error.what}{f' ({error.got})' if error.got else ''}; trying again")
            else:
                self._reached_s = time.monotonic()
                self._told = Once()
            self._place.pause(self._settings.interval_s)
        left = list(self._own) if self._place.outlives else []
        return WatchEnd("it was asked to end", self._n_started, left=left)

    def _look(self) -> _Picture:
        states = self._place.states(self._own) if self._own else {}
        counts = self._table.counts()
        n_ended = sum(n for status, n in counts.by_status.items() if status not in _LEFT)
        members = self._table.members()
        return _Picture(states, self._queue.state(self._settings.kinds), members, n_ended)

    def _follow(self, picture: _Picture) -> None:
        """Which workers have come, which are over, and whether these were of any use."""
        for member in picture.members:
            if member.batch_job in self._own:
                self._own[member.batch_job] += 1
                if member.n_busy:
                    self._busy.add(member.batch_job)
        for job, state in picture.states.items():
            if state.stage is Stage.WAITING:
                self._own[job] = 0  # also one that was put back by the batch system
            elif state.stage is Stage.OVER:
                del self._own[job]
                is_useful = job in self._busy or picture.n_ended > self._n_ended
                self._n_useless = 0 if is_useful else self._n_useless + 1
        if picture.n_ended > self._n_ended:
            self._n_useless = 0
        self._n_ended = picture.n_ended

    def _reason_to_end(self, picture: _Picture) -> WatchEnd | None:
        queue = picture.queue
        if queue.n_running:
            return None
        if not queue.n_queued and not queue.n_askers:
            self._place.end([job for job in self._own if picture.states[job].stage is Stage.WAITING])
            if queue.has_later:
                return self._end("what is left comes after jobs that have failed", is_failure=True)
            return self._end("no job is left")
        if self._is_useless and not self._own:
            return self._end(f"{self._n_useless} workers in a row have ended in vain", is_failure=True)
        return None

    def _end(self, reason: str, *, is_failure: bool = False) -> WatchEnd:
        return WatchEnd(reason, self._n_started, is_failure)

    @property
    def _is_useless(self) -> bool:
        return self._n_useless >= _MOST_USELESS

    def _start(self, picture: _Picture) -> None:
        n_due = min(picture.queue.n_queued, self._n_waited)
        self._n_waited = picture.queue.n_queued
        if self._is_useless:
            return
        n_coming = sum(n_looks < 2 for n_looks in self._own.values())  # at the first it may just have come
        n_needed = math.ceil(n_due / self._settings.n_slots) - n_coming
        for _ in range(min(n_needed, self._settings.max_workers - len(self._own))):
            if self._is_stopped:
                return
            try:
                job = self._place.start()
            except InputError:
                raise
            except BboptError as error:
                raise _RefusedError(error.what, got=error.got) from error
            self._own[job] = 0
            self._n_started += 1
            self._tell(f"{n_due} {'job waits' if n_due == 1 else 'jobs wait'}: worker {job} started")


class _RefusedError(BboptError):
    """A worker could not be started, perhaps for now."""
