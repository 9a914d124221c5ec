"""One cell of the grid: a search, and what is kept of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.budgeted.catalog import make_budgeted
from benchmarks.budgeted.kinds import ShownCurves
from benchmarks.budgeted.metering import Meter, Pricing
from benchmarks.budgeted.methods import Method, make_method

__all__ = ["BudgetedCell", "BudgetedResult", "compute", "search"]


@dataclass(frozen=True, slots=True)
class BudgetedCell:
    """A method's full name, a task and what its curves look like, a seed, and what runs may cost in all.

    `work` is in runs in full; no method knows it.
    """

    method: str
    task: str
    kind: str
    pricing: str
    seed: int
    work: float

    def __str__(self) -> str:
        return f"{self.method} on {self.task} ({self.kind}, {self.pricing}), seed {self.seed}"


@dataclass(frozen=True, slots=True)
class BudgetedResult:
    """One entry a run, as in Meter; `own_s` are the method's own seconds of CPU time."""

    cell: BudgetedCell
    work: tuple[float, ...]
    budgets: tuple[int, ...]
    shown: tuple[float, ...]
    finals: tuple[float, ...]
    own_s: tuple[float, ...]

    def final_after(self, work: float) -> float:
        """The true loss of who was recommended when runs had cost so much; of the first, where none had."""
        return self.finals[max(0, sum(paid <= work for paid in self.work) - 1)]

    def final_after_runs(self, n: int) -> float:
        """The same after `n` runs; NaN where there were not so many."""
        return self.finals[n - 1] if n <= len(self.finals) else math.nan

    def lowest_after_runs(self, n: int) -> float:
        """The lowest loss that any of the first `n` runs has shown, at whatever budget."""
        return min(self.shown[:n]) if n <= len(self.shown) else math.nan

    def work_after_runs(self, n: int) -> float:
        """What they have cost."""
        return self.work[n - 1] if n <= len(self.work) else math.nan

    def for_cell(self, cell: BudgetedCell) -> BudgetedResult:
        """What a search with less work would have come to."""
        n = sum(paid < cell.work for paid in self.work) + 1
        series = (self.work, self.budgets, self.shown, self.finals, self.own_s)
        return BudgetedResult(cell, *(one[:n] for one in series))


def compute(cell: BudgetedCell, data: Path | None) -> BudgetedResult:
    """Carry the search out."""
    task = make_budgeted(cell.task, cell.seed, data)
    meter = Meter(task, ShownCurves(task, cell.kind, cell.seed), Pricing(cell.pricing))
    own_s = search(lambda: make_method(cell.method, task, cell.seed, Pricing(cell.pricing)), meter, cell.work)
    series = (meter.work, meter.budgets, meter.shown, meter.finals, own_s)
    return BudgetedResult(cell, *map(tuple, series))


def search(make: Callable[[], Method], meter: Meter, work: float) -> list[float]:
    """Have a method make runs until they have cost so much, or it has come to its end.

    Returns its own seconds of CPU time, an entry a run; what it takes to be made is part of the first one's.
    """
    own_s: list[float] = []
    begin = time.process_time()
    method = make()
    while meter.spent < work and (run := method.ask()) is not None:
        began = time.process_time()
        losses = meter.run(run.settings, run.budget, method.progressed)
        outside_s = time.process_time() - began
        method.tell(losses)
        end = time.process_time()
        own_s.append(round(end - begin - outside_s, 6))
        begin = end
    return own_s
