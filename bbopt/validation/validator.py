"""Executing the runs of a validation: all of them, each once, and what fails is a result."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from bbopt.executors import Executor, FinishedRun, RunNumbers
from bbopt.runs import Objective, Run, RunKey, RunRequest, RunStatus
from bbopt.stores import RequestKind
from bbopt.tuning import LOOK_S, Answers, NamedRuns, RunQueue, Steering

__all__ = ["ValidationObserver", "Validator"]

_LOG = logging.getLogger(__name__)


class ValidationObserver(Protocol):
    """Somebody who is told how a validation goes; all calls come from its thread."""

    def validation_started(self, n_runs: int, noun: str) -> None:
        """So many runs will be made; `noun` is what people call one."""

    def validation_run_finished(self, run: Run, n_finished: int) -> None:
        """A run has finished, the n-th."""

    def validation_ended(self) -> None:
        """No more runs come: all are done, or it was stopped, or failed."""


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
        tells_output: bool = False,
        steering: Steering | None = None,
        noun: str = "validation run",
    ) -> None:
        """With at most `n_parallel` runs at a time (None: all slots); a crash is retried `retries` times.

        `noun` is what messages call a run.

        `answers` compares what the target says of its instances; `tells_output`: what it prints is logged.
        With `steering` people see the runs under way, and may end them.
        """
        self._steering = steering
        self._named = NamedRuns(executor, RunNumbers("validation")) if steering is not None else None
        self._queue = RunQueue(
            executor,
            objective,
            retries=retries,
            n_parallel=n_parallel,
            noun=noun,
            tells_output=tells_output,
            named=self._named,
        )
        self._objective = objective
        self._noun = noun
        self._observers = observers
        self._answers = answers
        self._keep: Callable[[Run], None] | None = None
        self._n_made = 0
        self._runs: dict[RunKey, Run] = {}

    @property
    def runs(self) -> dict[RunKey, Run]:
        """The runs that have finished so far, and those that were known before."""
        return self._runs

    @property
    def is_stopped(self) -> bool:
        """Whether it shall end."""
        return self._queue.is_stopped

    def stop(self) -> None:
        """End soon, killing what runs; may be called from a signal handler."""
        self._queue.stop()

    def run(
        self,
        requests: Iterable[RunRequest],
        known: Mapping[RunKey, Run] | None = None,
        keep: Callable[[Run], None] | None = None,
    ) -> None:
        """Execute the runs, each once; those that are known are not made again.

        A run that has finished goes to `keep` before anything else is done with it.  The executor is left
        without running targets.  Raises TargetAbortError when the target's answers forbid going on, and what
        `keep` raises.
        """
        self._keep = keep
        self._runs.update(known or {})
        for run in self._runs.values():
            self._compare(run)
        due = deque({request.key: request for request in requests if request.key not in self._runs}.values())
        for observer in self._observers:
            observer.validation_started(len(due), self._noun)
        try:
            with self._queue.ending(self._handle):
                self._execute(due)
        finally:
            if self._steering is not None:
                self._steering.end()
            for observer in self._observers:
                observer.validation_ended()

    def _execute(self, due: deque[RunRequest]) -> None:
        while not self._queue.is_stopped:
            while due and self._queue.n_free:
                self._queue.submit(due.popleft())
            if not self._queue.n_under_way:
                return
            self._steer()
            self._queue.collect(None if self._steering is None else LOOK_S, self._handle)

    def _steer(self) -> None:
        """Do what people have asked for; what is forgotten of the search, a validation has no use for."""
        if self._steering is None or self._named is None:
            return
        for request in self._steering.steer(self._named):
            if request.kind is RequestKind.STOP:
                self.stop()

    def _handle(self, finished: FinishedRun) -> None:
        run = Run.valued(finished.request, finished.result, self._objective)
        if self._keep is not None:
            self._keep(run)
        result = run.result
        if result.reason and result.status in (RunStatus.CRASHED, RunStatus.TIMEOUT):
            verb = "crashed" if result.status is RunStatus.CRASHED else "timed out"
            _LOG.warning("%s on %s with seed %d %s: %s", self._noun, *run.pair[:2], verb, result.reason)
        self._runs[run.request.key] = run
        self._n_made += 1
        for observer in self._observers:
            observer.validation_run_finished(run, self._n_made)
        self._compare(run)

    def _compare(self, run: Run) -> None:
        if self._answers is not None:
            self._answers.note(run.request, run.result)
