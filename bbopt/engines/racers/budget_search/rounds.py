"""A level's runs: one on every instance, which stand for a single run of a black box by their mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bbopt.engines.pairs import PairSequence
from bbopt.engines.problem import Problem
from bbopt.runs import BLACK_BOX, NO_INSTANCE, Instance, Origin, Pair, RunRequest
from bbopt.space import Configuration

__all__ = ["Place", "Rounds", "Step"]

_MOST_AHEAD = 64
"""Rounds that are looked through for an unknown seed: runs may end in any order."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a run is one of: the round of pairs, from 0, and the level."""

    round: int
    level: int


@dataclass(slots=True)
class Step:
    """The runs of a configuration at a place, those to be asked for and those asked."""

    configuration: Configuration
    origin: Origin
    place: Place
    due: list[Pair]
    outstanding: set[Pair] = field(default_factory=set)

    @property
    def is_done(self) -> bool:
        """Whether no run of it is missing any more."""
        return not self.due and not self.outstanding


class Rounds:
    """The pairs that all configurations are run on, round after round, at every level.

    A round has every instance once, or all pairs where there is a single one: where the target is
    deterministic or the instance file names the seeds.  To the ordinary engine a round is a run of a black
    box, whose seed stands for it.
    """

    def __init__(self, problem: Problem, levels: tuple[int, ...]) -> None:
        self._problem = problem
        self._levels = levels
        highest = levels[-1]
        self._pairs = self._sequence(problem, highest)
        self.is_repeated = not problem.deterministic and problem.instances.seeds is None
        """Whether there is more than one."""
        self.black_box = replace(
            problem, instances=BLACK_BOX, deterministic=not self.is_repeated, runlength=highest
        )
        """The problem that a round is a run of."""
        self._black_pairs = self._sequence(self.black_box, highest)
        self._n = len(problem.instances) if self.is_repeated else self._pairs.n_pairs
        self._numbers: dict[tuple[str, int], int] = {}
        self._n_numbered = 0

    def pairs(self, place: Place) -> list[Pair]:
        """The pairs of a round at a level."""
        first = place.round * self._n
        runlength = self._levels[place.level]
        return [pair._replace(runlength=runlength) for pair in self._pairs.first(first + self._n)[first:]]

    @property
    def n_pairs(self) -> int:
        """How many pairs a round has."""
        return self._n

    def place_of(self, pair: Pair) -> Place | None:
        """Where a pair belongs; None for one of another length, or with another seed."""
        if pair.runlength not in self._levels:
            return None
        name = pair.instance, pair.seed
        for _ in range(_MOST_AHEAD if self.is_repeated else 1):
            if name in self._numbers:
                break
            self._number_next()
        number = self._numbers.get(name)
        return None if number is None else Place(number, self._levels.index(pair.runlength))

    def request(self, step: Step, pair: Pair) -> RunRequest:
        """One of the step's runs."""
        instance = self._pairs.instance(pair)
        return self._request(step.configuration, instance, pair, step.origin)

    def black_request(self, configuration: Configuration, number: int, origin: Origin) -> RunRequest:
        """The black box's run that a round in full stands for."""
        pair = self._black_pairs.first(number + 1)[number]
        return self._request(configuration, NO_INSTANCE, pair, origin)

    def number_of(self, request: RunRequest) -> int:
        """The round that a run of the black box stands for."""
        number = 0
        while self._black_pairs.first(number + 1)[number] != request.pair:
            number += 1
        return number

    def _number_next(self) -> None:
        if self._n_numbered and not self.is_repeated:
            return
        first = self._n_numbered * self._n
        for pair in self._pairs.first(first + self._n)[first:]:
            self._numbers[pair.instance, pair.seed] = self._n_numbered
        self._n_numbered += 1

    def _request(
        self, configuration: Configuration, instance: Instance, pair: Pair, origin: Origin
    ) -> RunRequest:
        cutoff_s = self._problem.cutoff_s
        return RunRequest(configuration, instance, pair.seed, cutoff_s, pair.runlength, origin)

    @staticmethod
    def _sequence(problem: Problem, runlength: int) -> PairSequence:
        return PairSequence(
            problem.instances,
            problem.pair_seed,
            deterministic=problem.deterministic,
            runlength=runlength,
        )
