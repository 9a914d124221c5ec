"""Searches without budgets: every run is made in full."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.budgeted.metering import Pricing
from benchmarks.budgeted.methods.method import Method, Run
from benchmarks.budgeted.task import BudgetedTask
from benchmarks.optimizers import Optimizer, make_optimizer

__all__ = ["make"]

_MANY = 1000
"""Runs, so that nobody hurries."""


class _FullRuns(Method):
    def __init__(self, optimizer: Optimizer, most: int) -> None:
        self._optimizer, self._most = optimizer, most

    def ask(self) -> Run | None:
        trial = self._optimizer.ask()
        return None if trial is None else Run(trial.settings, self._most)

    def tell(self, losses: Sequence[float]) -> None:
        self._optimizer.tell(losses[-1])


def make(base: str, variant: str, task: BudgetedTask, seed: int, pricing: Pricing) -> Method:
    """One of the optimizers that `benchmarks.efficiency` compares."""
    return _FullRuns(make_optimizer(variant, task, seed, _MANY), task.most)
