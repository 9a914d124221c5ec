"""SMAC3's BlackBoxFacade: a Gaussian process."""

from __future__ import annotations

from benchmarks.optimizers.smac3_facade import FacadeOptimizer
from benchmarks.tasks import Task

__all__ = ["make"]


def make(task: Task, seed: int, budget: int) -> FacadeOptimizer:
    """The facade's defaults."""
    from smac import BlackBoxFacade

    return FacadeOptimizer(BlackBoxFacade, task, seed, budget)
