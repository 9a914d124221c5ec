"""SMAC3's HyperparameterOptimizationFacade: a random forest."""

from __future__ import annotations

from benchmarks.optimizers.smac3_facade import FacadeOptimizer
from benchmarks.tasks import Task

__all__ = ["make"]


def make(task: Task, seed: int, budget: int) -> FacadeOptimizer:
    """The facade's defaults."""
    from smac import HyperparameterOptimizationFacade

    return FacadeOptimizer(HyperparameterOptimizationFacade, task, seed, budget)
