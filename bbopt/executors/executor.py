"""What an executor is: it executes runs, several at once, and hands back their results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, TypeVar

from bbopt.runs import RunRequest, RunResult

__all__ = ["Closing", "Executor", "FinishedRun", "OnProgress", "RunProgress", "nobody"]

C = TypeVar("C", bound="Closing")


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that is over.

    `output` is the end of what it printed; `warnings` are for the user's eyes.  One that `lacks_room` could
    not be started, or has failed, because a disk is full.
    """

    ticket: int
    request: RunRequest
    result: RunResult
    output: str
    warnings: tuple[str, ...] = ()
    lacks_room: bool = False


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run under way has come: its metric's `n`-th value, at a step, as the program tells it.

    `earlier` are the steps and values since the last time, thinned where they are many.
    """

    ticket: int
    request: RunRequest
    n: int
    step: int
    value: float
    earlier: Sequence[tuple[int, float]] = ()


OnProgress = Callable[[RunProgress], None]


def nobody(progress: RunProgress) -> None:
    """Hears of progress and does nothing."""


class Executor(Protocol):
    """Executes runs in a fixed number of slots.

    Used from one thread; only `wake` may be called from elsewhere, signal handlers included.  A run that
    fails in any way is a result (CRASHED), never an exception.
    """

    @property
    def n_slots(self) -> int:
        """How many runs can be under way at once."""

    @property
    def n_free(self) -> int:
        """How many runs can be submitted now."""

    def submit(self, request: RunRequest) -> int:
        """Start a run; the ticket identifies it.  RuntimeError when no slot is free or after `close`."""

    def run_name(self, ticket: int) -> str:
        """What people call the run that was just started; "" where it has no name."""

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        """The runs that have finished since the last call, in the order of their end.

        Meanwhile `on_progress` hears of the others: of each the latest values, now and then.

        Blocks until there is at least one, at most `timeout_s` (None: without bound).  Returns early with
        an empty list after `wake`, and at once when no run is under way.
        """

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        """Kill these runs (None: all); tickets of finished runs are ignored.

        Asked a second time for a run, it does not wait for the time of grace of the first.

        `wait` returns them as KILLED, or with their own result if that was faster.
        """

    def wake(self) -> None:
        """Make a `wait` that blocks now, or else the next one, return early."""

    def close(self) -> None:
        """Kill what still runs and free everything; further calls do nothing."""


class Closing:
    """An executor's half of the `with` statement: it is closed at the end.

    Left by an interrupt, its runs get no time of grace: who has asked a second time does not wait, not even
    for runs that the first time had not reached yet.
    """

    def __enter__(self: C) -> C:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self.cancel()  # `close` asks for it a second time
        self.close()

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        """See Executor."""
        raise NotImplementedError

    def close(self) -> None:
        """Free everything; further calls do nothing."""
        raise NotImplementedError
