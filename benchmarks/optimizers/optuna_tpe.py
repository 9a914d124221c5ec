"""Optuna's tree-structured Parzen estimator, multivariate; in groups where the space is conditional."""

from __future__ import annotations

import warnings

from benchmarks.optimizers.optuna_study import StudyOptimizer
from benchmarks.tasks import Task

__all__ = ["make"]


def make(task: Task, seed: int, budget: int) -> StudyOptimizer:
    """TPE with Optuna's other defaults."""
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=task.walk.is_conditional)
    return StudyOptimizer(task, sampler)
