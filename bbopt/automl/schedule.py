"""Who trains how long: the brackets and rounds of a method, and how iterations are counted over them.

A configuration's key, MADlib's `mst_key`, is one more than the number of its proposal: brackets are filled in
their order, so that a key tells the bracket.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Bracket", "Round", "Schedule"]


@dataclass(frozen=True, slots=True)
class Round:
    """Round `i` of a bracket: `n` configurations train `iterations` more, and have `in_all` then."""

    i: int
    n: int
    iterations: int
    in_all: int


@dataclass(frozen=True, slots=True)
class Bracket:
    """Bracket `s`: its configurations have the keys from `first_key` on; None for `s` without brackets.

    Iterations are counted along the diagonals of the schedule: the first one here is number `before` + 1.
    """

    s: int | None
    first_key: int
    before: int
    rounds: tuple[Round, ...]

    def ends_before(self, iteration: int) -> int:
        """In how many iterations the last round was over that ended before this one."""
        return max((one.in_all for one in self.rounds if one.in_all < iteration), default=0)

    def round_at(self, iteration: int) -> Round:
        """The round in which a configuration trains its iteration, counted from 1."""
        return next((one for one in self.rounds if iteration <= one.in_all), self.rounds[-1])


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who trains how long."""

    brackets: tuple[Bracket, ...]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Schedule:
        """What `dataclasses.asdict` has made a dictionary of."""
        return cls(
            tuple(
                Bracket(**one | {"rounds": tuple(Round(**each) for each in one["rounds"])})
                for one in values["brackets"]
            )
        )

    def measures(self, key: int, iteration: int, every: int | None) -> bool:
        """Whether metrics are computed behind this iteration, from 1, of the configuration with this key.

        `every` so many iterations, counted within a round, whose last iteration always has some; None: no
        others.
        """
        bracket = self.bracket_of(key)
        if iteration == bracket.round_at(iteration).in_all:
            return True
        return every is not None and (iteration - bracket.ends_before(iteration)) % every == 0

    def bracket_of(self, key: int) -> Bracket:
        """That of the configuration with this key."""
        place = bisect_right([bracket.first_key for bracket in self.brackets], key)
        return self.brackets[max(0, place - 1)]

    @property
    def n_configurations(self) -> int:
        """How many there are in all."""
        return sum(bracket.rounds[0].n for bracket in self.brackets)

    @property
    def n_runs(self) -> int:
        """How many runs they are trained in."""
        return sum(one.n for bracket in self.brackets for one in bracket.rounds)

    @property
    def n_iterations(self) -> int:
        """How many iterations all of them train together."""
        return sum(one.n * one.iterations for bracket in self.brackets for one in bracket.rounds)
