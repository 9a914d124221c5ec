"""Plain random search, and ROAR: random configurations, raced."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.engines.proposing import InitialDesign, RandomProposer, StagedProposer
from bbopt.engines.racing import RacingEngine, RacingSettings
from bbopt.runs import QualityObjective
from bbopt.space import Configuration, Space

__all__ = ["random_search"]


def random_search(
    space: Space,
    objective: QualityObjective,
    racing: RacingSettings,
    given: Sequence[Configuration],
    seed: int,
) -> RacingEngine:
    """An engine that tries `given` first, then uniformly random configurations, racing each (ROAR)."""
    initial = InitialDesign(space, given, n_points=0, seed=seed)
    proposer = StagedProposer(initial, RandomProposer(space, seed))
    return RacingEngine(proposer, objective, racing, seed)
