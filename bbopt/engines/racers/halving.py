"""Hyperband and successive halving: brackets of rungs, of each of which the best go on to the next one.

Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, 2018, Hyperband: a novel bandit-based approach to
hyperparameter optimization; Jamieson and Talwalkar, 2016, Non-stochastic best arm identification and
hyperparameter optimization.

The brackets begin in their order.  Wherever one has to wait for runs under way, the rungs that are due in
the next ones are run beside it, those of further rounds included.  Who is in which bracket is decided by the
number of the proposal, so that searches which share a folder fill one schedule, and a resumed search finds
its own again.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from bbopt.engines.engine import Others
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.proposer import Proposer
from bbopt.engines.racers.budgeted import BudgetedEngine
from bbopt.engines.racers.rungs import Entrant, Rung
from bbopt.engines.racers.schedule import BracketPlan, run_length_levels
from bbopt.runs import RunRequest
from bbopt.space import Configuration

__all__ = ["HalvingEngine", "HalvingSettings"]


@dataclass(frozen=True, slots=True)
class HalvingSettings:
    """The brackets of one `round`, which are repeated; `n_brackets` of them in all, None: without an end.

    Of `eta` configurations one is promoted.  are_additional: see BracketPlan.run_lengths.
    """

    round: tuple[BracketPlan, ...]
    eta: int
    n_brackets: int | None = None
    are_additional: bool = False


@dataclass(slots=True)
class _Bracket:
    """Where a bracket stands: its proposals' numbers begin with `first`, `at` is the rung that is filled.

    taken: the numbers that have a configuration.  awaited: configurations that others were running when a
    place was left to them.
    """

    plan: BracketPlan
    first: int
    rungs: list[Rung]
    at: int = 0
    taken: set[int] = field(default_factory=set)
    awaited: set[Configuration] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return self.at == len(self.rungs)

    def free_numbers(self) -> list[int]:
        return [n for n in range(self.first, self.first + self.plan.n) if n not in self.taken]

    def may_rise(self, configuration: Configuration) -> bool:
        for place in range(len(self.rungs) - 1, self.at - 1, -1):
            rung = self.rungs[place]
            if configuration in rung.entrants:
                is_last = place == len(self.rungs) - 1
                return configuration in rung.open or not (is_last or rung.rank_of(configuration) is None)
        return False


class HalvingEngine(BudgetedEngine):
    """Runs brackets of successive halving; an Engine."""

    def __init__(
        self, make_proposer: Callable[[], Proposer], problem: Problem, settings: HalvingSettings
    ) -> None:
        are_additional = settings.are_additional
        levels = run_length_levels(settings.round, are_additional=are_additional)
        super().__init__(make_proposer, problem, levels)
        self._settings, self._n_brackets = settings, settings.n_brackets
        self._lengths = [plan.run_lengths(are_additional=are_additional) for plan in settings.round]
        self._firsts = list(itertools.accumulate((plan.n for plan in settings.round), initial=0))
        self._brackets: dict[int, _Bracket] = {}
        self._first_open = 0
        self._left_to_others: dict[Configuration, int] = {}
        self._has_none_now = False

    def _next(self, others: Others) -> RunRequest | None:
        self._left_to_others.clear()
        self._has_none_now = False
        for index in itertools.count(self._first_open):
            if self._is_behind_the_last(index):
                break
            bracket = self._bracket(index)
            if request := self._next_in(index, bracket, others):
                return request
            if bracket.is_over and index == self._first_open:
                del self._brackets[index]
                self._first_open += 1
        if self._n_brackets is not None and self._first_open >= self._n_brackets:
            self._exhausted = f"all brackets ({self._n_brackets}) have been run."
        elif self._has_no_more and not self._brackets:
            self._end_used_up()
        return None

    def _is_behind_the_last(self, index: int) -> bool:
        if self._n_brackets is not None and index >= self._n_brackets:
            return True
        return (self._has_no_more or self._has_none_now) and index > max(self._brackets, default=-1)

    def _next_in(self, index: int, bracket: _Bracket, others: Others) -> RunRequest | None:
        """The next run in a bracket; None where it is over, or waits for runs under way."""
        while not bracket.is_over:
            rung = bracket.rungs[bracket.at]
            rung.settle(self._known)
            for entrant in rung.open.values():
                if request := self._request(entrant, rung.pairs, self._known, others):
                    return request
            if bracket.at == 0 and (request := self._begin_another(index, bracket, others)):
                return request
            if rung.open or (bracket.at == 0 and bracket.free_numbers() and not self._has_no_more):
                return None
            self._promote(bracket)
        return None

    def _begin_another(self, index: int, bracket: _Bracket, others: Others) -> RunRequest | None:
        """The first run of a new proposal, while there are places for any."""
        rung = bracket.rungs[0]
        while not (self._has_no_more or self._has_none_now):
            number = self._free_number(index, bracket, others)
            entrant = None if number is None else self._propose(number, others)
            if number is None or entrant is None:
                self._has_none_now = number is not None
                return None
            bracket.taken.add(number)
            rung.enter(entrant, self._known)
            if request := self._request(entrant, rung.pairs, self._known, others):
                return request
        return None

    def _free_number(self, index: int, bracket: _Bracket, others: Others) -> int | None:
        """The first one that nobody has; places are left to what others run there, whose numbers are unknown.

        A place is left to each configuration once, so that nobody waits for ever for what never comes.

        Who claims a run while this search makes up its proposal is not seen, and begins the same place with a
        configuration of its own: two seeds with runs of 0.2 s fill 2 to 4 of 15 places twice.  A store can't
        refuse the second claim, for it knows configurations, and most engines have no places.  It costs a run
        at the budget that the bracket begins with; no more are promoted for it.
        """
        free = bracket.free_numbers()
        n_left = 0
        for configuration in others.under_way:
            may_wait = configuration in bracket.awaited or len(bracket.awaited) < bracket.plan.n
            if configuration in self._proposed or not may_wait:
                continue
            if not any(others.is_running(configuration, pair) for pair in bracket.rungs[0].pairs):
                continue
            if n_left < len(free) and self._left_to_others.setdefault(configuration, index) == index:
                bracket.awaited.add(configuration)
                n_left += 1
        return free[n_left] if n_left < len(free) else None

    def _promote(self, bracket: _Bracket) -> None:
        """The best of the rung go on; nobody who has failed does, nor more than their part of the rung."""
        rung = bracket.rungs[bracket.at]
        bracket.at += 1
        if bracket.is_over:
            return
        following = bracket.rungs[bracket.at]
        n = min(bracket.plan.rungs[bracket.at].n, max(1, len(rung.entrants) // self._settings.eta))
        others = [one for one in rung.ranked if one.configuration not in following.entrants]
        for entrant in others[: max(0, n - len(following.entrants))]:
            following.enter(entrant, self._known)

    # ------------------------------------------------------------------ who is where

    def _bracket(self, index: int) -> _Bracket:
        if index not in self._brackets:
            n_rounds, place = divmod(index, len(self._settings.round))
            first = n_rounds * self._firsts[-1] + self._firsts[place]
            rungs = [Rung(self._pairs.at(length)) for length in self._lengths[place]]
            self._brackets[index] = _Bracket(self._settings.round[place], first, rungs)
        return self._brackets[index]

    def _enter(self, request: RunRequest, *, is_own: bool) -> None:
        """By the number of the proposal, in the rung of that budget; there is none in another schedule."""
        number = request.origin.proposal
        n_rounds, rest = divmod(number, self._firsts[-1])
        place = bisect_right(self._firsts, rest) - 1
        index = n_rounds * len(self._settings.round) + place
        if index < self._first_open or (self._n_brackets is not None and index >= self._n_brackets):
            return
        if request.runlength not in self._lengths[place]:
            return
        bracket = self._bracket(index)
        bracket.taken.add(number)
        rung = bracket.rungs[self._lengths[place].index(request.runlength)]
        rung.enter(Entrant(request.configuration, request.origin, request.texts), self._known)

    def _may_rise(self, configuration: Configuration) -> bool:
        return any(bracket.may_rise(configuration) for bracket in self._brackets.values())
