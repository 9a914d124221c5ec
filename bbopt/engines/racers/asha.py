"""Asynchronous successive halving: whoever is among the best of a rung is promoted, nobody waits for others.

Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, 2020, A system for massively
parallel hyperparameter tuning, algorithm 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bbopt.engines.engine import Others
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.proposer import Proposer
from bbopt.engines.racers.budgeted import BudgetedEngine
from bbopt.engines.racers.rungs import Entrant, Rung
from bbopt.engines.racers.schedule import BracketPlan, run_length_levels
from bbopt.runs import RunRequest
from bbopt.space import Configuration

__all__ = ["AshaEngine"]


class AshaEngine(BudgetedEngine):
    """Promotes the best 1/`eta` of each rung of the `bracket`, the highest rung first; an Engine.

    are_additional: see BracketPlan.run_lengths.
    """

    def __init__(
        self,
        make_proposer: Callable[[], Proposer],
        problem: Problem,
        bracket: BracketPlan,
        eta: int,
        *,
        are_additional: bool = False,
    ) -> None:
        super().__init__(make_proposer, problem, run_length_levels([bracket], are_additional=are_additional))
        self._eta = eta
        self._lengths = bracket.run_lengths(are_additional=are_additional)
        self._rungs = [Rung(self._pairs.at(length)) for length in self._lengths]
        self._next_number = 0

    def _next(self, others: Others) -> RunRequest | None:
        request = self._go_on(others) or self._begin_another(others)
        if request is None and self._has_no_more:  # which may be news, and lets others go on
            request = self._go_on(others)
            if request is None and not self._outstanding and not any(one.open for one in self._rungs):
                self._end_used_up()
        return request

    def _go_on(self, others: Others) -> RunRequest | None:
        """A run of who is in a rung, or is promoted to the next one."""
        for place in reversed(range(len(self._rungs))):
            rung = self._rungs[place]
            rung.settle(self._known)
            for entrant in rung.open.values():
                if request := self._request(entrant, rung.pairs, self._known, others):
                    return request
            for entrant in list(self._promotable(place)):
                following = self._rungs[place + 1]
                following.enter(entrant, self._known)
                if request := self._request(entrant, following.pairs, self._known, others):
                    return request
        return None

    def _promotable(self, place: int) -> Iterator[Entrant]:
        """Those that belong to the best part of the rung and are not in the next one yet, the best first."""
        if place + 1 == len(self._rungs):
            return
        rung, following = self._rungs[place : place + 2]
        n = self._n_done(rung) // self._eta
        if self._has_no_more and not rung.open:  # nobody comes any more: the best goes on all the same
            n = max(1, n)
        for entrant in rung.ranked[:n]:
            if entrant.configuration not in following.entrants:
                yield entrant

    def _n_done(self, rung: Rung) -> int:
        return len(rung.entrants) - len(rung.open)

    def _begin_another(self, others: Others) -> RunRequest | None:
        rung = self._rungs[0]
        while not self._has_no_more and (entrant := self._propose(self._next_number, others)) is not None:
            self._next_number += 1
            rung.enter(entrant, self._known)
            if request := self._request(entrant, rung.pairs, self._known, others):
                return request
        return None

    def _enter(self, request: RunRequest, *, is_own: bool) -> None:
        if is_own:
            self._next_number = max(self._next_number, request.origin.proposal + 1)
        if request.runlength in self._lengths:
            rung = self._rungs[self._lengths.index(request.runlength)]
            rung.enter(Entrant(request.configuration, request.origin, request.texts), self._known)

    def _may_rise(self, configuration: Configuration) -> bool:
        """As long as the runs that are left could make it one of the best 1/eta of its rung."""
        rung = next((one for one in reversed(self._rungs) if configuration in one.entrants), None)
        if rung is None or configuration in rung.open:
            return rung is not None
        rank = rung.rank_of(configuration)
        if rank is None or rung is self._rungs[-1]:
            return False
        n_left = None if self._n_runs is None else self._n_runs - len(self._own)
        return n_left is None or self._eta * (rank + 1) - self._n_done(rung) <= n_left
