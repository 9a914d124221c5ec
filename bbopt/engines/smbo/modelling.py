"""The models of the runs so far: what they are fitted to, and which one makes the next proposal."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bbopt.engines.smbo.training import TrainingData
from bbopt.space import Configuration, Space
from bbopt.surrogate import (
    FloatArray,
    Forest,
    ForestSettings,
    GaussianProcess,
    Hyperparameters,
    OneHot,
    Surrogate,
    log_distance_to_best,
    pull_in_failures,
    yeo_johnson,
)

__all__ = [
    "AutomaticModelling",
    "FittedModel",
    "ForestModelling",
    "GaussianModelling",
    "Modelling",
    "SurrogateRule",
]

_SMALLEST_COST = 1e-10  # whose logarithm is taken
_MOST_POINTS = 200
"""A Gaussian process looks at so many runs: its time grows with their square."""

_FOREST_SHARE = 0.5

_GROWTH = 8
"""Hyperparameters are fitted anew when the runs have grown by one part in so many."""


class SurrogateRule(enum.Enum):
    """Which model proposes: `surrogate`."""

    AUTO = "auto"
    FOREST = "forest"
    GP = "gp"


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A surrogate with what it was fitted to: each run's cost and the response it became.

    Pending runs have a response, the believed one, and no cost.  `best` is the response to improve on.
    """

    space: Space
    surrogate: Surrogate
    costs: FloatArray
    responses: FloatArray
    best: float

    def predict(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (n,) and variance (n,) of the response at rows (n, n_params) of native values."""
        return self.surrogate.predict(self.space.encode(rows))

    def cost_at(self, row: FloatArray) -> float:
        """The cost that the response predicted at `row` stands for, interpolated between the runs' own."""
        response = float(self.predict(row[None, :])[0][0])
        known = self.responses[: len(self.costs)]
        order = np.argsort(known, kind="stable")
        return float(np.interp(response, known[order], self.costs[order]))


class Modelling(Protocol):
    """Fits a model to the runs so far; what comes out depends on the runs and `rng` alone."""

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> FittedModel:
        """A model of at least two runs.  A pending one counts as if it had turned out as predicted.

        So the model is sure of what it believes there, and the next proposal goes elsewhere (the kriging
        believer of Ginsbourger et al., 2010, Kriging is well-suited to parallelize optimization).
        """


class ForestModelling:
    """A random forest of all runs; `log_responses` is SMAC v2's `rf-log-model`."""

    def __init__(
        self, space: Space, settings: ForestSettings, *, log_responses: bool, is_noisy: bool
    ) -> None:
        self._space = space
        self._settings = settings
        self._log_responses = log_responses
        self._is_noisy = is_noisy
        self._one_hot = OneHot(space.category_sizes)

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> FittedModel:
        """See Modelling."""
        costs = pull_in_failures(data.costs, data.failed)
        responses = log_distance_to_best(
            np.log10(np.maximum(costs, _SMALLEST_COST)) if self._log_responses else costs
        )
        unit = self._space.encode(data.rows)
        forest = Forest(self._one_hot, self._settings, rng)
        forest.fit(unit, responses)
        if pending:
            unit, responses = _believed(forest, self._space, unit, responses, pending)
            forest.fit(unit, responses)
        best = float(forest.predict(unit)[0].min() if self._is_noisy else responses.min())
        return FittedModel(self._space, forest, costs, responses, best)


class GaussianModelling:
    """A Gaussian process of the best runs and some others.

    The hyperparameters are those that the first g runs ask for, g growing in steps: a search that is
    resumed finds the same ones, and most proposals cost no more than one decomposition.
    """

    def __init__(self, space: Space, *, is_noisy: bool) -> None:
        self._space = space
        self._is_noisy = is_noisy
        self._one_hot = OneHot(space.category_sizes)
        self._fitted: tuple[int, Hyperparameters] | None = None

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> FittedModel:
        """See Modelling."""
        del rng
        hyperparameters = self._hyperparameters(data)
        unit, costs, responses = self._chosen(data, len(data))
        process = GaussianProcess(self._one_hot, hyperparameters)
        process.fit(unit, responses)
        if pending:
            unit, responses = _believed(process, self._space, unit, responses, pending)
            process.fit(unit, responses)
        best = float(process.predict(unit)[0].min() if self._is_noisy else responses.min())
        return FittedModel(self._space, process, costs, responses, best)

    def _hyperparameters(self, data: TrainingData) -> Hyperparameters:
        n = _step(len(data))
        if self._fitted is None or self._fitted[0] != n:
            unit, _, responses = self._chosen(data, n)
            process = GaussianProcess(self._one_hot)
            process.fit(unit, responses)
            assert process.hyperparameters is not None
            self._fitted = n, process.hyperparameters
        return self._fitted[1]

    def _chosen(self, data: TrainingData, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Points of the unit cube, costs and responses of some of the first `n` runs."""
        costs = pull_in_failures(data.costs[:n], data.failed[:n])
        places = _telling(costs, _MOST_POINTS)
        return self._space.encode(data.rows[places]), costs[places], yeo_johnson(costs)[places]


class AutomaticModelling:
    """The Gaussian process while it can look at all runs; then in turns with the forest, which does."""

    def __init__(self, process: GaussianModelling, forest: ForestModelling) -> None:
        self._process = process
        self._forest = forest

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> FittedModel:
        """See Modelling."""
        is_large = len(data) > _MOST_POINTS
        model: Modelling = self._forest if is_large and rng.random() < _FOREST_SHARE else self._process
        return model.fit(data, pending, rng)


def _step(n: int) -> int:
    """The largest number up to `n` of the sequence 2, 3, ..., in steps of a part in _GROWTH."""
    step = 2
    while (following := step + max(1, step // _GROWTH)) <= n:
        step = following
    return step


def _telling(costs: FloatArray, limit: int) -> NDArray[np.intp]:
    """Which runs to learn from when there are more than `limit`: the best half, and others evenly in time."""
    if len(costs) <= limit:
        return np.arange(len(costs))
    order = np.argsort(costs, kind="stable")
    best, rest = order[: limit // 2], np.sort(order[limit // 2 :])
    spread = np.linspace(0, len(rest) - 1, limit - len(best)).astype(np.intp)
    return np.sort(np.concatenate([best, rest[spread]]))


def _believed(
    surrogate: Surrogate,
    space: Space,
    unit: FloatArray,
    responses: FloatArray,
    pending: Sequence[Configuration],
) -> tuple[FloatArray, FloatArray]:
    """The training data with pending runs at their predicted responses."""
    running = space.encode(space.canonical(np.stack([c.row for c in pending])))
    believed, _ = surrogate.predict(running)
    return np.concatenate([unit, running]), np.concatenate([responses, believed])
