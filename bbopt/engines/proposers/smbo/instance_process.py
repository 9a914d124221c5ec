"""A Gaussian process over configurations that were run on several instances.

What a run owes to its instance is taken off first, so that configurations run on different instances
compare.  For the first few hundred configurations it is a better guide than the forest.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bbopt.engines.proposers.smbo.instance_responses import (
    MarginalModel,
    ResponseScale,
    distinct_rows,
    effects_of,
)
from bbopt.engines.proposers.smbo.modelling import (
    MOST_POINTS,
    N_GOOD,
    points_of,
    telling,
)
from bbopt.engines.proposers.smbo.stepwise import HYPERPARAMETER_GROWTH, Stepwise
from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.space import Configuration, Space
from bbopt.surrogate import (
    AdditiveEffects,
    FloatArray,
    GaussianProcess,
    Hyperparameters,
    OneHot,
    Prior,
)

__all__ = ["InstanceGaussianModelling"]

# Effects are noisy and few, so that only wide length scales can be told from them: see ARCHITECTURE.md.
_PRIOR = Prior(length_scale=1.0, length_scale_sd=0.5, noise_sd=0.5)
_LEAST_NOISE, _MOST_NOISE = 1e-4, 2.0
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the first `n` runs show: native rows and points of the unit cube (k, n_params), responses (k,).

    noise: how many times the noise of a single run each response has (k,).
    """

    n: int
    effects: AdditiveEffects
    rows: FloatArray
    points: FloatArray
    responses: FloatArray
    noise: FloatArray


class InstanceGaussianModelling:
    """A Gaussian process over what configurations add to, or take off, an instance's response; a Modelling.

    The responses are the effects of the two-way additive model of all runs.  What a configuration adds is
    known the better, the more runs it has, and how well at all is told by what the additive model leaves
    unexplained: the process need not guess it, which it could not from so few and so noisy responses.
    """

    def __init__(self, space: Space, n_instances: int, scale: ResponseScale) -> None:
        self._space = space
        self._n_instances = n_instances
        self._scale = scale
        self._one_hot = OneHot(space.category_sizes)
        self._tuned = Stepwise(HYPERPARAMETER_GROWTH, self._tune)

    def sees_all(self, data: TrainingData) -> bool:
        """See ProcessModelling."""
        return data.n_configurations <= MOST_POINTS

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> MarginalModel:
        """See Modelling."""
        del rng
        seen, hyperparameters = self._tuned.of(data)
        if seen.n < len(data):
            seen = self._seen(data, len(data))
        process = GaussianProcess(self._one_hot, hyperparameters)
        process.fit(seen.points, seen.responses, seen.noise)
        predicted, _ = process.predict(seen.points)
        if pending:
            process.believe(points_of(self._space, pending))
        order = np.argsort(predicted, kind="stable")
        best, good_rows = float(predicted[order[0]]), seen.rows[order[:N_GOOD]]
        effects = seen.effects

        def mean_cost(response: float) -> float:
            return float(self._scale.expected_costs(response + effects.columns, effects.noise).mean())

        return MarginalModel(self._space, process, self._one_hot, mean_cost, best, good_rows)

    def _tune(self, data: TrainingData, n: int) -> tuple[_Seen, Hyperparameters]:
        """The first `n` runs, and the hyperparameters that they ask for."""
        seen = self._seen(data, n)
        relative = seen.effects.noise**2 / max(float(seen.responses.var()), _LEAST_VARIANCE)
        prior = dataclasses.replace(_PRIOR, noise=min(max(relative, _LEAST_NOISE), _MOST_NOISE))
        process = GaussianProcess(self._one_hot, prior=prior)
        process.fit(seen.points, seen.responses, seen.noise)
        assert process.hyperparameters is not None
        return seen, process.hyperparameters

    def _seen(self, data: TrainingData, n: int) -> _Seen:
        effects = effects_of(data, n, self._n_instances, self._scale)
        chosen = telling(effects.rows, MOST_POINTS)
        rows = distinct_rows(data, n)[chosen]
        noise = 1.0 / effects.counts[chosen]
        return _Seen(n, effects, rows, self._space.encode(rows), effects.rows[chosen], noise)
