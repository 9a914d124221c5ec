"""One cell of the grid: a search, and what is kept of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from benchmarks.optimizers import TimedSearch, warm_up
from benchmarks.tasks import make_task

__all__ = ["Cell", "CellResult", "compute"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A task, an optimizer's full name, a seed, and the number of evaluations, which the optimizer knows."""

    task: str
    optimizer: str
    seed: int
    budget: int

    def __str__(self) -> str:
        return f"{self.optimizer} on {self.task}, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class CellResult:
    """One entry an evaluation, as in TimedSearch; fewer than the budget when it was cut off or gave up.

    `is_cut_off`: the search took longer than it may.
    """

    cell: Cell
    observed: tuple[float, ...]
    losses: tuple[float, ...]
    incumbents: tuple[float, ...]
    own_s: tuple[float, ...]
    own_cpu_s: tuple[float, ...]
    is_cut_off: bool

    @property
    def mean_own_s(self) -> float:
        """The optimizer's own seconds per evaluation."""
        return sum(self.own_s) / len(self.own_s) if self.own_s else float("nan")

    def first(self, n: int) -> CellResult:
        """What the result would be with a budget of `n`."""
        return CellResult(
            replace(self.cell, budget=n),
            self.observed[:n],
            self.losses[:n],
            self.incumbents[:n],
            self.own_s[:n],
            self.own_cpu_s[:n],
            self.is_cut_off and len(self.losses) < n,
        )


def compute(cell: Cell, data: Path | None, max_seconds: float | None) -> CellResult:
    """Carry the search out; after `max_seconds` on the wall clock no further evaluation begins."""
    _warm(cell.optimizer.partition("#")[0])
    begin = time.monotonic()
    is_cut_off = False
    search = TimedSearch(cell.optimizer, make_task(cell.task, data), cell.seed, cell.budget)
    while len(search) < cell.budget and not search.has_ended and not is_cut_off:
        search.step()
        is_late = max_seconds is not None and time.monotonic() - begin > max_seconds
        is_cut_off = is_late and len(search) < cell.budget
    return CellResult(
        cell,
        tuple(search.observed),
        tuple(search.losses),
        tuple(search.incumbents),
        tuple(round(seconds, 6) for seconds in search.own_s),
        tuple(round(seconds, 6) for seconds in search.own_cpu_s),
        is_cut_off,
    )


@cache
def _warm(optimizer: str) -> None:
    warm_up(optimizer)
