"""Plain random search, and ROAR: random configurations, raced."""

from __future__ import annotations

from bbopt.engines.problem import Problem
from bbopt.engines.proposing import InitialDesign, PortfolioProposer, RandomProposer, StagedProposer
from bbopt.engines.racing import RacingEngine, RacingSettings

__all__ = ["portfolio_search", "random_search"]


def random_search(problem: Problem, racing: RacingSettings) -> RacingEngine:
    """An engine that tries what is given, then uniformly random configurations, racing each (ROAR)."""
    initial = InitialDesign(problem.space, problem.given, n_points=0, seed=problem.seed)
    proposer = StagedProposer(initial, RandomProposer(problem.space, problem.seed), problem.seconds_for_given)
    return RacingEngine(proposer, problem, racing)


def portfolio_search(problem: Problem, racing: RacingSettings) -> RacingEngine:
    """An engine that races the given configurations and proposes no others (SMAC v2's PSEL)."""
    return RacingEngine(PortfolioProposer(problem.given), problem, racing)
