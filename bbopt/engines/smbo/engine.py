"""The SMBO engine put together: initial design, model, racing."""

from __future__ import annotations

from bbopt.engines.problem import Problem
from bbopt.engines.proposing import InitialDesign, StagedProposer
from bbopt.engines.racing import RacingEngine, RacingSettings
from bbopt.engines.smbo.proposer import ModelProposer
from bbopt.engines.smbo.settings import ModelSettings

__all__ = ["smbo"]

_FEWEST_POINTS = 4
_MOST_POINTS = 6
_POINTS_PER_PARAMETER = 2
_SHARE_OF_BUDGET = 5  # one run in five


def smbo(problem: Problem, racing: RacingSettings, model: ModelSettings) -> RacingEngine:
    """An engine that tries what is given, then a space-filling design, then what the model proposes."""
    space = problem.space
    n_points = _design_size(space.n_params, problem.budget) if model.design is None else model.design
    initial = InitialDesign(space, problem.given, n_points, problem.pair_seed)
    search = ModelProposer(problem, model, is_noisy=not racing.deterministic)
    staged = StagedProposer(initial, search, problem.seconds_for_given)
    return RacingEngine(staged, problem, racing)


def _design_size(n_params: int, budget: int | None) -> int:
    wanted = min(_POINTS_PER_PARAMETER * n_params, _MOST_POINTS)
    if budget is not None:
        wanted = min(wanted, budget // _SHARE_OF_BUDGET)
    return max(wanted, _FEWEST_POINTS)
