"""Runs over an executor: what a search, a validation, a single call and workers have in common.

A run is started, tried again when it crashes, and waited for; it can be ended early.  What comes out is
handed on when it counts as a run at all.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from bbopt.errors import TargetAbortError
from bbopt.executors import Executor, FinishedRun, OnProgress, nobody
from bbopt.runs import ENDED_BY_USER, Objective, RunRequest, RunStatus
from bbopt.tuning.ledger import RETRIES_S
from bbopt.tuning.named_runs import NamedRuns

__all__ = ["CONSOLE_ONLY", "RunQueue", "execute_once", "told"]

_LOG = logging.getLogger(__name__)
_LOOK_S = 0.1

CONSOLE_ONLY = {"console_only": True}
"""Marks messages that log files do not get."""

Handle = Callable[[FinishedRun], None]
"""Takes a run that counts, its result as it goes on record; may raise TargetAbortError."""

HandleAll = Callable[[Sequence[FinishedRun]], None]
"""Takes runs that have ended together and count, before each of them is handled for itself."""


def _nothing(_: Sequence[FinishedRun]) -> None:
    """Nothing is to be done for all at once."""


class _Tries(NamedTuple):
    """How often a run has crashed, and how often a full disk has kept it from starting."""

    n_crashes: int = 0
    n_without_room: int = 0


class RunQueue:
    """The runs under way of one owner, in at most `n_parallel` slots of an executor (None: in all).

    A crash is tried again `retries` times.  `noun` is what messages call a run; with `tells_output` there are
    some of what it printed; `named` knows them as people do.  `on_progress` hears in `collect` how far runs
    have come, `on_ended` of all that it is about to hand over.  One thread uses it; only `stop` may be called
    from elsewhere.
    """

    def __init__(
        self,
        executor: Executor,
        objective: Objective,
        *,
        retries: int = 0,
        n_parallel: int | None = None,
        noun: str = "run",
        tells_output: bool = False,
        on_progress: OnProgress = nobody,
        on_ended: HandleAll = _nothing,
        named: NamedRuns | None = None,
    ) -> None:
        self._executor = executor
        self._objective = objective
        self._retries = retries
        self._noun = noun
        self._tells_output = tells_output
        self._on_progress = on_progress
        self._on_ended = on_ended
        self._tries: dict[int, _Tries] = {}
        self._named = named
        self.is_stopped = False
        self._n_parallel = n_parallel

    @property
    def n_slots(self) -> int:
        """How many runs can be under way at once, as things stand: a cluster grows and shrinks."""
        n_slots = self._executor.n_slots
        return min(self._n_parallel or n_slots, n_slots)

    @property
    def n_free(self) -> int:
        """How many runs can be submitted now."""
        return max(0, min(self.n_slots - self.n_under_way, self._executor.n_free))

    @property
    def n_under_way(self) -> int:
        """How many runs have not been collected yet."""
        return len(self._tries)

    def submit(self, request: RunRequest) -> None:
        """Start a run."""
        self._start(request, _Tries())

    def _start(self, request: RunRequest, tries: _Tries) -> None:
        ticket = self._executor.submit(request)
        self._tries[ticket] = tries
        if self._named is not None:
            self._named.started(ticket, request)

    def collect(self, timeout_s: float | None, handle: Handle) -> None:
        """Wait for runs (None: without bound) and hand those that count to `handle`, in order of their end.

        A run that was killed is as if it had never been started, unless it was hopeless.  Raises
        TargetAbortError, the first one of `handle` or of a target that answers ABORT, when all runs that have
        finished are handed over.
        """
        errors, counting = [], []
        for finished, tries in self._wait(timeout_s):
            try:
                counting += self._take(finished, tries)
            except TargetAbortError as error:
                errors.append(error)
        if counting:
            self._on_ended(counting)
        for finished in counting:
            try:
                handle(finished)
            except TargetAbortError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def stop(self) -> None:
        """Make `collect` return, and try nothing again; may be called from a signal handler."""
        self.is_stopped = True
        self._executor.wake()

    @contextmanager
    def ending(self, handle: Handle) -> Iterator[None]:
        """At the end of the `with` statement nothing is under way any more.

        Runs that ended by themselves meanwhile go to `handle`, unless there is an error.  After an interrupt
        none gets a time of grace, not even those that the request to end had not reached yet.
        """
        try:
            yield
            self.end(handle)
        except KeyboardInterrupt:
            self._executor.cancel(list(self._tries))  # `end` asks for it a second time
            self.end(None)
            raise
        except BaseException:
            self.end(None)  # cancels again what is being cancelled: no more waiting
            raise

    def end(self, handle: Handle | None) -> None:
        """Kill what is under way.

        Runs that ended by themselves all the same go to `handle`; without one they are dropped.
        """
        self._on_progress = nobody
        if self._tries:
            self._executor.cancel(list(self._tries))
        # A second signal may have come just when a run's end was handed over: it does not come again.
        while self._tries and self._executor.n_free < self._executor.n_slots:
            if handle is None:
                self._wait(None)
            else:
                self.collect(None, handle)

    def _wait(self, timeout_s: float | None) -> list[tuple[FinishedRun, _Tries]]:
        """The runs that have finished, with their tries; none of them is waited for again."""
        finished = self._executor.wait(timeout_s, self._on_progress)
        return [(run, self._tries.pop(run.ticket)) for run in finished]

    def _take(self, finished: FinishedRun, tries: _Tries) -> list[FinishedRun]:
        """The run as it goes on record; nothing where it does not count."""
        if self._named is not None:
            finished = self._named.ended(finished)
        result = finished.result
        if finished.lacks_room and self._has_waited(finished, tries.n_without_room):
            self._again(finished, tries._replace(n_without_room=tries.n_without_room + 1))
            return []
        if self._tells_output:
            _tell_output(finished.output)
        for warning in finished.warnings:
            _LOG.warning("%s", warning)
        if result.status is RunStatus.ABORT:
            raise TargetAbortError(
                f"a {self._noun} of the target algorithm answered ABORT", got=told(finished)
            )
        if result.status is RunStatus.KILLED and not result.is_hopeless:
            return []
        may_retry = tries.n_crashes < self._retries and not result.reason.startswith(ENDED_BY_USER)
        if result.status is RunStatus.CRASHED and may_retry and not self.is_stopped:
            _LOG.warning(
                "%s crashed, trying again (%d of %d): %s",
                self._noun, tries.n_crashes + 1, self._retries, result.reason,
            )  # fmt: skip
            self._again(finished, tries._replace(n_crashes=tries.n_crashes + 1))
            return []
        return [replace(finished, result=self._objective.settled(result))]

    def _again(self, finished: FinishedRun, tries: _Tries) -> None:
        self._start(finished.request, tries)

    def _has_waited(self, finished: FinishedRun, n_tries: int) -> bool:
        """Whether it is worth another try now, as for what could not be put on record."""
        if n_tries >= len(RETRIES_S) or self.is_stopped:
            return False
        _LOG.warning("%s; trying again in %s s", finished.result.reason, RETRIES_S[n_tries])
        end_s = time.monotonic() + RETRIES_S[n_tries]
        while not self.is_stopped and time.monotonic() < end_s:
            time.sleep(_LOOK_S)
        return not self.is_stopped


def _tell_output(output: str) -> None:
    """SMAC v2's lines; only for the console, for supervisors have written the output into the log file."""
    for line in output.splitlines():
        _LOG.info("[PROCESS] %s", line, extra=CONSOLE_ONLY)


def execute_once(executor: Executor, request: RunRequest, timeout_s: float | None = None) -> FinishedRun:
    """A single run, whatever comes of it.

    It is killed when it takes longer than `timeout_s`, or when the executor is woken.
    """
    executor.submit(request)
    finished = executor.wait(timeout_s)
    if not finished:
        executor.cancel()
    while not finished:
        finished = executor.wait(None)
    return finished[0]


def told(finished: FinishedRun) -> str:
    """What the target said: the reason where there is one, else its last words."""
    return finished.result.reason or finished.output[-2000:] or "no output"
