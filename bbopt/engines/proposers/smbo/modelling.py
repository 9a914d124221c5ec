"""The models of the runs so far: what they are fitted to, and which one makes the next proposal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bbopt.engines.proposers.smbo.stepwise import FOREST_GROWTH, HYPERPARAMETER_GROWTH, Stepwise
from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.seeding import stream
from bbopt.space import Configuration, Space
from bbopt.surrogate import (
    DETERMINISTIC,
    NOISY,
    FloatArray,
    Forest,
    ForestSettings,
    GaussianProcess,
    Hyperparameters,
    OneHot,
    Surrogate,
    clipped,
    pull_in_failures,
)

__all__ = [
    "AutomaticModelling",
    "FittedModel",
    "ForestModelling",
    "GaussianModelling",
    "Model",
    "Modelling",
    "ProcessModelling",
    "points_of",
    "telling",
]

MOST_POINTS = 200
"""A Gaussian process looks at so many runs: its time grows with their square."""

N_GOOD = 5
"""So many of the best configurations are where the search for the next one begins."""

_FOREST_SHARE_OF_MANY = 0.5
"""Proposals of the forest, at least, when the process can't look at all runs."""

_CLIPPED_UNIT = 1.0
"""The distance between the quartiles of the responses."""

LARGE_FOREST = 2000
"""A forest of more runs is slow: its search is short, and over instances its trees stop growing."""


