"""The first part of the search: which run goes on by one level, or which configuration begins."""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bbopt.acquisition import log_expected_improvement, search
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.initial_design import StagedProposer
from bbopt.engines.proposers.proposer import Ability, Proposal, Proposer
from bbopt.engines.proposers.smbo.stepwise import HYPERPARAMETER_GROWTH, step_of
from bbopt.engines.proposers.smbo.threads import one_thread
from bbopt.engines.proposers.untaken import untaken_rows
from bbopt.engines.racers.budget_search.curves import LearningCurve, LearningCurves
from bbopt.engines.racers.budget_search.levels import BudgetSearchSettings
from bbopt.runs import Run
from bbopt.seeding import stream
from bbopt.space import Configuration
from bbopt.surrogate import FloatArray, Hyperparameters, LevelChain, OneHot

__all__ = ["DESIGN_KINDS", "FEWEST_FINISHED", "Exploration", "FinalCosts"]

DESIGN_KINDS = frozenset({"default", "given", "initial design"})
"""The kinds of the proposals that come before any model."""

_N_GOOD = 5
_POINTS_PER_PARAMETER, _MOST_POINTS, _FEWEST_POINTS = 2, 6, 4
_UNFINISHED_SHARE, _UNFINISHED_AT_FIRST = 0.5, 0.5
"""Of the work so far, and in runs in full: more of it in runs that are paused, and only those go on."""

FEWEST_FINISHED = 2
"""Runs in full, before the ordinary engine takes over."""


class _Nobody:
    """A Proposer that has no proposals."""

    abilities: frozenset[Ability] = frozenset()

    def observe(self, run: Run) -> None:
        """See Proposer."""

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration]
    ) -> Proposal | None:
        """See Proposer."""
        return None


