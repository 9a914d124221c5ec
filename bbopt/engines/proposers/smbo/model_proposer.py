"""Proposals from a model of all runs so far, where it expects the largest improvement.

Sequential model-based optimization after Hutter, Hoos and Leyton-Brown (2011).  SMAC v2 alternates the
model's proposals with random ones, 1:1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence

import numpy as np
from numpy.typing import NDArray

from bbopt.acquisition import prior_exponent, search
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.proposer import Ability, Proposal
from bbopt.engines.proposers.random_search import RandomProposer
from bbopt.engines.proposers.smbo.excursions import excursion, has_branches, is_exhausted
from bbopt.engines.proposers.smbo.memory import keep_freed_memory
from bbopt.engines.proposers.smbo.model_settings import ModelSettings, modelling_for
from bbopt.engines.proposers.smbo.modelling import Model
from bbopt.engines.proposers.smbo.pace import Pace
from bbopt.engines.proposers.smbo.threads import one_thread
from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.engines.proposers.untaken import untaken_rows
from bbopt.runs import Run
from bbopt.seeding import stream
from bbopt.space import Configuration

__all__ = ["ModelProposer"]

FloatArray = NDArray[np.float64]

_FEWEST_RUNS = 2  # that a model is fitted to
_EXCURSIONS = 0.5  # of the proposals, where little is left to be gained in the incumbent's branch
_UNHURRIED = 50  # proposals at the beginning that get a model each, however short the runs are
_MOST_SPARES = 50  # proposals from one model, where there is no time for a new one


class ModelProposer:
    """Proposes where a model fitted to all runs expects the largest improvement; a Proposer."""

    abilities = frozenset(Ability) - {Ability.RUN_LENGTHS}

    def __init__(self, problem: Problem, settings: ModelSettings, pace: Pace | None = None) -> None:
        self._space = problem.space
        self._objective = problem.objective
        self._seed = problem.seed
        self._budget = problem.budget
        self._settings = settings
        self._has_branches = has_branches(problem.space)
        self._random = RandomProposer(problem.space, problem.seed)
        self._data = TrainingData(problem.space, problem.instances)
        self._pace = pace or Pace(settings.model_share)
        self._spares: deque[Proposal] = deque()
        self._modelling = modelling_for(problem, settings)

    def observe(self, run: Run) -> None:
        """See Proposer."""
        shown = self._settings.censored.shown(run, self._objective)
        self._data.add(shown, failed=self._objective.is_failure(run.result))

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration] = ()
    ) -> Proposal | None:
        """See Proposer."""
        every = self._settings.random_every
        if len(self._data) < _FEWEST_RUNS or self._space.n_params == 0 or (every and index % every == 0):
            return self._random.propose(index, taken)
        if index >= _UNHURRIED and not self._pace.allows:
            return self._spare(taken) or self._random.propose(index, taken)
        keep_freed_memory()
        algebra = one_thread()  # imports what the model needs, which is not the model's work
        with self._pace.counting(), algebra:
            return self._from_model(index, taken, pending)

    def _spare(self, taken: Container[Configuration]) -> Proposal | None:
        """One that an earlier model found promising, too."""
        while self._spares:
            proposal = self._spares.popleft()
            if proposal.configuration not in taken:
                return proposal
        return None

    def _from_model(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration]
    ) -> Proposal | None:
        rng = stream(self._seed, "model proposal", index)
        model = self._modelling.fit(self._data, pending, rng)
        acquisition = self._settings.acquisition.function(index, rng)

        exponent = prior_exponent(len(self._data), self._budget) if self._settings.uses_prior else 0.0

        def score(rows: FloatArray) -> FloatArray:
            scores = acquisition(*model.predict(rows), model.best)
            return scores + exponent * self._space.log_density(rows) if exponent else scores

        effort = self._settings.short_search if model.is_slow else self._settings.search
        ranked = search(score, self._space, self._starts(model), effort, rng)
        if self._has_branches and is_exhausted(model, ranked[0]) and rng.random() < _EXCURSIONS:
            away = excursion(self._space, model, self._data.rows, effort, rng)
            ranked = np.concatenate([away, ranked])
        chosen = self._untaken(ranked, taken)
        if not chosen:  # a small space, nearly used up
            rest = untaken_rows(self._space, taken, rng)
            if rest is None:
                return None
            chosen = self._space.configurations(rest[[int(np.argmax(score(rest)))]])
        self._spares = deque(Proposal(c, "model") for c in chosen[1:])
        return Proposal(chosen[0], "model", model.cost_at(chosen[0].row))

    def _starts(self, model: Model) -> FloatArray:
        """The best rows so far, moved into the subspace that is searched, where that is legal."""
        rows = self._space.into_subspace(model.good_rows)
        return rows[~self._space.is_forbidden(rows)]

    def _untaken(self, rows: FloatArray, taken: Container[Configuration]) -> list[Configuration]:
        """The first few rows that are not taken, each once."""
        found = dict.fromkeys(self._space.configurations(rows[: 2 * _MOST_SPARES]))
        free = [configuration for configuration in found if configuration not in taken]
        if free:
            return free[:_MOST_SPARES]
        rest = dict.fromkeys(self._space.configurations(rows[2 * _MOST_SPARES :]))
        return next(([c] for c in rest if c not in taken), [])
