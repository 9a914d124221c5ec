"""SMAC3's MultiFidelityFacade: Hyperband with a random forest."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.budgeted.metering import Pricing
from benchmarks.budgeted.methods.method import Method, Run
from benchmarks.budgeted.task import BudgetedTask
from benchmarks.optimizers.smac3_facade import FacadeOptimizer

__all__ = ["make"]

_MANY = 100_000
"""Runs, so that nobody hurries."""


class _Smac3Hyperband(Method):
    def __init__(self, task: BudgetedTask, seed: int) -> None:
        from smac import MultiFidelityFacade

        self._optimizer = FacadeOptimizer(MultiFidelityFacade, task, seed, _MANY, (1, task.most))

    def ask(self) -> Run | None:
        trial = self._optimizer.ask()
        return None if trial is None else Run(trial.settings, round(self._optimizer.length))

    def tell(self, losses: Sequence[float]) -> None:
        self._optimizer.tell(losses[-1])


def make(base: str, variant: str, task: BudgetedTask, seed: int, pricing: Pricing) -> Method:
    """The facade's defaults."""
    return _Smac3Hyperband(task, seed)