@dataclass(frozen=True, slots=True)
class FinalCosts:
    """What a model expects of all configurations at the highest level.

    `known` (m,): the numbers of those of which it knows a cost; means and variances (m,) of their responses.
    """

    chain: LevelChain
    known: NDArray[np.int64]
    mean: FloatArray
    variance: FloatArray
    best: float

    def improvement(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """The logarithm of the expected improvement (m,) of responses on the best."""
        return log_expected_improvement(mean, np.maximum(variance, 1e-12), self.best)

    def of(self, curves: Sequence[LearningCurve]) -> tuple[FloatArray, FloatArray]:
        """Mean and variance (n,) of the response of configurations of which a cost is known."""
        places = np.searchsorted(self.known, [curve.number for curve in curves])
        return self.mean[places], self.variance[places]

    def cost(self, number: int) -> float | None:
        """The cost that is expected of the configuration; None where nothing is known of it."""
        place = np.flatnonzero(self.known == number)
        return float(self.chain.cost_at(self.mean[place])[0]) if len(place) else None


class Exploration:
    """Chooses what is run next, until the ordinary engine takes over.

    A paused configuration is worth what it is expected to improve at the highest level for what is left to
    pay, a new one what it is expected to improve; the winner is run up to its next level, and all is fitted
    again.
    """

    def __init__(
        self,
        problem: Problem,
        settings: BudgetSearchSettings,
        curves: LearningCurves,
        proposer: Proposer | None,
    ) -> None:
        """`proposer`: who comes up with new configurations, None for the model itself."""
        self._space = problem.space
        self._seed = problem.seed
        self._settings = settings
        self._curves = curves
        self._one_hot = OneHot(problem.space.category_sizes)
        self._design = proposer or StagedProposer(problem, _Nobody(), _n_points(problem, settings))
        self._models_proposals = proposer is None
        self._fitted: tuple[int, FinalCosts | None] = (-1, None)
        self._hyperparameters: dict[int, tuple[int, Hyperparameters | None]] = {}

    def observe(self, run: Run) -> None:
        """A finished run; a proposer hears of those in full only, and does not compare several budgets."""
        if self._models_proposals or run.request.runlength == self._settings.levels[-1]:
            self._design.observe(run)

    def next(
        self,
        index: int,
        spent: float,
        busy: Collection[Configuration],
        taken: Container[Configuration],
        pending: Sequence[Configuration],
    ) -> LearningCurve | Proposal | None:
        """Who goes on by one level, or the proposal number `index`; None when there is nothing to run now.

        `spent`: work in runs in full; runs of `busy` ones are under way.
        """
        with one_thread():
            return self._next(index, spent, busy, taken, pending)

    def closest(self, busy: Collection[Configuration]) -> LearningCurve | None:
        """Who of the paused is expected to end best; None where nobody is, who is not `busy`."""
        paused = self._paused(busy)
        return self._closest(paused) if paused else None

    def final_costs(self) -> FinalCosts | None:
        """What is expected at the highest level; None where no run has worked."""
        n = len(self._curves.observed)
        if self._fitted[0] != n:
            with one_thread():
                self._fitted = n, self._fit(n)
        return self._fitted[1]

    def _next(
        self,
        index: int,
        spent: float,
        busy: Collection[Configuration],
        taken: Container[Configuration],
        pending: Sequence[Configuration],
    ) -> LearningCurve | Proposal | None:
        designed = self._design.propose(index, taken, pending) if self._models_proposals else None
        if designed is not None:
            return designed
        paused = self._paused(busy)
        if spent >= self._settings.explored and paused and self._lacks_finished(busy):
            return self._closest(paused)
        paused = [curve for curve in paused if self._may_pay(curve, spent)]
        if paused and self._holds_back(spent):
            return self._worthiest(paused)[0]
        new = self._new(index, taken, pending)
        if new is None:
            return self._worthiest(paused)[0] if paused else None
        if not paused or not self._models_proposals:
            return new[0]
        curve, worth = self._worthiest(paused)
        return curve if worth >= new[1] else new[0]

    def _paused(self, busy: Collection[Configuration]) -> list[LearningCurve]:
        return [curve for curve in self._curves if curve.is_paused and curve.configuration not in busy]

    def _lacks_finished(self, busy: Collection[Configuration]) -> bool:
        n_levels = self._curves.n_levels
        coming = (c.configuration in busy and c.is_paused and c.level == n_levels - 2 for c in self._curves)
        return sum(c.is_finished for c in self._curves) + sum(coming) < FEWEST_FINISHED

    def _holds_back(self, spent: float) -> bool:
        """Whether so much was spent on runs that are paused that no other one should begin."""
        levels = self._settings.levels
        unfinished = sum(levels[curve.level] for curve in self._curves if curve.is_paused) / levels[-1]
        return unfinished > _UNFINISHED_SHARE * spent + _UNFINISHED_AT_FIRST

    def _may_pay(self, curve: LearningCurve, spent: float) -> bool:
        """Whether the next level's budget is not above all that was spent so far."""
        levels = self._settings.levels
        return levels[curve.level + 1] <= spent * levels[-1]

    def _worthiest(self, paused: Sequence[LearningCurve]) -> tuple[LearningCurve, float]:
        """Who of the `paused` (at least one) improves most for what is left to pay, and its worth."""
        model = self.final_costs()
        if model is None:
            return paused[0], -np.inf
        levels = self._settings.levels
        done = np.array([levels[curve.level] if self._settings.goes_on else 0 for curve in paused])
        worth = model.improvement(*model.of(paused)) - np.log(1 - done / levels[-1])
        best = int(np.argmax(worth))
        return paused[best], float(worth[best])

    def _closest(self, paused: Sequence[LearningCurve]) -> LearningCurve:
        """Of the `paused` (at least one) the one that is expected to end best."""
        model = self.final_costs()
        return paused[0] if model is None else paused[int(np.argmin(model.of(paused)[0]))]

    def _new(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration]
    ) -> tuple[Proposal, float] | None:
        """A configuration to begin, and its worth; None when all are taken."""
        if not self._models_proposals:
            proposal = self._design.propose(index, taken, pending)
            return None if proposal is None else (proposal, -np.inf)
        rng = stream(self._seed, "budget search", index, len(self._curves.observed))
        model = self.final_costs()
        if model is None or self._space.n_params == 0:
            rows = untaken_rows(self._space, taken, rng)
            if rows is None:
                return None
            return Proposal(self._space.configurations(rows[:1])[0], "random"), -np.inf
        return self._improving(model, taken, pending, rng)

    def _improving(
        self,
        model: FinalCosts,
        taken: Container[Configuration],
        pending: Sequence[Configuration],
        rng: np.random.Generator,
    ) -> tuple[Proposal, float] | None:
        chain = self._believing(model, pending)

        def score(rows: FloatArray) -> FloatArray:
            return model.improvement(*chain.predict(self._space.encode(rows)))

        good = self._curves.rows[model.known[np.argsort(model.mean, kind="stable")[:_N_GOOD]]]
        starts = self._space.into_subspace(self._space.canonical(good))
        starts = starts[~self._space.is_forbidden(starts)]
        ranked = search(score, self._space, starts, self._settings.search, rng)
        chosen = next((c for c in self._space.configurations(ranked) if c not in taken), None)
        if chosen is None:  # a small space, nearly used up
            rest = untaken_rows(self._space, taken, rng)
            if rest is None:
                return None
            chosen = self._space.configurations(rest[[int(np.argmax(score(rest)))]])[0]
        row = chosen.row[None, :]
        predicted = chain.cost_at(chain.predict(self._space.encode(row))[0])
        return Proposal(chosen, "model", float(predicted[0])), float(score(row)[0])

    def _believing(self, model: FinalCosts, pending: Sequence[Configuration]) -> LevelChain:
        """The chain as if configurations of which nothing is known yet had come out as it predicts."""
        unknown = [c for c in pending if (curve := self._curves.get(c)) is None or curve.level < 0]
        if not unknown:
            return model.chain
        chain, *_ = self._chain(len(self._curves.observed))
        chain.believe(self._space.encode(self._space.canonical(np.stack([c.row for c in unknown]))))
        return chain

    def _fit(self, n: int) -> FinalCosts | None:
        costs = self._curves.matrix()
        known = np.flatnonzero(~np.isnan(costs).all(axis=1))
        if len(known) == 0:
            return None
        chain, mean, variance = self._chain(n)
        ends = mean[~np.isnan(costs[known, -1])]
        best = float(ends.min()) if len(ends) else float(mean.min())
        return FinalCosts(chain, known, mean, variance, best)

    def _chain(self, n: int) -> tuple[LevelChain, FloatArray, FloatArray]:
        """A chain of all observations; a level's hyperparameters are fitted when it has grown by a step."""
        hyperparameters = [self._most_probable(level) for level in range(self._curves.n_levels)]
        chain = LevelChain(self._one_hot, hyperparameters)
        chain.fit(*self._data(n))
        return chain, *chain.predict_seen()

    def _most_probable(self, level: int) -> Hyperparameters | None:
        """The level's hyperparameters by what was known when it had come to its latest step."""
        at_level = [place for place, one in enumerate(self._curves.observed) if one.level == level]
        step = min(step_of(len(at_level), HYPERPARAMETER_GROWTH), len(at_level))
        known_step, found = self._hyperparameters.get(level, (-1, None))
        if known_step != step:
            n = at_level[step - 1] + 1 if step else 0
            points, costs = self._data(n)
            found = LevelChain(self._one_hot).most_probable(points, costs, level) if len(points) else None
            self._hyperparameters[level] = step, found
        return found

    def _data(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Points of the unit cube and costs by the first `n` observations."""
        costs = self._curves.matrix(n)
        known = ~np.isnan(costs).all(axis=1)
        rows = self._space.canonical(self._curves.rows[known])
        return self._space.encode(rows), costs[known]


def _n_points(problem: Problem, settings: BudgetSearchSettings) -> int:
    """Of the space-filling design."""
    if settings.n_points is not None:
        return settings.n_points
    return max(min(_POINTS_PER_PARAMETER * problem.space.n_params, _MOST_POINTS), _FEWEST_POINTS)
