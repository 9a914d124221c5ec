"""A search that uses cheap runs without trusting them.

Two parts.  First a chain of Gaussian processes over budgets (`surrogate/level_chain.py`) chooses which
configuration begins or goes on by one level, until some runs in full could have been made for the work
(`exploration.py`).  Then the ordinary engine proposes, and a cautious rule stops runs whose curves can't
reach the best (`finishing.py`).  Where low budgets mislead (`trust.py`) the first part ends at once, and
nothing is stopped any more.  Recommended is who has come to the highest level, and was best there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from bbopt.engines.engine import ALONE, Engine, Incumbent, Others
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.proposer import Proposal, Proposer
from bbopt.engines.racers.budget_search.curves import LearningCurve, LearningCurves, costs_at_levels
from bbopt.engines.racers.budget_search.exploration import DESIGN_KINDS, FEWEST_FINISHED, Exploration
from bbopt.engines.racers.budget_search.finishing import PEER, Finishing
from bbopt.engines.racers.budget_search.levels import BudgetSearchSettings
from bbopt.engines.racers.budget_search.rounds import Place, Rounds, Step
from bbopt.engines.racers.budget_search.trust import (
    contradict_on_average,
    contradicts,
    ranks_disagree,
)
from bbopt.runs import Curve, History, Origin, Pair, Run, RunRequest, RunResult
from bbopt.space import Configuration

__all__ = ["BudgetSearchEngine"]

_FEWEST_CONTRADICTING = 2  # once low budgets were good enough to explore by, where there is no noise
_WHOLE = 0.9  # of the budget: where a course ends of which the steps count it, from 0 or from 1


class BudgetSearchEngine:
    """An Engine; `ordinary` makes the one that searches with runs in full, of a black box.

    `proposer`: who comes up with configurations in the first part, None for the search's own model.
    """

    def __init__(
        self,
        problem: Problem,
        settings: BudgetSearchSettings,
        ordinary: Callable[[Problem], Engine],
        proposer: Proposer | None = None,
    ) -> None:
        self._problem = problem
        self._objective = problem.objective
        self._settings = settings
        self._make_ordinary = ordinary
        self._levels = settings.levels
        self._top = len(settings.levels) - 1
        self._rounds = Rounds(problem, settings.levels)
        self._curves = LearningCurves(len(settings.levels))
        self._exploration = Exploration(self._rounds.black_box, settings, self._curves, proposer)
        self._finishing: Finishing | None = None
        self._history = History(failures_first=problem.objective.failures_first)
        self._elsewhere = History(failures_first=problem.objective.failures_first)
        self._steps: dict[tuple[Configuration, Place], Step] = {}
        self._suggested: deque[Configuration] = deque()
        self._next_proposal = 0
        self._spent = 0.0
        self._contradicting: set[int] = set()
        if self._top == 0:
            self._hand_over()

    @property
    def exhausted(self) -> str | None:
        """See Engine."""
        return None if self._finishing is None or self._steps else self._finishing.exhausted

    @property
    def incumbent(self) -> Incumbent | None:
        """See Engine: the best of those that were run at the highest budget; who worked comes first."""
        own = [curve for curve in self._curves if curve.is_own and curve.level >= 0]
        if not own:
            first = next(iter(self._history.configurations), None)
            return None if first is None else Incumbent(first, self._history.standing(first))
        if self._rounds.is_repeated and self._finishing is not None:
            raced = self._finishing.incumbent
            curve = None if raced is None else self._curves.get(raced.configuration)
            if curve is not None and curve.is_own and curve.is_finished:
                return self._as_incumbent(curve)
        worked = [curve for curve in own if not curve.has_failed] or own
        level = max(curve.level for curve in worked)
        best = min(
            (curve for curve in worked if curve.level == level),
            key=lambda curve: np.inf if curve.has_failed else curve.costs[level],
        )
        return self._as_incumbent(best)

    def ask(self, others: Others = ALONE) -> RunRequest | None:
        """See Engine."""
        for step in self._steps.values():
            if request := self._request(step, others):
                return request
        while (new := self._next_step(others)) is not None:
            self._steps[new.configuration, new.place] = new
            if request := self._request(new, others):
                return request
        return None

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        run = Run.valued(request, result, self._objective)
        self._history.add(run)
        self._next_proposal = max(self._next_proposal, request.origin.proposal + 1)
        self._exploration.observe(run)
        place = self._rounds.place_of(request.pair)
        if place is None:
            return
        if self._finishing is None and place.round:
            self._hand_over()
        step = self._step_of(request, place)
        curve = self._curves.of(request.configuration)
        self._spent += self._price(curve, place.level) / self._rounds.n_pairs
        step.outstanding.discard(request.pair)
        if request.pair in step.due:
            step.due.remove(request.pair)
        self._read_course(curve, place, result)
        if result.is_hopeless:
            del self._steps[step.configuration, step.place]
            if self._finishing is not None:
                self._finishing.given_up(curve, place)
        elif step.is_done:
            del self._steps[step.configuration, step.place]
            self._ended(curve, place)

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        """See Engine: what the ordinary engine has asked for ends where the rule would have it stopped."""
        known = self._curves.get(request.configuration)
        if self._finishing is None or known is None or not self._curves.have_courses:
            return None
        told = costs_at_levels(self._objective.course(curve), self._levels)
        reached = np.flatnonzero(~np.isnan(told))
        if not len(reached):
            return None
        costs = np.where(np.isnan(told), known.costs, told)
        expected = self._finishing.hopeless(request.configuration, costs, int(reached[-1]))
        if expected is None:
            return None
        return f"{self._objective.shown(expected):.6g} is what its curve seems to lead to"

    def decline(self, request: RunRequest) -> None:
        """See Engine."""
        place = self._rounds.place_of(request.pair)
        assert place is not None
        step = self._steps[request.configuration, place]
        step.outstanding.discard(request.pair)
        step.due.insert(0, request.pair)

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """See Engine; what others have found out counts for the models as what was run here."""
        place = self._rounds.place_of(request.pair)
        run = Run.valued(request, result, self._objective)
        if place is None or not run.is_complete:
            return
        self._elsewhere.add(run)
        configuration = request.configuration
        pairs = self._rounds.pairs(place)
        if not all(pair in self._elsewhere.costs(configuration) for pair in pairs):
            return
        standing = self._elsewhere.standing(configuration, pairs)
        curve, failed = self._curves.of(configuration), bool(standing.failed)
        if place.round == 0 and np.isnan(curve.costs[place.level]):
            self._curves.observe(curve, place.level, standing.mean, failed=failed)
        if self._finishing is not None:
            self._finishing.learn(configuration, place, standing.mean, failed=failed)

    def suggest(self, configuration: Configuration) -> None:
        """See Engine; it is run in full at once."""
        if self._finishing is None:
            self._suggested.append(configuration)
        else:
            self._finishing.suggest(configuration)

    def may_return(self, configuration: Configuration) -> bool:
        """See Engine."""
        if configuration in self._suggested or any(one == configuration for one, _ in self._steps):
            return True
        if self._finishing is not None:
            return configuration in self._finishing
        curve = self._curves.get(configuration)
        return curve is not None and curve.is_paused

    def confirm(self) -> RunRequest | None:
        """See Engine."""
        best = self.incumbent
        curve = None if best is None else self._curves.get(best.configuration)
        place = Place(0, self._top)
        if curve is None or not curve.is_paused or (curve.configuration, place) in self._steps:
            return None
        step = self._step(curve.configuration, curve.origin, place)
        self._steps[step.configuration, place] = step
        return self._request(step, ALONE)

    # ------------------------------------------------------------------ asking

    def _request(self, step: Step, others: Others) -> RunRequest | None:
        for pair in step.due:
            if not others.is_running(step.configuration, pair):
                step.due.remove(pair)
                step.outstanding.add(pair)
                return self._rounds.request(step, pair)
        return None

    def _next_step(self, others: Others) -> Step | None:
        if self._finishing is None:
            if step := self._explore(others):
                return step
            if self._steps or others.under_way:
                return None
            self._hand_over()
        assert self._finishing is not None
        return self._finishing.next(others)

    def _explore(self, others: Others) -> Step | None:
        while self._suggested:
            configuration = self._suggested.popleft()
            curve = self._curves.get(configuration)
            if curve is None or not (curve.is_own and (curve.is_finished or curve.has_failed)):
                return self._begin(Proposal(configuration, PEER), Place(0, self._top))
        busy = {configuration for configuration, _ in self._steps}
        spent = self._spent + sum(map(self._outstanding_price, self._steps.values()))
        if self._must_confirm and (curve := self._exploration.closest(busy)):
            return self._step(curve.configuration, curve.origin, Place(0, self._top))
        chosen = self._exploration.next(
            self._next_proposal, spent, busy, _Taken(self._curves, others), (*busy, *others.under_way)
        )
        match chosen:
            case LearningCurve():
                return self._step(chosen.configuration, chosen.origin, Place(0, chosen.level + 1))
            case Proposal():
                return self._begin(chosen, Place(0, 0))
            case None:
                return None

    def _begin(self, proposal: Proposal, place: Place) -> Step:
        origin = Origin(proposal.kind, self._next_proposal)
        self._next_proposal += 1
        self._take_up(proposal.configuration, origin)
        return self._step(proposal.configuration, origin, place)

    def _step(self, configuration: Configuration, origin: Origin, place: Place) -> Step:
        return Step(configuration, origin, place, self._rounds.pairs(place))

    @property
    def _must_confirm(self) -> bool:
        """Whether no more runs will be made than one in full takes, and there was none."""
        if self._problem.budget is None or any(curve.is_finished for curve in self._curves):
            return False
        n_asked = len(self._history) + sum(len(step.outstanding) for step in self._steps.values())
        return self._problem.budget - n_asked <= self._rounds.n_pairs

    def _outstanding_price(self, step: Step) -> float:
        return self._price(self._curves.of(step.configuration), step.place.level)

    def _price(self, curve: LearningCurve, level: int) -> float:
        """What a run up to the level costs, in runs in full."""
        done = self._levels[curve.level] if self._settings.goes_on and 0 <= curve.level < level else 0
        return (self._levels[level] - done) / self._levels[-1]

    # ------------------------------------------------------------------ learning

    def _step_of(self, request: RunRequest, place: Place) -> Step:
        """What the run belongs to; a new one where nobody asked for it (replay)."""
        curve = self._take_up(request.configuration, request.origin)
        step = self._steps.get((request.configuration, place))
        if step is None:
            if self._finishing is not None:
                self._finishing.resumes(request, place)
            known = self._history.costs(curve.configuration)
            due = [pair for pair in self._rounds.pairs(place) if pair not in known or pair == request.pair]
            step = Step(request.configuration, request.origin, place, due)
            self._steps[request.configuration, place] = step
        return step

    def _take_up(self, configuration: Configuration, origin: Origin) -> LearningCurve:
        curve = self._curves.of(configuration)
        if not curve.is_own:
            curve.is_own, curve.origin = True, origin
            curve.is_designed = origin.kind in DESIGN_KINDS
        return curve

    def _read_course(self, curve: LearningCurve, place: Place, result: RunResult) -> None:
        """Take what the run has told on its way for runs at lower levels, if its steps count the budget."""
        if place.round or self._rounds.n_pairs > 1 or not len(result.curve):
            return
        last, budget = max(step for step, _ in result.curve), self._levels[place.level]
        if last > budget or (last < _WHOLE * budget and not result.is_hopeless):
            return
        told = costs_at_levels(self._objective.course(result.curve), self._levels)
        told[place.level :] = np.nan
        self._curves.observe_below(curve, told)

    def _ended(self, curve: LearningCurve, place: Place) -> None:
        """All runs of a configuration at a place are made."""
        standing = self._history.standing(curve.configuration, self._rounds.pairs(place))
        failed = bool(standing.failed)
        if place.round == 0:
            self._curves.observe(curve, place.level, standing.mean, failed=failed)
        elif not failed and place.level == self._top:
            curve.repeated.append(standing.mean)
        if self._finishing is None:
            self._look_at_end(curve, place)
            return
        if self._finishing.trusts and self._contradicts(curve, place):
            self._contradicting.add(curve.number)
            is_average = self._rounds.is_repeated
            self._finishing.trusts = not is_average and len(self._contradicting) < _FEWEST_CONTRADICTING
        step = self._finishing.ended(curve, place, standing.mean, failed=failed)
        if step is not None:
            self._steps[step.configuration, step.place] = step

    def _look_at_end(self, curve: LearningCurve, place: Place) -> None:
        """End the exploration where it has used its share, or low budgets mislead it."""
        finished = self._curves.finished
        if self._contradicts(curve, place) or (curve.is_finished and ranks_disagree(finished)):
            self._hand_over(trusts=False)
        elif self._spent >= self._settings.explored and len(finished) >= FEWEST_FINISHED:
            self._hand_over()

    def _contradicts(self, curve: LearningCurve, place: Place) -> bool:
        """Whether the configuration has become bad after it was good; with noise, whether many have."""
        if self._rounds.is_repeated:
            return contradict_on_average(self._curves.means(), place.level)
        return contradicts(self._curves.matrix(), curve.number, place.level)

    def _hand_over(self, *, trusts: bool = True) -> None:
        """Let the ordinary engine go on, with what is known so far."""
        ordinary = self._make_ordinary(self._rounds.black_box)
        self._finishing = finishing = Finishing(
            ordinary, self._rounds, self._settings, self._curves, first_proposal=self._next_proposal
        )
        finishing.trusts = trusts
        self._steps = {key: step for key, step in self._steps.items() if step.outstanding}
        designed = [curve for curve in self._curves if curve.is_designed and curve.is_paused]
        finishing.take_over(self._curves, self._expected(designed) if trusts else {})
        for curve in designed if not trusts else ():
            if not any(configuration == curve.configuration for configuration, _ in self._steps):
                step = finishing.complete(curve, curve.origin)
                self._steps[step.configuration, step.place] = step
        for configuration in self._suggested:
            finishing.suggest(configuration)
        self._suggested.clear()

    def _expected(self, curves: list[LearningCurve]) -> dict[int, float]:
        model = self._exploration.final_costs()
        if model is None or not len(self._curves.finished):
            return {}
        costs = {curve.number: model.cost(curve.number) for curve in curves}
        return {number: cost for number, cost in costs.items() if cost is not None}

    def _as_incumbent(self, curve: LearningCurve) -> Incumbent:
        runlength = self._levels[curve.level]
        own = self._history.costs(curve.configuration)
        pairs: list[Pair] = [pair for pair in own if pair.runlength == runlength]
        standing = self._history.standing(curve.configuration, pairs or None)
        return Incumbent(curve.configuration, standing)


class _Taken:
    """The configurations that are known, here or elsewhere."""

    def __init__(self, curves: LearningCurves, others: Others) -> None:
        self._curves = curves
        self._others = others

    def __contains__(self, configuration: object) -> bool:
        return configuration in self._curves or configuration in self._others
