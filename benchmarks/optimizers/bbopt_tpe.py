"""bbopt with `engine = tpe`: Optuna's estimator behind bbopt's race, with runs told as means."""

from __future__ import annotations

from bbopt.engines.proposers.tpe import tpe_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from benchmarks.optimizers.bbopt_smbo import EngineOptimizer, problem_of
from benchmarks.tasks import Task

__all__ = ["make"]


def make(task: Task, seed: int, budget: int) -> EngineOptimizer:
    """The engine as its command sets it up."""
    problem = problem_of(task, seed, budget)
    engine = RacingEngine(tpe_search(problem), problem, RacingSettings())
    return EngineOptimizer(engine, is_noisy=bool(task.noise))
