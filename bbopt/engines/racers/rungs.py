"""What racers with budgets have in common: rungs, and what is best at which level of budget.

A run at another budget is another run, and never compared with one at a higher budget as if they were equal.
A level is a budget of the schedule; a run belongs to the highest one that it has reached.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import NamedTuple

from bbopt.engines.pairs import PairSequence
from bbopt.engines.problem import Problem
from bbopt.runs import History, Origin, Pair, Standing, Texts
from bbopt.space import Configuration

__all__ = ["Entrant", "PairsAtLengths", "Rung"]


class Entrant(NamedTuple):
    """A configuration in a rung, and where it came from."""

    configuration: Configuration
    origin: Origin
    texts: Texts = ()


class PairsAtLengths:
    """What configurations are compared on at each run length: the same instances and seeds at all of them.

    So a configuration keeps its seeds when it is promoted, and within a rung all have the same pairs.
    """

    def __init__(self, problem: Problem) -> None:
        sequence = PairSequence(
            problem.instances, problem.pair_seed, deterministic=problem.deterministic, in_order=True
        )
        self.instance = sequence.instance
        self._pairs = sequence.first(problem.instances.n_runs_of_each)

    def __len__(self) -> int:
        return len(self._pairs)

    def at(self, runlength: int) -> list[Pair]:
        """The pairs of a run length."""
        return [pair._replace(runlength=runlength) for pair in self._pairs]


@dataclass(slots=True)
class Rung:
    """Configurations that are compared on the same `pairs`, at one budget; the `open` ones lack runs."""

    pairs: list[Pair]
    entrants: dict[Configuration, Entrant] = field(default_factory=dict)
    open: dict[Configuration, Entrant] = field(default_factory=dict)
    _ranked: list[tuple[Standing, int, Entrant]] = field(default_factory=list)

    @property
    def ranked(self) -> list[Entrant]:
        """Who has all runs, has worked, and was not given up; the best first."""
        return [entrant for _, _, entrant in self._ranked]

    def enter(self, entrant: Entrant, known: History) -> None:
        """Take in a configuration, and what is `known` of it, once all its runs are, its place."""
        configuration = entrant.configuration
        is_new = configuration not in self.entrants
        entrant = self.entrants.setdefault(configuration, entrant)
        if not is_new and configuration not in self.open:
            return
        costs = known.costs(configuration)
        if any(pair not in costs for pair in self.pairs):
            self.open[configuration] = entrant
            return
        self.open.pop(configuration, None)
        standing = known.standing(configuration, self.pairs)
        is_given_up = any(pair in self.pairs for pair in known.incomplete_pairs(configuration))
        if standing.has_worked and not is_given_up:
            place = (standing, entrant.origin.proposal, entrant)
            insort(self._ranked, place, key=lambda one: one[:2])

    def settle(self, known: History) -> None:
        """Have everybody take their place whose runs are all known by now."""
        for entrant in list(self.open.values()):
            self.enter(entrant, known)

    def rank_of(self, configuration: Configuration) -> int | None:
        """From 0, the best; None where it lacks runs, has failed, or is not here."""
        places = (i for i, one in enumerate(self.ranked) if one.configuration == configuration)
        return next(places, None)
