"""Proposals from a model: a random forest of all runs so far, maximised for expected improvement.

Sequential model-based optimization after Hutter, Hoos and Leyton-Brown (2011).  SMAC v2 alternates the
model's proposals with random ones, 1:1; here one in eight is random.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bbopt.acquisition import AcquisitionRule, SearchSettings, search
from bbopt.engines.problem import Problem
from bbopt.engines.proposing import Proposal, RandomProposer, untaken_rows
from bbopt.engines.smbo.training import TrainingData
from bbopt.runs import Run
from bbopt.seeding import stream
from bbopt.space import Configuration
from bbopt.surrogate import Forest, ForestSettings, OneHot, Surrogate, log_distance_to_best, pull_in_failures

__all__ = ["ModelProposer", "ModelSettings"]

FloatArray = NDArray[np.float64]

_RANDOM_EVERY = 8
_FEWEST_RUNS = 2  # that a model is fitted to
_SMALLEST_COST = 1e-10  # whose logarithm is taken


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the model-based search is made of; `log_responses` is SMAC v2's `rf-log-model`."""

    forest: ForestSettings = field(default_factory=ForestSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    acquisition: AcquisitionRule = AcquisitionRule.EI
    log_responses: bool = False


class ModelProposer:
    """Proposes where a forest fitted to all runs expects the largest improvement; a Proposer."""

    def __init__(self, problem: Problem, settings: ModelSettings, *, is_noisy: bool) -> None:
        self._space = problem.space
        self._objective = problem.objective
        self._seed = problem.seed
        self._settings = settings
        self._is_noisy = is_noisy
        self._random = RandomProposer(problem.space, problem.seed)
        self._data = TrainingData(problem.space.n_params)
        self._one_hot = OneHot(problem.space.category_sizes)

    def observe(self, run: Run) -> None:
        """See Proposer."""
        values = self._space.canonical(run.request.configuration.row[None, :])
        self._data.add(values[0], run.cost, self._objective.is_failure(run.result))

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration] = ()
    ) -> Proposal | None:
        """See Proposer."""
        if len(self._data) < _FEWEST_RUNS or self._space.n_params == 0 or index % _RANDOM_EVERY == 0:
            return self._random.propose(index, taken)
        rng = stream(self._seed, "model proposal", index)
        model = self._fit(rng, pending)
        best = self._best_response(model)
        acquisition = self._settings.acquisition.function(index, rng)

        def score(rows: FloatArray) -> FloatArray:
            mean, variance = model.surrogate.predict(self._space.encode(rows))
            return acquisition(mean, variance, best)

        starts = self._starts()
        ranked = search(score, self._space, starts, self._settings.search, rng)
        chosen = self._first_untaken(ranked, taken)
        if chosen is None:  # a small space, nearly used up
            rest = untaken_rows(self._space, taken, rng)
            if rest is None:
                return None
            chosen = self._space.configurations(rest[[int(np.argmax(score(rest)))]])[0]
        mean, _ = model.surrogate.predict(self._space.encode(chosen.row[None, :]))
        return Proposal(chosen, "model", model.cost_of(float(mean[0])))

    def _starts(self) -> FloatArray:
        """The best rows so far, moved into the subspace that is searched, where that is legal."""
        rows = self._space.into_subspace(self._data.best_rows(self._settings.search.n_starts))
        return rows[~self._space.is_forbidden(rows)]

    def _fit(self, rng: np.random.Generator, pending: Sequence[Configuration]) -> _FittedModel:
        """A forest of all runs.  A pending one counts as if it had turned out as a first forest predicts.

        So the forest is sure of what it believes there, and the next proposal goes elsewhere (the kriging
        believer of Ginsbourger et al., 2010, Kriging is well-suited to parallelize optimization).
        """
        costs = pull_in_failures(self._data.costs, self._data.failed)
        responses = log_distance_to_best(
            np.log10(np.maximum(costs, _SMALLEST_COST)) if self._settings.log_responses else costs
        )
        unit = self._space.encode(self._data.rows)
        forest = Forest(self._one_hot, self._settings.forest, rng)
        forest.fit(unit, responses)
        if pending:
            running = self._space.encode(self._space.canonical(np.stack([c.row for c in pending])))
            believed, _ = forest.predict(running)
            forest.fit(np.concatenate([unit, running]), np.concatenate([responses, believed]))
        return _FittedModel(forest, costs, responses)

    def _best_response(self, model: _FittedModel) -> float:
        """The response to improve on: the best seen, or the best believed when runs are noisy."""
        if not self._is_noisy:
            return float(model.responses.min())
        mean, _ = model.surrogate.predict(self._space.encode(self._data.rows))
        return float(mean.min())

    def _first_untaken(self, rows: FloatArray, taken: Container[Configuration]) -> Configuration | None:
        seen: set[bytes] = set()
        for row, key in zip(rows, self._space.keys(rows), strict=True):
            if key in seen:
                continue
            seen.add(key)
            configuration = self._space.configurations(row[None, :])[0]
            if configuration not in taken:
                return configuration
        return None


@dataclass(frozen=True, slots=True)
class _FittedModel:
    """A surrogate with what it was fitted to: each run's cost and the response it became."""

    surrogate: Surrogate
    costs: FloatArray
    responses: FloatArray

    def cost_of(self, response: float) -> float:
        """The cost that a response stands for, interpolated between the runs' own."""
        order = np.argsort(self.responses, kind="stable")
        return float(np.interp(response, self.responses[order], self.costs[order]))
