"""Runs without processes: a built-in evaluator answers them."""

from __future__ import annotations

import itertools
import select
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bbopt.executors.evaluators import Evaluator
from bbopt.executors.evaluators.evaluator import UNKNOWN_RUNLENGTH
from bbopt.executors.executor import Closing, FinishedRun, OnProgress, nobody
from bbopt.executors.waiting import Deadline, WakePipe
from bbopt.java_numbers import format_double
from bbopt.runs import RunRequest, RunResult, RunStatus

__all__ = ["InProcessExecutor"]


@dataclass(slots=True)
class _Job:
    """A run under way; `result` is None while it has not ended."""

    request: RunRequest
    started_at: float
    result: RunResult | None


class InProcessExecutor(Closing):
    """Has every run answered by `evaluator` as it is submitted (an `Executor`).

    A run occupies its slot until `wait` hands it back.  `crashed_quality` stands for the quality of a run
    that was cancelled; `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        n_slots: int = 1,
        *,
        crashed_quality: float = 1e9,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if n_slots < 1:
            raise ValueError(f"n_slots must be at least 1, got {n_slots}")
        self._evaluator = evaluator
        self._n_slots = n_slots
        self._crashed_quality = crashed_quality
        self._clock = clock
        self._tickets = itertools.count()
        self._jobs: dict[int, _Job] = {}
        self._wake = WakePipe()
        self._is_closed = False

    @property
    def n_slots(self) -> int:
        """How many runs can be under way at once."""
        return self._n_slots

    @property
    def n_free(self) -> int:
        """How many runs can be submitted now."""
        return self._n_slots - len(self._jobs)

    def submit(self, request: RunRequest) -> int:
        """Have a run answered; the ticket identifies it."""
        if self._is_closed:
            raise RuntimeError("the executor is closed")
        if self.n_free == 0:
            raise RuntimeError(f"all {self.n_slots} slots are in use")
        started_at = self._clock()
        answer = self._evaluator.evaluate(request)
        result = None if answer is None else _within_cutoff(request, replace(answer, started_at=started_at))
        ticket = next(self._tickets)
        self._jobs[ticket] = _Job(request, started_at, result)
        return ticket

    def run_name(self, ticket: int) -> str:
        """See Executor; nothing is started here that could have one."""
        return ""

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        """The runs that have finished; see `Executor.wait`."""
        if self._is_closed:
            return []
        deadline = Deadline(timeout_s)
        while self._jobs and all(job.result is None for job in self._jobs.values()):
            news, _, _ = select.select([self._wake], [], [], deadline.next_sleep_s())
            if deadline.is_over or (news and self._wake.read()):
                break
        return self._take_finished()

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        """Kill these runs, or all, that have not ended."""
        for ticket in list(self._jobs) if tickets is None else tickets:
            job = self._jobs.get(ticket)
            if job is not None and job.result is None:
                job.result = self._killed(job)

    def wake(self) -> None:
        """Make `wait` return early; a signal handler may call this."""
        self._wake.write()

    def close(self) -> None:
        """Forget all runs and free everything."""
        if self._is_closed:
            return
        self._is_closed = True
        self._jobs.clear()
        self._wake.close()

    def _take_finished(self) -> list[FinishedRun]:
        finished = [
            FinishedRun(ticket, job.request, job.result, _result_line(job.request, job.result))
            for ticket, job in self._jobs.items()
            if job.result is not None
        ]
        for run in finished:
            del self._jobs[run.ticket]
        return finished

    def _killed(self, job: _Job) -> RunResult:
        used_s = max(0.0, self._clock() - job.started_at)
        return RunResult(
            RunStatus.KILLED,
            used_s,
            UNKNOWN_RUNLENGTH,
            self._crashed_quality,
            wallclock_s=used_s,
            started_at=job.started_at,
            reason="the optimizer cancelled the run",
        )


def _within_cutoff(request: RunRequest, result: RunResult) -> RunResult:
    """A run that would take its cutoff or more is a timeout, as in SMAC v2."""
    is_bound = result.status.is_solved or result.status is RunStatus.TIMEOUT
    if not is_bound or result.runtime_s < request.cutoff_s:
        return result
    return replace(result, status=RunStatus.TIMEOUT, runtime_s=request.cutoff_s)


def _result_line(request: RunRequest, result: RunResult) -> str:
    """What a target with this result prints; one that was killed prints nothing."""
    if result.status is RunStatus.KILLED:
        return ""
    numbers = ", ".join(map(format_double, (result.runtime_s, result.runlength, result.quality)))
    additional = f", {result.additional}" if result.additional else ""
    return f"Result for SMAC: {result.status.value}, {numbers}, {request.seed}{additional}\n"
