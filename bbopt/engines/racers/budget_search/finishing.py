"""The second part of the search: the ordinary engine proposes, and runs that can't win are stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbopt.engines.engine import Engine, Incumbent, Others
from bbopt.engines.racers.budget_search.curves import LearningCurve, LearningCurves
from bbopt.engines.racers.budget_search.levels import BudgetSearchSettings
from bbopt.engines.racers.budget_search.rounds import Place, Rounds, Step
from bbopt.engines.racers.budget_search.trust import StopRule
from bbopt.engines.racers.stopping import is_audited
from bbopt.runs import Origin, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration
from bbopt.surrogate import FloatArray

__all__ = ["PEER", "Finishing"]

PEER = "peer"
"""The kind of a proposal that others hold for good."""

_LOWEST = 1
"""The level that runs begin with: the rule looks at two in turn, and never at the lowest one."""


@dataclass(slots=True)
class _Climb:
    """A run that the ordinary engine has asked for, on its way up.

    The engine may not know of it yet: one that was under way in an earlier life, or is to be completed.
    """

    request: RunRequest
    may_be_stopped: bool


class Finishing:
    """Carries out what the ordinary engine asks for, and tells it what came out or would have."""

    def __init__(
        self,
        ordinary: Engine,
        rounds: Rounds,
        settings: BudgetSearchSettings,
        curves: LearningCurves,
        *,
        first_proposal: int,
    ) -> None:
        """`first_proposal`: the number of the first one that is the ordinary engine's."""
        self._ordinary = ordinary
        self._rounds = rounds
        self._settings = settings
        self._curves = curves
        self._seed = rounds.black_box.seed
        self._first_proposal = first_proposal
        self._top = len(settings.levels) - 1
        self._climbs: dict[tuple[Configuration, int], _Climb] = {}
        self.trusts = True
        """Whether low budgets are believed to tell something of high ones."""

    def __contains__(self, configuration: object) -> bool:
        """Whether the configuration is under way."""
        return any(one == configuration for one, _ in self._climbs)

    @property
    def incumbent(self) -> Incumbent | None:
        """The ordinary engine's."""
        return self._ordinary.incumbent

    @property
    def exhausted(self) -> str | None:
        """See Engine."""
        return self._ordinary.exhausted

    @property
    def _best(self) -> float | None:
        """The cost that is to be beaten; None while nothing has finished.

        Of a noisy target it is that of the incumbent: the lowest one of many would be a lucky one.
        """
        finished = self._curves.finished[:, -1]
        if not len(finished):
            return None
        incumbent = self._ordinary.incumbent
        if not self._rounds.is_repeated or incumbent is None:
            return float(finished.min())
        curve = self._curves.get(incumbent.configuration)
        own = float(curve.costs[-1]) if curve is not None and curve.is_finished else incumbent.cost
        return max(own, incumbent.cost)

    def suggest(self, configuration: Configuration) -> None:
        """See Engine."""
        self._ordinary.suggest(configuration)

    def take_over(self, curves: Iterable[LearningCurve], expected: dict[int, float]) -> None:
        """Tell the ordinary engine of what has been run, or is `expected` of it, by number."""
        for curve in curves:
            request = self._explored(curve.configuration)
            if curve.is_finished or curve.has_failed:
                hear = self._ordinary.tell if curve.is_own else self._ordinary.learn
                hear(request, _result(float(curve.costs[-1]), failed=curve.has_failed))
            elif curve.number in expected:
                self._ordinary.tell(request, _result(self._not_best(expected[curve.number])))

    def next(self, others: Others) -> Step | None:
        """The next run, up to the first level where it is looked at; None when there is none now."""
        if self._climbs and self._ordinary.incumbent is None:
            return None  # what is completed comes first, or the ordinary engine would count from 0
        while (request := self._ordinary.ask(others)) is not None:
            number = self._rounds.number_of(request)
            known = self._climbs.get((request.configuration, number))
            if known is not None:
                continue
            curve = self._curves.of(request.configuration)
            if number == 0 and (curve.is_finished or curve.has_failed):
                self._ordinary.tell(request, _result(float(curve.costs[-1]), failed=curve.has_failed))
                continue
            return self._begin(request, number)
        return None

    def complete(self, curve: LearningCurve, origin: Origin) -> Step:
        """A run in full of a paused configuration, which is not stopped."""
        request = self._explored(curve.configuration)
        self._climbs[curve.configuration, 0] = _Climb(request, may_be_stopped=False)
        place = Place(0, self._top)
        return Step(curve.configuration, origin, place, self._rounds.pairs(place))

    def resumes(self, request: RunRequest, place: Place) -> None:
        """A run that nobody asked for in this life was on its way, unless it was the exploration's."""
        key = request.configuration, place.round
        if key in self._climbs or request.origin.proposal < self._first_proposal:
            return
        wanted = self._rounds.black_request(request.configuration, place.round, request.origin)
        self._climbs[key] = _Climb(wanted, self._may_be_stopped(wanted, place.round))

    def ended(self, curve: LearningCurve, place: Place, cost: float, *, failed: bool) -> Step | None:
        """A configuration was run at a place: its next run, None where it has come to its end."""
        climb = self._climbs.get((curve.configuration, place.round))
        if failed or place.level == self._top:
            self._tell(curve.configuration, place.round, _result(cost, failed=failed))
            return None
        if climb is None:  # the exploration's, which had not ended with it
            return None
        expected = self._expected(curve.costs, place.level) if climb.may_be_stopped else None
        if expected is not None:
            self._tell(curve.configuration, place.round, _result(self._not_best(expected)))
            return None
        return self._step(climb.request, Place(0, place.level + 1))

    def given_up(self, curve: LearningCurve, place: Place) -> None:
        """The run was ended as hopeless, and its course is known."""
        expected = self._expected(curve.costs, curve.level)
        if expected is None:
            expected = float(curve.costs[curve.level]) if curve.level >= 0 else float("inf")
        self._tell(curve.configuration, place.round, _result(self._not_best(expected)))

    def hopeless(self, configuration: Configuration, costs: FloatArray, level: int) -> float | None:
        """What a run with `costs` (n_levels,) up to `level` is expected to come to, where it should end."""
        climb = self._climbs.get((configuration, 0))
        if climb is None or not climb.may_be_stopped:
            return None
        return self._expected(costs, level)

    def learn(self, configuration: Configuration, place: Place, cost: float, *, failed: bool) -> None:
        """A run that was made elsewhere."""
        if failed or place.level == self._top:
            self._ordinary.learn(self._explored(configuration, place.round), _result(cost, failed=failed))

    def _explored(self, configuration: Configuration, number: int = 0) -> RunRequest:
        """The black box's run of one that the ordinary engine has not asked for.

        It counts its own proposals from the number behind this one's.
        """
        return self._rounds.black_request(configuration, number, Origin("explored", self._first_proposal - 1))

    def _begin(self, request: RunRequest, number: int) -> Step:
        may_be_stopped = self._may_be_stopped(request, number)
        self._climbs[request.configuration, number] = _Climb(request, may_be_stopped)
        level = self._top
        climbs = self._settings.goes_on and not self._curves.have_courses and self.trusts
        if climbs and number == 0 and request.origin.kind != PEER:
            known = self._curves.of(request.configuration).level
            level = min(max(known + 1, _LOWEST), self._top)
        return self._step(request, Place(number, level))

    def _may_be_stopped(self, request: RunRequest, number: int) -> bool:
        if number or request.origin.kind == PEER:
            return False
        return not is_audited(self._seed, request.origin.proposal, self._first_proposal)

    def _step(self, request: RunRequest, place: Place) -> Step:
        return Step(request.configuration, request.origin, place, self._rounds.pairs(place))

    def _expected(self, costs: FloatArray, level: int) -> float | None:
        best = self._best
        if best is None or not self.trusts:
            return None
        return StopRule.of(self._curves.finished, best).expected(costs, level)

    def _not_best(self, cost: float) -> float:
        """A cost that nobody has seen must not make an incumbent."""
        best = self._best
        return cost if best is None else max(cost, best + StopRule.of(self._curves.finished, best).least)

    def _tell(self, configuration: Configuration, number: int, result: RunResult) -> None:
        climb = self._climbs.pop((configuration, number), None)
        if climb is None:
            self._ordinary.tell(self._explored(configuration, number), result)
        else:
            self._ordinary.tell(climb.request, result)


def _result(cost: float, *, failed: bool = False) -> RunResult:
    """A run of the black box that costs so much."""
    if failed:
        return RunResult(RunStatus.CRASHED, 0.0, 0.0, 0.0)
    return RunResult(RunStatus.SAT, 0.0, 0.0, cost)
