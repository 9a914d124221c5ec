"""What the model-based search is made of, and the modelling that its settings ask for."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from bbopt.acquisition import AcquisitionName, SearchSettings
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.smbo.instance_features import principal_components
from bbopt.engines.proposers.smbo.instance_forest import InstanceForestModelling
from bbopt.engines.proposers.smbo.instance_process import InstanceGaussianModelling
from bbopt.engines.proposers.smbo.instance_responses import ResponseScale
from bbopt.engines.proposers.smbo.modelling import (
    AutomaticModelling,
    ForestModelling,
    GaussianModelling,
    Modelling,
    ProcessModelling,
)
from bbopt.runs import Objective, Run, RuntimeObjective
from bbopt.surrogate import FloatArray, ForestSettings, ImputationSettings, log_distance_to_best

__all__ = ["CensoredRuns", "ModelChoice", "ModelSettings", "modelling_for"]

_FOREST_SHARE, _FOREST_SHARE_OVER_INSTANCES = 0.15, 0.75
"""Proposals of the forest while the process looks at all there is."""

_FEW_ROUNDS, _FEW_STEPS = 1, 4
"""Of the search of a large forest: more finds a better expected improvement, but no better configurations."""

_SMALLEST_COST = 1e-10  # whose logarithm is taken


class ModelChoice(enum.Enum):
    """Which model proposes: `surrogate`."""

    AUTO = "auto"
    FOREST = "forest"
    GP = "gp"


class CensoredRuns(enum.Enum):
    """What the model is told of a run that was capped."""

    ESTIMATED = "that its cost lies above a bound"
    AS_SEEN = "that its cost is the bound (SMAC v2's treat-censored-data-as-uncensored)"
    AS_CUTOFF = "that its cost is the whole cutoff (SMAC v2's mask-censored-data-as-kappa-max)"

    def shown(self, run: Run, objective: Objective) -> Run:
        """The run as the model sees it."""
        if not run.is_censored or self is CensoredRuns.ESTIMATED:
            return run
        cost = run.cost
        if self is CensoredRuns.AS_CUTOFF and isinstance(objective, RuntimeObjective):
            cost = objective.cutoff_s
        return dataclasses.replace(run, cost=cost, is_censored=False)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the model-based search is made of.

    search: of the acquisition function, and see `short_search`.  log_responses: SMAC v2's `rf-log-model`; of
    a black box, the forest's only.  plain_forest: as SMAC v2's, whose responses are not bent towards the good
    ones, which is not told how hard instances are, and which, when it is large, grows and is searched in
    full.  random_every: one proposal in so many is random, none at 0 (SMAC v2: 2).  design: points of the
    space-filling design, chosen by the numbers of parameters and runs where None (SMAC v2: 0).  n_components:
    of the instances' features (`num-pca`).  imputation, censored: of capped runs.  model_share: the share of
    the time that the model may take where runs are shorter than its work (1: all it needs, and nothing
    depends on time).  uses_prior: the acquisition function is multiplied with the distributions' density.
    """

    surrogate: ModelChoice = ModelChoice.AUTO
    forest: ForestSettings = field(default_factory=ForestSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    acquisition: AcquisitionName = AcquisitionName.EI
    log_responses: bool = False
    plain_forest: bool = False
    random_every: int = 0
    design: int | None = None
    n_components: int = 7
    imputation: ImputationSettings = field(default_factory=ImputationSettings)
    censored: CensoredRuns = CensoredRuns.ESTIMATED
    model_share: float = 1.0
    uses_prior: bool = False

    @property
    def short_search(self) -> SearchSettings:
        """The search of a slow model's acquisition function; in full where forests are plain."""
        if self.plain_forest:
            return self.search
        return dataclasses.replace(
            self.search,
            rounds=min(self.search.rounds, _FEW_ROUNDS),
            steps=min(self.search.steps, _FEW_STEPS),
        )


def modelling_for(problem: Problem, settings: ModelSettings) -> Modelling:
    """The modelling of a problem: of its runs where it is a black box, of configurations otherwise."""
    process: ProcessModelling
    forest: Modelling
    is_noisy = not problem.deterministic
    if problem.instances.is_black_box:
        process = GaussianModelling(problem.space, is_noisy=is_noisy)
        responses = _responses(settings)
        forest = ForestModelling(problem.space, problem.seed, settings.forest, responses, is_noisy=is_noisy)
        share = _FOREST_SHARE
    else:
        scale = ResponseScale.of(problem.objective, takes_logarithms=settings.log_responses)
        process = InstanceGaussianModelling(problem.space, len(problem.instances), scale)

        def features() -> FloatArray:
            return principal_components(problem.instances.features(), settings.n_components)

        forest = InstanceForestModelling(
            problem.space,
            problem.seed,
            settings.forest,
            features,
            scale,
            imputation=settings.imputation,
            is_plain=settings.plain_forest,
        )
        share = _FOREST_SHARE_OVER_INSTANCES
    match settings.surrogate:
        case ModelChoice.FOREST:
            return forest
        case ModelChoice.GP:
            return process
        case ModelChoice.AUTO:
            return AutomaticModelling(process, forest, share)


def _responses(settings: ModelSettings) -> Callable[[FloatArray], FloatArray]:
    """What the forest of a black box is fitted to, from costs."""

    def responses(costs: FloatArray) -> FloatArray:
        if settings.log_responses:
            costs = np.log10(np.maximum(costs, _SMALLEST_COST))
        return costs if settings.plain_forest else log_distance_to_best(costs)

    return responses
