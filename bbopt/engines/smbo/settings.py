"""What the model-based search is made of, and the modelling that its settings ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from bbopt.acquisition import AcquisitionRule, SearchSettings
from bbopt.engines.problem import Problem
from bbopt.engines.smbo.instance_features import principal_components
from bbopt.engines.smbo.instance_forest import InstanceForestModelling
from bbopt.engines.smbo.instance_process import InstanceGaussianModelling
from bbopt.engines.smbo.instance_responses import ResponseScale
from bbopt.engines.smbo.modelling import (
    AutomaticModelling,
    ForestModelling,
    GaussianModelling,
    Modelling,
    ProcessModelling,
    SurrogateRule,
)
from bbopt.surrogate import FloatArray, ForestSettings, ImputationSettings, log_distance_to_best

__all__ = ["ModelSettings", "modelling_for"]

_SMALLEST_COST = 1e-10  # whose logarithm is taken


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the model-based search is made of.

    log_responses: SMAC v2's `rf-log-model`; of a black box, the forest's only.  plain_responses: the forest's
    are not bent towards the good ones (as in SMAC v2); random_every: one proposal in so many is random, none
    at 0 (SMAC v2: 2); design: points of the space-filling design, chosen by the numbers of parameters and
    runs where None (SMAC v2: 0); n_components: of the instances' features (`num-pca`); imputation: of capped
    runs; model_share: the share of the time that the model may take where runs are shorter than its work
    (1: all it needs, and nothing depends on time).
    """

    surrogate: SurrogateRule = SurrogateRule.AUTO
    forest: ForestSettings = field(default_factory=ForestSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    acquisition: AcquisitionRule = AcquisitionRule.EI
    log_responses: bool = False
    plain_responses: bool = False
    random_every: int = 0
    design: int | None = None
    n_components: int = 7
    imputation: ImputationSettings = field(default_factory=ImputationSettings)
    model_share: float = 1.0


def modelling_for(problem: Problem, settings: ModelSettings, *, is_noisy: bool) -> Modelling:
    """The modelling of a problem: of its runs where it is a black box, of configurations otherwise."""
    process: ProcessModelling
    forest: Modelling
    if problem.instances.is_black_box:
        process = GaussianModelling(problem.space, is_noisy=is_noisy)
        responses = _responses(settings)
        forest = ForestModelling(problem.space, problem.seed, settings.forest, responses, is_noisy=is_noisy)
    else:
        scale = ResponseScale.of(problem.objective, takes_logarithms=settings.log_responses)
        process = InstanceGaussianModelling(problem.space, len(problem.instances), scale)
        features = principal_components(problem.instances.features(), settings.n_components)
        forest = InstanceForestModelling(
            problem.space, problem.seed, settings.forest, features, scale, imputation=settings.imputation
        )
    match settings.surrogate:
        case SurrogateRule.FOREST:
            return forest
        case SurrogateRule.GP:
            return process
        case SurrogateRule.AUTO:
            return AutomaticModelling(process, forest)


def _responses(settings: ModelSettings) -> Callable[[FloatArray], FloatArray]:
    """What the forest of a black box is fitted to, from costs."""

    def responses(costs: FloatArray) -> FloatArray:
        if settings.log_responses:
            costs = np.log10(np.maximum(costs, _SMALLEST_COST))
        return costs if settings.plain_responses else log_distance_to_best(costs)

    return responses