class Model(Protocol):
    """What proposals are made from: a response to minimise, at rows of native values."""

    @property
    def best(self) -> float:
        """The response to improve on."""

    @property
    def good_rows(self) -> FloatArray:
        """Where the search begins (k, n_params): the best configurations so far, the best one first."""

    @property
    def is_slow(self) -> bool:
        """Whether predictions take long, so that a shorter search must do."""

    @property
    def unit(self) -> float:
        """The usual difference between responses; 0 where differences do not compare."""

    def predict(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (n,) and variance (n,) of the response at rows (n, n_params) of native values."""

    def cost_at(self, row: FloatArray) -> float:
        """The cost that the response predicted at `row` stands for."""


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A surrogate with what it was fitted to: each run's cost and the response it became; a Model."""

    space: Space
    surrogate: Surrogate
    costs: FloatArray
    responses: FloatArray
    best: float
    good_rows: FloatArray
    is_slow: bool = False
    unit: float = 0.0

    def predict(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See Model."""
        return self.surrogate.predict(self.space.encode(rows))

    def cost_at(self, row: FloatArray) -> float:
        """See Model; interpolated between the runs' own costs."""
        response = float(self.predict(row[None, :])[0][0])
        order = np.argsort(self.responses, kind="stable")
        return float(np.interp(response, self.responses[order], self.costs[order]))


class Modelling(Protocol):
    """Fits a model to the runs so far; what comes out depends on the runs, their order and `rng` alone."""

    def fit(self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator) -> Model:
        """A model of at least two runs; `pending` ones have no result yet."""


class ProcessModelling(Modelling, Protocol):
    """One that can look at a bounded number of runs."""

    def sees_all(self, data: TrainingData) -> bool:
        """Whether that are all there are."""


class ForestModelling:
    """A random forest of all runs up to a step that grows with them: large forests are fitted less often.

    `responses` turns costs (n,) into what the trees are fitted to.  Pending runs are left out: the trees are
    random enough that it makes no difference.
    """

    def __init__(
        self,
        space: Space,
        seed: int,
        settings: ForestSettings,
        responses: Callable[[FloatArray], FloatArray],
        *,
        is_noisy: bool,
    ) -> None:
        self._space = space
        self._seed = seed
        self._settings = settings
        self._responses = responses
        self._is_noisy = is_noisy
        self._one_hot = OneHot(space.category_sizes)
        self._fitted = Stepwise(FOREST_GROWTH, self._fit)

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> FittedModel:
        """See Modelling."""
        del pending, rng
        return dataclasses.replace(self._fitted.of(data), good_rows=data.best_rows(N_GOOD))

    def _fit(self, data: TrainingData, n: int) -> FittedModel:
        rows, costs = data.rows[:n], pull_in_failures(data.costs[:n], data.failed[:n])
        responses = self._responses(costs)
        unit = self._space.encode(rows)
        forest = Forest(self._one_hot, self._settings, stream(self._seed, "forest", len(rows)))
        forest.fit(unit, responses)
        best = float(forest.predict(unit)[0].min() if self._is_noisy else responses.min())
        good_rows, is_slow = data.best_rows(N_GOOD), n > LARGE_FOREST
        return FittedModel(self._space, forest, costs, responses, best, good_rows, is_slow=is_slow)


class GaussianModelling:
    """A Gaussian process of the best runs and some others.

    A pending run counts as if it had turned out as predicted: so the process is sure of what it believes
    there, what is believed is to be improved on, and the next proposal goes elsewhere (the kriging believer
    of Ginsbourger et al., 2010, Kriging is well-suited to parallelize optimization).

    The hyperparameters are fitted in steps, so that most proposals cost no more than one decomposition.
    """

    def __init__(self, space: Space, *, is_noisy: bool) -> None:
        self._space = space
        self._is_noisy = is_noisy
        self._one_hot = OneHot(space.category_sizes)
        self._hyperparameters = Stepwise(HYPERPARAMETER_GROWTH, self._most_probable)

    def fit(
        self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator
    ) -> FittedModel:
        """See Modelling."""
        del rng
        hyperparameters = self._hyperparameters.of(data)
        unit, costs, responses = self._chosen(data, len(data))
        process = GaussianProcess(self._one_hot, hyperparameters)
        process.fit(unit, responses)
        best = float(process.predict(unit)[0].min() if self._is_noisy else responses.min())
        if pending:
            best = min(best, float(process.believe(points_of(self._space, pending)).min()))
        good_rows = data.best_rows(N_GOOD)
        return FittedModel(self._space, process, costs, responses, best, good_rows, unit=_CLIPPED_UNIT)

    def sees_all(self, data: TrainingData) -> bool:
        """See ProcessModelling."""
        return len(data) <= MOST_POINTS

    def _most_probable(self, data: TrainingData, n: int) -> Hyperparameters:
        unit, _, responses = self._chosen(data, n)
        process = GaussianProcess(self._one_hot, prior=NOISY if self._is_noisy else DETERMINISTIC)
        process.fit(unit, responses)
        assert process.hyperparameters is not None
        return process.hyperparameters

    def _chosen(self, data: TrainingData, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Points of the unit cube, costs and responses of some of the first `n` runs."""
        costs = pull_in_failures(data.costs[:n], data.failed[:n])
        places = telling(costs, MOST_POINTS)
        return self._space.encode(data.rows[places]), costs[places], clipped(costs)[places]


class AutomaticModelling:
    """The Gaussian process and the forest in turns, at random.

    `forest_share`: of the proposals while the process can look at all runs.  The forest's lead it out of a
    corner that it takes for the best, and help where there are many parameters.
    """

    def __init__(self, process: ProcessModelling, forest: Modelling, forest_share: float) -> None:
        self._process = process
        self._forest = forest
        self._forest_share = forest_share

    def fit(self, data: TrainingData, pending: Sequence[Configuration], rng: np.random.Generator) -> Model:
        """See Modelling."""
        share = self._forest_share
        if not self._process.sees_all(data):
            share = max(share, _FOREST_SHARE_OF_MANY)
        model: Modelling = self._forest if rng.random() < share else self._process
        return model.fit(data, pending, rng)


def telling(costs: FloatArray, limit: int) -> NDArray[np.intp]:
    """Which runs to learn from when there are more than `limit`: the best half, and others evenly in time."""
    if len(costs) <= limit:
        return np.arange(len(costs))
    order = np.argsort(costs, kind="stable")
    best, rest = order[: limit // 2], np.sort(order[limit // 2 :])
    spread = np.linspace(0, len(rest) - 1, limit - len(best)).astype(np.intp)
    return np.sort(np.concatenate([best, rest[spread]]))


def points_of(space: Space, configurations: Sequence[Configuration]) -> FloatArray:
    """Where in the unit cube they are (n, n_params); at least one."""
    return space.encode(space.canonical(np.stack([c.row for c in configurations])))
