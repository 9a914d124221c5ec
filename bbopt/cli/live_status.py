"""The live status on a terminal: one line that moves, above it a line per new incumbent that stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import TracebackType

from rich.console import Console
from rich.text import Text

from bbopt.cli.durations import duration
from bbopt.cli.live_line import live_line
from bbopt.engines import Incumbent
from bbopt.executors import RunProgress
from bbopt.runs import Run, RunRequest, at_budget
from bbopt.scenario import Limits
from bbopt.tuning import Outcome, Progress

__all__ = ["LiveStatus"]

_BETWEEN = " · "
_LONG_SILENCE_S = 30.0


class LiveStatus:
    """Shows progress on a terminal; an Observer of the tuning loop and a context manager."""

    def __init__(
        self, console: Console, limits: Limits, shown: Callable[[float], float] = lambda cost: cost
    ) -> None:
        """`shown` makes of a cost what people know."""
        self._console = console
        self._shown = shown
        self._limits = limits
        self._progress: Progress | None = None
        self._latest: RunProgress | None = None
        self._updated_at = time.monotonic()
        self._live = live_line(console, self._line)

    def __enter__(self) -> LiveStatus:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @property
    def console(self) -> Console:
        """Where it is shown."""
        return self._console

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        """See Observer."""
        self._update(progress)

    def run_progressed(self, of_run: RunProgress, progress: Progress) -> None:
        """See Observer."""
        self._latest = of_run
        self._update(progress)

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        if self._latest is not None and self._latest.request == run.request:
            self._latest = None
        self._update(progress)

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        self._update(progress)
        if is_new and progress.incumbent is not None:
            line = Text(f"run {progress.n_runs:>5}  ", style="dim")
            has_worked = progress.incumbent.standing.has_worked
            shown = f"{self._shown(progress.incumbent.cost):.6g}" if has_worked else "failed"
            line.append(f"{shown:<12}", style="bold green" if has_worked else "red")
            budget = at_budget(progress.incumbent.budget)
            line.append(f"{budget} {progress.incumbent.configuration.call_text()}", style="default")
            self._live.console.print(line, soft_wrap=True, highlight=False)

    def finished(self, outcome: Outcome) -> None:
        """See Observer."""
        self._live.stop()

    def print_line(self, text: str, style: str = "default") -> None:
        """Print something that stays, above the status line while there is one."""
        self._live.console.print(Text(text, style=style), soft_wrap=True, highlight=False)

    def _update(self, progress: Progress) -> None:
        self._progress = progress
        self._updated_at = time.monotonic()

    def _line(self) -> Text:
        if self._progress is None:
            return Text("starting", style="dim")
        line = Text(no_wrap=True, overflow="ellipsis")
        for text, style in self._parts(self._progress):
            part = Text(f"{_BETWEEN if line else ''}{text}", style=style)
            if line and line.cell_len + part.cell_len > self._console.width:
                break
            line.append_text(part)
        return line

    def _parts(self, progress: Progress) -> Iterator[tuple[str, str]]:
        """What there is to say and its style; the first that a narrow terminal can do without come last."""
        silence_s = time.monotonic() - self._updated_at
        yield _runs(progress, self._limits), ""
        yield _time(progress.wallclock_s + silence_s, progress, self._limits), ""
        if progress.incumbent is not None:
            yield self._best(progress.incumbent, progress.incumbent_number), ""
        if progress.n_failures:
            yield f"{progress.n_failures} failed", "red"
        if progress.n_running:
            latest = self._latest
            now = "" if latest is None else f" ({latest.value:.6g} at step {latest.step})"
            quiet = f", no news for {duration(silence_s)}" if silence_s >= _LONG_SILENCE_S else ""
            yield f"{progress.n_running} running{now}{quiet}", ""
        if progress.n_foreign:
            yield f"{progress.n_foreign} from peers", ""
        if progress.last is not None:
            result = progress.last.result
            number = "" if progress.last.is_failure else f"{self._shown(progress.last.cost):.6g} "
            yield f"last {number}{result.shown_status} in {duration(result.wallclock_s)}", ""

    def _best(self, incumbent: Incumbent, number: int) -> str:
        if not incumbent.standing.has_worked:
            return "no run has worked"
        return f"best {self._shown(incumbent.cost):.6g} (config {number}{at_budget(incumbent.budget)})"


def _runs(progress: Progress, limits: Limits) -> str:
    if limits.has_run_limit:
        return f"run {progress.n_runs} of {limits.runcount}"
    return f"run {progress.n_runs}"


def _time(wallclock_s: float, progress: Progress, limits: Limits) -> str:
    spent = duration(wallclock_s)
    left = []
    if limits.has_wallclock_limit:
        left.append(limits.wallclock_s - wallclock_s)
    if limits.has_run_limit and progress.n_runs:
        left.append(wallclock_s / progress.n_runs * (limits.runcount - progress.n_runs))
    if limits.has_cputime_limit and progress.tuner_time_s > 0:
        left.append(wallclock_s / progress.tuner_time_s * (limits.cputime_s - progress.tuner_time_s))
    return f"{spent}, {duration(max(0.0, min(left)))} left" if left else spent
