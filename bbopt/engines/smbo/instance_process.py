"""A Gaussian process over configurations that were run on several instances.

What a run owes to its instance is taken off first, so that configurations run on different instances
compare.  For the first few hundred configurations it is a better guide than the forest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bbopt.engines.smbo.instance_responses import MarginalModel, ResponseScale, bounded, distinct_rows
from bbopt.engines.smbo.modelling import MOST_POINTS, N_GOOD, step_of, telling
from bbopt.engines.smbo.training import TrainingData
from bbopt.space import Configuration, Space
from bbopt.surrogate import (
    AdditiveEffects,
    FloatArray,
    GaussianProcess,
    Hyperparameters,
    Observations,
    OneHot,
    fit_additive,
)

__all__ = ["InstanceGaussianModelling"]

IntArray = NDArray[np.intp]

_HYPERPARAMETER_GROWTH = 8
"""Hyperparameters are fitted anew when the runs have grown by one part in so many."""


class InstanceGaussianModelling:
    """A Gaussian process over what configurations cost on average over all instances; a Modelling.

    A configuration's cost on an instance that it was not run on is the one that the two-way additive model
    of all runs expects.  The fewer runs it has, the more noise its average has.
    """

    def __init__(self, space: Space, n_instances: int, scale: ResponseScale) -> None:
        self._space = space
        self._n_instances = n_instances
        self._scale = scale
        self._one_hot = OneHot(space.category_sizes)
        self._fitted: tuple[int, Hyperparameters] | None = None

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> MarginalModel:
        """See Modelling."""
        del rng
        step = step_of(len(data), _HYPERPARAMETER_GROWTH)
        if self._fitted is None or self._fitted[0] != step:
            rows, means, noise = self._configurations(data, step)
            process = GaussianProcess(self._one_hot)
            process.fit(self._space.encode(rows), means, noise)
            assert process.hyperparameters is not None
            self._fitted = step, process.hyperparameters
        rows, means, noise = self._configurations(data, len(data))
        process = GaussianProcess(self._one_hot, self._fitted[1])
        unit = self._space.encode(rows)
        process.fit(unit, means, noise)
        if pending:
            running = self._space.encode(self._space.canonical(np.stack([c.row for c in pending])))
            believed, _ = process.predict(running)
            process.fit(
                np.concatenate([unit, running]),
                np.concatenate([means, believed]),
                np.concatenate([noise, np.ones(len(running))]),
            )
        predicted, _ = process.predict(unit)
        order = np.argsort(predicted, kind="stable")
        best = float(predicted[order[0]])
        return MarginalModel(self._space, process, self._one_hot, self._scale, best, rows[order[:N_GOOD]])

    def sees_all(self, data: TrainingData) -> bool:
        """See ProcessModelling."""
        return data.n_configurations <= MOST_POINTS

    def _configurations(self, data: TrainingData, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Rows, mean responses and noise scales of the configurations of the first `n` runs."""
        rows = distinct_rows(data, n)
        effects, costs = self._effects(data, n, len(rows))
        chosen = telling(effects.rows, MOST_POINTS)
        means = self._scale.responses(self._mean_costs(data, n, effects, costs, chosen))
        return rows[chosen], means, 1.0 / effects.counts[chosen]

    def _effects(
        self, data: TrainingData, n: int, n_configurations: int
    ) -> tuple[AdditiveEffects, FloatArray]:
        costs = bounded(data, n, self._scale)
        reached_cutoff = costs >= self._scale.cutoff
        seen = Observations(
            self._scale.responses(np.minimum(costs, self._scale.cutoff)),
            data.censored[:n] | reached_cutoff,
            data.configuration_numbers[:n],
            data.instance_numbers[:n],
            n_configurations,
            self._n_instances,
        )
        return fit_additive(seen), costs

    def _mean_costs(
        self, data: TrainingData, n: int, effects: AdditiveEffects, costs: FloatArray, chosen: IntArray
    ) -> FloatArray:
        """The chosen configurations' mean cost over all instances: as seen, and as expected elsewhere."""
        expected = self._expected(effects, chosen)
        place_of = np.full(len(effects.rows), -1)
        place_of[chosen] = np.arange(len(chosen))
        place = place_of[data.configuration_numbers[:n]]
        known = (place >= 0) & ~data.censored[:n]
        cell = place[known] * self._n_instances + data.instance_numbers[:n][known]
        sums = np.bincount(cell, weights=costs[known], minlength=expected.size)
        counts = np.bincount(cell, minlength=expected.size)
        cells = np.where(counts > 0, sums / np.maximum(counts, 1), expected.ravel())
        means: FloatArray = cells.reshape(expected.shape).mean(axis=1)
        return means

    def _expected(self, effects: AdditiveEffects, chosen: IntArray) -> FloatArray:
        """Expected costs (n_chosen, n_instances): of a runtime with the chance of a timeout."""
        from scipy.special import ndtr

        # An effect seen a few times only says less than it seems to.
        counts = effects.counts[chosen]
        shrunk = effects.rows[chosen] * counts / (counts + 1.0)
        responses = shrunk[:, None] + effects.columns[None, :]
        if not np.isfinite(self._scale.cutoff):
            return self._scale.costs(responses)
        limit = self._scale.responses(np.array([self._scale.cutoff]))[0]
        timeout = ndtr((responses - limit) / effects.noise)
        solved = self._scale.costs(np.minimum(responses, limit))
        expected: FloatArray = timeout * self._scale.penalty + (1.0 - timeout) * solved
        return expected
