"""Stand-ins for the parts around the tuning loop: an executor without processes, a clock without time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bbopt.executors import FinishedRun, OnProgress, RunProgress, nobody
from bbopt.runs import Curve, Run, RunRequest, RunResult, RunStatus
from bbopt.tuning import Clocks, Outcome, Progress

Answer = Callable[[RunRequest], RunResult]


def _nothing(request: RunRequest) -> list[float]:
    return []


class FakeExecutor:
    """Runs are answered by a function when they are waited for, oldest first.

    Each is heard of for every value that it `prints`, until it is cancelled.
    """

    def __init__(self, answer: Answer, n_slots: int = 1) -> None:
        self._answer = answer
        self.prints: Callable[[RunRequest], list[float]] = _nothing
        self.n_slots = n_slots
        self._running: dict[int, RunRequest] = {}
        self._cancelled: set[int] = set()
        self._next = 0
        self.submitted: list[RunRequest] = []
        self.on_wait: Callable[[], None] = lambda: None
        self.woken = False

    @property
    def n_free(self) -> int:
        return self.n_slots - len(self._running)

    def submit(self, request: RunRequest) -> int:
        ticket, self._next = self._next, self._next + 1
        self._running[ticket] = request
        self.submitted.append(request)
        return ticket

    def run_name(self, ticket: int) -> str:
        return ""

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        self.on_wait()
        if self.woken or not self._running:
            self.woken = False
            return []
        ticket, request = next(iter(self._running.items()))
        del self._running[ticket]
        for step, value in enumerate(self.prints(request), start=1):
            on_progress(RunProgress(ticket, request, step, step, value))
            if ticket in self._cancelled:
                metrics, curve = {"quality": value}, Curve(range(1, step + 1), self.prints(request)[:step])
                killed = RunResult(RunStatus.KILLED, 0.0, 0, 1e9, metrics=metrics, curve=curve)
                return [FinishedRun(ticket, request, killed, "")]
        if ticket in self._cancelled:
            return [FinishedRun(ticket, request, RunResult(RunStatus.KILLED, 0.0, 0, 0.0), "")]
        return [FinishedRun(ticket, request, self._answer(request), "the output")]

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        self._cancelled.update(self._running if tickets is None else tickets)

    def wake(self) -> None:
        self.woken = True

    def close(self) -> None:
        self._running.clear()


class FakeTorn(FakeExecutor):
    """The user's second signal comes just when the fifth run's end is handed over."""

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        finished = super().wait(timeout_s)
        if len(self.submitted) == 5 and self.n_free == self.n_slots:
            self.submitted.clear()
            raise KeyboardInterrupt
        return finished


class FakeBurst(FakeExecutor):
    """All runs that are under way end at the same moment."""

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        finished: list[FinishedRun] = []
        while found := super().wait(timeout_s):
            finished += found
        return finished


@dataclass
class FakeTime:
    """Wall-clock and CPU seconds that move when told to."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.wall_s, lambda: self.cpu_s)


@dataclass
class Notebook:
    """Writes down what an observer is told."""

    started: list[RunRequest] = field(default_factory=list)
    progressed: list[RunProgress] = field(default_factory=list)
    finished_runs: list[Run] = field(default_factory=list)
    incumbents: list[tuple[float, bool]] = field(default_factory=list)
    outcome: Outcome | None = None

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        self.started.append(request)

    def run_progressed(self, of_run: RunProgress, progress: Progress) -> None:
        self.progressed.append(of_run)

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        self.finished_runs.append(run)

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        assert progress.incumbent is not None
        self.incumbents.append((progress.incumbent.cost, is_new))

    def finished(self, outcome: Outcome) -> None:
        self.outcome = outcome
