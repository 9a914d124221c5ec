"""Executing the runs of a validation: all of them, each once, and what fails is a result."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bbopt.errors import TargetAbortError
from bbopt.executors import Executor, FinishedRun
from bbopt.runs import Objective, Pair, Run, RunRequest, RunStatus
from bbopt.space import Configuration
from bbopt.tuning import Answers

__all__ = ["ValidationObserver", "Validator"]

_LOG = logging.getLogger(__name__)


class ValidationObserver(Protocol):
    """Somebody who is told how a validation goes; all calls come from its thread."""

    def validation_started(self, n_runs: int) -> None:
        """So many runs will be made."""

    def validation_run_finished(self, run: Run, n_finished: int) -> None:
        """A run has finished, the n-th."""

    def validation_ended(self) -> None:
        """No more runs come: all are done, or it was stopped, or failed."""


@dataclass(frozen=True, slots=True)
class _Underway:
    request: RunRequest
    attempt: int


class Validator:
    """Executes runs until all are done or `stop` is called; used once."""

    def __init__(
        self,
        executor: Executor,
        objective: Objective,
        *,
        n_parallel: int | None = None,
        retries: int = 0,
        observers: Sequence[ValidationObserver] = (),
        answers: Answers | None = None,
    ) -> None:
        """With at most `n_parallel` runs at a time (None: all slots); a crash is retried `retries` times.

        `answers` compares what the target says of its instances.
        """
        self._executor = executor
        self._objective = objective
        self._n_parallel = min(n_parallel or executor.n_slots, executor.n_slots)
        self._retries = retries
        self._observers = observers
        self._answers = answers
        self._running: dict[int, _Underway] = {}
        self._runs: dict[tuple[Configuration, Pair], Run] = {}
        self._is_stopped = False

    @property
    def runs(self) -> dict[tuple[Configuration, Pair], Run]:
        """The runs that have finished so far, by configuration and pair."""
        return self._runs

    def stop(self) -> None:
        """End soon, killing what runs; may be called from a signal handler."""
        self._is_stopped = True
        self._executor.wake()

    def run(self, requests: Iterable[RunRequest]) -> None:
        """Execute the runs; those of one configuration on one pair are executed once.

        The executor is left without running targets.  Raises TargetAbortError when the target's answers
        forbid going on.
        """
        queue = deque({_key(request): request for request in requests}.values())
        for observer in self._observers:
            observer.validation_started(len(queue))
        try:
            self._execute(queue)
        except BaseException:
            self._end_running(keep=False)  # cancels again what is being cancelled: no more waiting
            raise
        finally:
            for observer in self._observers:
                observer.validation_ended()

    def _execute(self, queue: deque[RunRequest]) -> None:
        while not self._is_stopped:
            while queue and len(self._running) < self._n_parallel and self._executor.n_free:
                self._submit(queue.popleft(), attempt=0)
            if not self._running:
                return
            self._collect(keep=True)
        self._end_running(keep=True)

    def _submit(self, request: RunRequest, attempt: int) -> None:
        self._running[self._executor.submit(request)] = _Underway(request, attempt)

    def _collect(self, keep: bool) -> None:
        finished_runs = self._executor.wait(None)
        underway = [self._running.pop(finished.ticket) for finished in finished_runs]
        aborted = [finished for finished in finished_runs if finished.result.status is RunStatus.ABORT]
        for finished, started in zip(finished_runs, underway, strict=True):
            if keep and finished not in aborted:
                self._handle(finished, started)
        if not keep:
            return
        if aborted:
            raise _abort(aborted[0])
        if self._answers is not None:  # when all of them are kept
            for finished in finished_runs:
                self._answers.note(finished.request, finished.result)

    def _end_running(self, keep: bool) -> None:
        """Kill what runs; a run that ended by itself all the same is kept, unless an error stops us."""
        if self._running:
            self._executor.cancel(list(self._running))
        while self._running and self._executor.n_free < self._executor.n_slots:
            # A second signal may have come just when a run's end was handed over: it does not come again.
            self._collect(keep)

    def _handle(self, finished: FinishedRun, underway: _Underway) -> None:
        result = finished.result
        for warning in finished.warnings:
            _LOG.warning("%s", warning)
        if result.status is RunStatus.KILLED:
            return  # ended by us: as if it had never been started
        if result.status is RunStatus.CRASHED and underway.attempt < self._retries and not self._is_stopped:
            _LOG.warning(
                "validation run crashed, trying again (%d of %d): %s",
                underway.attempt + 1, self._retries, result.reason,
            )  # fmt: skip
            self._submit(finished.request, underway.attempt + 1)
            return
        self._add(Run.valued(finished.request, self._objective.settled(result), self._objective))

    def _add(self, run: Run) -> None:
        result = run.result
        if result.reason and result.status in (RunStatus.CRASHED, RunStatus.TIMEOUT):
            verb = "crashed" if result.status is RunStatus.CRASHED else "timed out"
            _LOG.warning("validation run on %s with seed %d %s: %s", *run.pair, verb, result.reason)
        self._runs[_key(run.request)] = run
        for observer in self._observers:
            observer.validation_run_finished(run, len(self._runs))


def _abort(finished: FinishedRun) -> TargetAbortError:
    return TargetAbortError(
        "the target algorithm answered ABORT during validation",
        got=finished.result.reason or finished.output[-2000:] or "no output",
    )


def _key(request: RunRequest) -> tuple[Configuration, Pair]:
    return request.configuration, (request.instance.name, request.seed)
