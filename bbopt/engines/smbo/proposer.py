"""Proposals from a model: a random forest of all runs so far, maximised for expected improvement.

Sequential model-based optimization after Hutter, Hoos and Leyton-Brown (2011).  SMAC v2 alternates the
model's proposals with random ones, 1:1; here one in eight is random.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bbopt.acquisition import AcquisitionRule, SearchSettings, search
from bbopt.engines.proposing import Proposal, RandomProposer, untaken_rows
from bbopt.engines.smbo.training import TrainingData
from bbopt.runs import QualityObjective, Run
from bbopt.seeding import stream
from bbopt.space import Configuration, Space
from bbopt.surrogate import Forest, ForestSettings, OneHot, log_distance_to_best, pull_in_failures

__all__ = ["ModelProposer", "ModelSettings"]

FloatArray = NDArray[np.float64]

_RANDOM_EVERY = 8
_FEWEST_RUNS = 2  # that a model is fitted to


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the model-based search is made of; `log_responses` is SMAC v2's `rf-log-model`."""

    forest: ForestSettings = field(default_factory=ForestSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    acquisition: AcquisitionRule = AcquisitionRule.EI
    log_responses: bool = False


class ModelProposer:
    """Proposes where a forest fitted to all runs expects the largest improvement; a Proposer."""

    def __init__(
        self,
        space: Space,
        objective: QualityObjective,
        settings: ModelSettings,
        seed: int,
        deterministic: bool,
    ) -> None:
        self._space = space
        self._objective = objective
        self._settings = settings
        self._seed = seed
        self._deterministic = deterministic
        self._random = RandomProposer(space, seed)
        self._data = TrainingData(space.n_params)
        self._one_hot = OneHot(space.category_sizes)

    def observe(self, run: Run) -> None:
        """See Proposer."""
        values = self._space.canonical(run.request.configuration.row[None, :])
        self._data.add(values[0], run.cost, self._objective.is_failure(run.result))

    def propose(self, index: int, taken: Container[Configuration]) -> Proposal | None:
        """See Proposer."""
        if len(self._data) < _FEWEST_RUNS or self._space.n_params == 0 or index % _RANDOM_EVERY == 0:
            return self._random.propose(index, taken)
        rng = stream(self._seed, "model proposal", index)
        forest, responses = self._fit(rng)
        best = self._best_response(forest, responses)
        acquisition = self._settings.acquisition.function(index, rng)

        def score(rows: FloatArray) -> FloatArray:
            mean, variance = forest.predict(self._space.encode(rows))
            return acquisition(mean, variance, best)

        starts = self._data.best_rows(self._settings.search.n_starts)
        ranked = search(score, self._space, starts, self._settings.search, rng)
        chosen = self._first_untaken(ranked, taken)
        if chosen is None:
            rest = untaken_rows(self._space, taken, rng)
            if rest is None:
                return None
            chosen = self._space.configurations(rest[[int(np.argmax(score(rest)))]])[0]
        return Proposal(chosen, "model", self._predicted_cost(chosen))

    def _fit(self, rng: np.random.Generator) -> tuple[Forest, FloatArray]:
        costs = pull_in_failures(self._data.costs, self._data.failed)
        if self._settings.log_responses:
            costs = np.log10(np.maximum(costs, 1e-10))
        responses = log_distance_to_best(costs)
        forest = Forest(self._one_hot, self._settings.forest, rng)
        unit = self._space.encode(self._data.rows)
        forest.fit(unit, responses)
        self._cost_model = (forest, costs, responses)
        return forest, responses

    def _best_response(self, forest: Forest, responses: FloatArray) -> float:
        """The response to improve on: the best seen, or the best believed when runs are noisy."""
        if self._deterministic:
            return float(responses.min())
        mean, _ = forest.predict(self._space.encode(self._data.rows))
        return float(mean.min())

    def _predicted_cost(self, configuration: Configuration) -> float:
        """The cost the model expects, on the objective's scale (the transform is undone by its quantiles)."""
        forest, costs, responses = self._cost_model
        mean, _ = forest.predict(self._space.encode(configuration.row[None, :]))
        order = np.argsort(responses, kind="stable")
        return float(np.interp(mean[0], responses[order], costs[order]))

    def _first_untaken(
        self, rows: FloatArray, taken: Container[Configuration]
    ) -> Configuration | None:
        for row in rows:
            configuration = self._space.configurations(row[None, :])[0]
            if configuration not in taken:
                return configuration
        return None
