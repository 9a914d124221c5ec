"""The live status of a validation, or of a training on all data, on a terminal: one line that moves."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.text import Text

from bbopt.cli.durations import duration
from bbopt.cli.live_line import live_line
from bbopt.runs import Run

__all__ = ["LiveValidation"]


class LiveValidation:
    """Shows how far a validation is; a ValidationObserver and a context manager."""

    def __init__(self, console: Console, shown: Callable[[float], float] = lambda cost: cost) -> None:
        """`shown` makes of a cost what people know."""
        self._shown = shown
        self._noun = ""
        self._n_runs = 0
        self._n_finished = 0
        self._last: Run | None = None
        self._started_at = time.monotonic()
        self._live = live_line(console, self._line)

    def __enter__(self) -> LiveValidation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def validation_started(self, n_runs: int, noun: str) -> None:
        """See ValidationObserver."""
        self._noun, self._n_runs = noun, n_runs
        self._n_finished, self._last = 0, None
        self._started_at = time.monotonic()
        self._live.start()

    def validation_run_finished(self, run: Run, n_finished: int) -> None:
        """See ValidationObserver."""
        self._n_finished, self._last = n_finished, run

    def validation_ended(self) -> None:
        """See ValidationObserver."""
        self._live.stop()

    def _line(self) -> Text:
        elapsed_s = time.monotonic() - self._started_at
        count = f" {self._n_finished} of {self._n_runs}" if self._n_runs > 1 else ""
        parts = [f"{self._noun}{count}", duration(elapsed_s)]
        if 0 < self._n_finished < self._n_runs:
            left_s = elapsed_s / self._n_finished * (self._n_runs - self._n_finished)
            parts[-1] += f", {duration(left_s)} left"
        if self._last is not None:
            parts.append(f"last {self._shown(self._last.cost):.6g} {self._last.result.status.value}")
        return Text(" · ".join(parts), no_wrap=True, overflow="ellipsis")
