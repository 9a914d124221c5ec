"""The SMBO engine put together: initial design, model, racing."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.engines.proposing import InitialDesign, StagedProposer
from bbopt.engines.racing import RacingEngine, RacingSettings
from bbopt.engines.smbo.proposer import ModelProposer, ModelSettings
from bbopt.runs import QualityObjective
from bbopt.space import Configuration, Space

__all__ = ["smbo"]

_FEWEST_POINTS = 4
_MOST_POINTS = 50
_POINTS_PER_PARAMETER = 2
_SHARE_OF_BUDGET = 5  # one run in five


def smbo(
    space: Space,
    objective: QualityObjective,
    racing: RacingSettings,
    model: ModelSettings,
    given: Sequence[Configuration],
    budget: int | None,
    seed: int,
) -> RacingEngine:
    """An engine that tries `given`, then a space-filling design, then what the model proposes.

    `budget` is the number of runs there will be, None when only time limits them; it bounds the design.
    """
    initial = InitialDesign(space, given, _design_size(space.n_params, budget), seed)
    search = ModelProposer(space, objective, model, seed, racing.deterministic)
    return RacingEngine(StagedProposer(initial, search), objective, racing, seed)


def _design_size(n_params: int, budget: int | None) -> int:
    wanted = min(_POINTS_PER_PARAMETER * n_params, _MOST_POINTS)
    if budget is not None:
        wanted = min(wanted, budget // _SHARE_OF_BUDGET)
    return max(wanted, _FEWEST_POINTS)
