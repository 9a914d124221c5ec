"""The model-based search put together."""

from __future__ import annotations

from bbopt.engines.problem import Problem
from bbopt.engines.proposers.initial_design import StagedProposer
from bbopt.engines.proposers.smbo.model_proposer import ModelProposer
from bbopt.engines.proposers.smbo.model_settings import ModelSettings

__all__ = ["model_search"]

_FEWEST_POINTS = 4
_MOST_POINTS = 6
_POINTS_PER_PARAMETER = 2
_SHARE_OF_BUDGET = 5  # one run in five


def model_search(problem: Problem, settings: ModelSettings) -> StagedProposer:
    """What is given, then a space-filling design, then what the model proposes."""
    n_params = problem.space.n_params
    n_points = _design_size(n_params, problem.budget) if settings.design is None else settings.design
    return StagedProposer(problem, ModelProposer(problem, settings), n_points)


def _design_size(n_params: int, budget: int | None) -> int:
    wanted = min(_POINTS_PER_PARAMETER * n_params, _MOST_POINTS)
    if budget is not None:
        wanted = min(wanted, budget // _SHARE_OF_BUDGET)
    return max(wanted, _FEWEST_POINTS)
