"""A forest over configurations and instance features, as SMAC v2 has it: it carries any history."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence

import numpy as np

from bbopt.engines.proposers.smbo.instance_responses import (
    MarginalModel,
    ResponseScale,
    bounded,
    distinct_rows,
    effects_of,
)
from bbopt.engines.proposers.smbo.modelling import LARGE_FOREST, N_GOOD
from bbopt.engines.proposers.smbo.stepwise import FOREST_GROWTH, Stepwise
from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.seeding import stream
from bbopt.space import Configuration, Space
from bbopt.surrogate import (
    CensoredResponses,
    FloatArray,
    ForestSettings,
    ImputationSettings,
    InstanceForest,
    OneHot,
    fit_censored,
)

__all__ = ["InstanceForestModelling"]

_RUNS_PER_SPLIT = 250
"""The smallest node of a large forest that may be split has one in so many runs."""


class InstanceForestModelling:
    """A forest of all runs up to a step that grows with them; a Modelling.

    features: gives what trees may split on of each instance (n_instances, n_features); asked once, when the
    first forest is fitted, because the first run must not wait for libraries that find components.  They may
    also split on what the runs so far say of how hard it is, and stop growing in large forests; in a plain
    one they do neither (as in SMAC v2).  Runs that were capped are estimated (`imputation`), at most as the
    penalty.
    """

    def __init__(
        self,
        space: Space,
        seed: int,
        settings: ForestSettings,
        features: Callable[[], FloatArray],
        scale: ResponseScale,
        *,
        imputation: ImputationSettings,
        is_plain: bool,
    ) -> None:
        self._space = space
        self._seed = seed
        self._settings = settings
        self._find_features = features
        self._scale = scale
        self._imputation = imputation
        self._is_plain = is_plain
        self._one_hot = OneHot(space.category_sizes)
        self._fitted = Stepwise(FOREST_GROWTH, self._fit)

    @functools.cached_property
    def _features(self) -> FloatArray:
        return self._find_features()

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> MarginalModel:
        """See Modelling."""
        del pending, rng
        return self._fitted.of(data)

    def _fit(self, data: TrainingData, n: int) -> MarginalModel:
        numbers = data.instance_numbers[:n]
        rng = stream(self._seed, "forest", n)
        points = np.column_stack([self._space.encode(data.rows[:n]), numbers])
        costs = bounded(data, n, self._scale)
        observed = CensoredResponses(
            self._scale.responses(costs),
            data.censored[:n],
            float(self._scale.responses(np.array([self._scale.penalty]))[0]),
        )
        features = self._features
        if not self._is_plain:
            effects = effects_of(data, n, len(features), self._scale)
            features = np.column_stack([features, effects.columns])

        is_large = n > LARGE_FOREST
        settings = self._settings
        if is_large and not self._is_plain:
            split_min = max(settings.split_min, n // _RUNS_PER_SPLIT)
            settings = dataclasses.replace(settings, split_min=split_min)

        def new_forest() -> InstanceForest:
            return InstanceForest(
                self._one_hot,
                settings,
                features,
                rng,
                takes_logarithms=self._scale.takes_logarithms,
            )

        found = fit_censored(new_forest, points, observed, self._imputation, rng)
        assert isinstance(found.model, InstanceForest)
        marginal = found.model.marginal()
        rows = distinct_rows(data, n)
        means, _ = marginal.predict(self._one_hot(self._space.encode(rows)))
        order = np.argsort(means, kind="stable")
        best = float(means[order[0]])
        good_rows = rows[order[:N_GOOD]]
        return MarginalModel(
            self._space, marginal, self._one_hot, self._mean_cost, best, good_rows, is_slow=is_large
        )

    def _mean_cost(self, response: float) -> float:
        return float(self._scale.costs(np.array([response]))[0])
