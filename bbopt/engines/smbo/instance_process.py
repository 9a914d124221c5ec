"""A Gaussian process over configurations that were run on several instances.

What a run owes to its instance is taken off first, so that configurations run on different instances
compare.  For the first few hundred configurations it is a better guide than the forest.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from bbopt.engines.smbo.instance_responses import (
    MarginalModel,
    ResponseScale,
    distinct_rows,
    effects_of,
)
from bbopt.engines.smbo.modelling import MOST_POINTS, N_GOOD, step_of, telling
from bbopt.engines.smbo.training import TrainingData
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

_HYPERPARAMETER_GROWTH = 8
"""Hyperparameters are fitted anew when the runs have grown by one part in so many."""


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
        self._fitted: tuple[int, Hyperparameters] | None = None

    def sees_all(self, data: TrainingData) -> bool:
        """See ProcessModelling."""
        return data.n_configurations <= MOST_POINTS

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> MarginalModel:
        """See Modelling."""
        del rng
        hyperparameters = self._hyperparameters(data)
        effects = effects_of(data, len(data), self._n_instances, self._scale)
        chosen = telling(effects.rows, MOST_POINTS)
        rows, responses, noise = distinct_rows(data, len(data))[chosen], effects.rows[chosen], _noise(effects)
        unit, noise = self._space.encode(rows), noise[chosen]
        process = GaussianProcess(self._one_hot, hyperparameters)
        process.fit(unit, responses, noise)
        predicted, _ = process.predict(unit)
        if pending:
            running = self._space.encode(self._space.canonical(np.stack([c.row for c in pending])))
            believed, _ = process.predict(running)
            process.fit(
                np.concatenate([unit, running]),
                np.concatenate([responses, believed]),
                np.concatenate([noise, np.ones(len(running))]),
            )
        order = np.argsort(predicted, kind="stable")
        best, good_rows = float(predicted[order[0]]), rows[order[:N_GOOD]]

        def mean_cost(response: float) -> float:
            return float(self._scale.expected_costs(response + effects.columns, effects.noise).mean())

        return MarginalModel(self._space, process, self._one_hot, mean_cost, best, good_rows)

    def _hyperparameters(self, data: TrainingData) -> Hyperparameters:
        step = step_of(len(data), _HYPERPARAMETER_GROWTH)
        if self._fitted is None or self._fitted[0] != step:
            effects = effects_of(data, step, self._n_instances, self._scale)
            chosen = telling(effects.rows, MOST_POINTS)
            responses = effects.rows[chosen]
            relative = effects.noise**2 / max(float(responses.var()), _LEAST_VARIANCE)
            prior = dataclasses.replace(_PRIOR, noise=min(max(relative, _LEAST_NOISE), _MOST_NOISE))
            process = GaussianProcess(self._one_hot, prior=prior)
            rows = distinct_rows(data, step)[chosen]
            process.fit(self._space.encode(rows), responses, _noise(effects)[chosen])
            assert process.hyperparameters is not None
            self._fitted = step, process.hyperparameters
        return self._fitted[1]


def _noise(effects: AdditiveEffects) -> FloatArray:
    """How many times the noise of a single run each configuration's effect has (n_configurations,)."""
    return 1.0 / effects.counts
