"""Optuna's Gaussian process sampler."""

from __future__ import annotations

import warnings

from benchmarks.optimizers.optuna_study import StudyOptimizer
from benchmarks.tasks import Task

__all__ = ["make"]


def make(task: Task, seed: int, budget: int) -> StudyOptimizer:
    """The sampler told whether there is noise; on conditional spaces it draws what is not always active."""
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.GPSampler(
            seed=seed, deterministic_objective=not task.noise, warn_independent_sampling=False
        )
    return StudyOptimizer(task, sampler)
