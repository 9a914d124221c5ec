"""What the console shows of a search over Keras models: its schedule, rounds that are over, a live line."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console

from bbopt.cli.durations import duration
from bbopt.cli.live_status import LiveStatus
from bbopt.cli.plain_table import print_table
from bbopt.runs import Run, RunRequest, RunResult
from bbopt.tuning import Outcome, Progress

if TYPE_CHECKING:
    from bbopt.automl.keras_search import KerasSearch
    from bbopt.automl.schedule import Bracket, Round

__all__ = ["KerasStatus", "print_schedule"]

_NAMES = ("bracket", "round", "configurations", "iterations each")


def print_schedule(console: Console, search: KerasSearch) -> None:
    """Who trains how long, and where everything goes."""
    schedule, restored = search.training.schedule, search.plan.restored
    rows = [
        (str(bracket.s), str(one.i), str(one.n), str(one.iterations))
        for bracket in schedule.brackets
        for one in bracket.rounds
        if bracket.s is not None
    ]
    if rows:
        print_table(console, _NAMES, rows, frozenset(range(len(_NAMES))))
    n_each = f"{schedule.n_configurations} configurations, {schedule.n_runs} runs"
    console.print(
        f"{n_each}, {schedule.n_iterations} iterations; output in {search.folder}",
        soft_wrap=True,
        markup=False,
    )
    if search.goes_on:
        n_runs = 0 if restored is None else len(restored.runs)
        console.print(f"The search goes on behind {n_runs} runs.", markup=False)


class KerasStatus(LiveStatus):
    """Shows progress; an Observer of the tuning loop, and on a terminal a context manager."""

    def __init__(self, console: Console, search: KerasSearch) -> None:
        super().__init__(console, search.plan.scenario.limits)
        self._schedule = search.training.schedule
        self._loss = "training loss" if search.inputs.validation is None else "validation loss"
        epochs = search.inputs.grid.fit_params.get("epochs")
        values = [1] if epochs is None else epochs.values()
        # Where configurations have different numbers of epochs, only their iterations can be added up.
        self._epochs = values[0] if len(values) == 1 else None
        self._iterations: dict[int, int] = {}
        self._runs_over: Counter[tuple[int | None, int]] = Counter()
        self._told: set[tuple[int | None, int]] = set()
        self._losses: dict[int, float] = {}
        self._least_in: dict[tuple[int | None, int], tuple[float, int]] = {}
        self._at: tuple[Bracket, Round] = (self._schedule.brackets[0], self._schedule.brackets[0].rounds[0])
        restored = search.plan.restored
        for run in () if restored is None else restored.runs:
            self._note(run.request, run.result)
        self._told |= self._complete()

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        """See Observer."""
        super().run_started(request, progress)
        self._at = self._place(request)

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        super().run_finished(run, output, progress)
        self._note(run.request, run.result)
        self._tell(self._complete())

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer; rounds are told instead."""
        self._update(progress)

    def finished(self, outcome: Outcome) -> None:
        """See Observer."""
        if not outcome.was_asked_for:
            self._tell(set(self._runs_over))  # also where others have failed, so that fewer went on
        super().finished(outcome)

    def _place(self, request: RunRequest) -> tuple[Bracket, Round]:
        bracket = self._schedule.bracket_of(request.origin.proposal + 1)
        return bracket, bracket.round_at(request.runlength)

    def _note(self, request: RunRequest, result: RunResult) -> None:
        key, (bracket, one) = request.origin.proposal + 1, self._place(request)
        place = (bracket.s, one.i)
        self._runs_over[place] += 1
        if result.status.is_solved:
            self._iterations[key] = max(request.runlength, self._iterations.get(key, 0))
            found = (result.quality, key)
            self._losses[key] = result.quality  # the latest: a model may have become worse
            self._least_in[place] = min(self._least_in.get(place, found), found)

    def _complete(self) -> set[tuple[int | None, int]]:
        planned = {(b.s, one.i): one.n for b in self._schedule.brackets for one in b.rounds}
        return {place for place, n in self._runs_over.items() if n >= planned[place]}

    def _tell(self, places: set[tuple[int | None, int]]) -> None:
        """A line for each round that is over and was not told; without brackets there are none."""
        for s, i in sorted(places - self._told, key=lambda place: (-(place[0] or 0), place[1])):
            self._told.add((s, i))
            if s is None:
                continue
            n = self._runs_over[s, i]
            loss, key = self._least_in.get((s, i), (math.nan, 0))
            best = f"best {self._loss} {loss:.4g} (mst_key {key})" if key else "all have failed"
            self.print_line(f"bracket {s} round {i}: {n} configuration{'s' * (n != 1)}, {best}")

    def _parts(self, progress: Progress) -> Iterator[tuple[str, str]]:
        wallclock_s = progress.wallclock_s + time.monotonic() - self._updated_at
        bracket, one = self._at
        if bracket.s is None:
            yield f"{len(self._iterations)} of {one.n} configurations", ""
        else:
            yield f"bracket {bracket.s} round {one.i}", ""
            yield f"{one.n} of {bracket.rounds[0].n} alive", ""
        if self._losses:
            key = min(self._losses, key=lambda one: (self._losses[one], one))
            yield f"best {self._loss} {self._losses[key]:.4g} (mst_key {key})", ""
        done, every = sum(self._iterations.values()), self._schedule.n_iterations
        unit, factor = ("iterations", 1) if self._epochs is None else ("epochs", self._epochs)
        yield f"{done * factor} of {every * factor} {unit}", ""
        yield f"{duration(wallclock_s)}{self._left(wallclock_s, done / every)}", ""
        if progress.n_failures:
            yield f"{progress.n_failures} failed", "red"
        if progress.n_running:
            latest = self._latest
            now = "" if latest is None else f" ({latest.value:.4g} at iteration {latest.step})"
            yield f"{progress.n_running} running{now}", ""

    def _left(self, wallclock_s: float, share: float) -> str:
        """Runs take time to begin, iterations to train: neither share alone foretells the rest."""
        share = (share + sum(self._runs_over.values()) / self._schedule.n_runs) / 2
        return f", {duration(wallclock_s * (1 / share - 1))} left" if 0 < share <= 1 else ""
