"""The schedule of Hyperband, in integers.

Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, 2018, Hyperband: a novel bandit-based approach to
hyperparameter optimization, algorithm 1, with budgets rounded to integers, half up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

__all__ = ["BracketPlan", "RungPlan", "hyperband_schedule", "level_of", "run_length_levels"]


@dataclass(frozen=True, slots=True)
class RungPlan:
    """A round of a bracket: `n` configurations are run for `budget` each."""

    n: int
    budget: int


@dataclass(frozen=True, slots=True)
class BracketPlan:
    """Successive halving from the first of `rungs` to the last; `s` is its number in Hyperband."""

    s: int
    rungs: tuple[RungPlan, ...]

    @property
    def n(self) -> int:
        """How many configurations begin."""
        return self.rungs[0].n

    def run_lengths(self, *, are_additional: bool) -> list[int]:
        """What a configuration has had when it has been run in each rung, in all.

        `are_additional`: the budget of a rung is what it gets there, as MADlib counts, rather than that.
        """
        budgets = [rung.budget for rung in self.rungs]
        return list(accumulate(budgets)) if are_additional else budgets


def hyperband_schedule(most: int, eta: int, least: int = 1, skip_last: int = 0) -> tuple[BracketPlan, ...]:
    """The brackets of one round of Hyperband, from s_max on downwards.

    `most` is the paper's R.  s_max is the largest s with R / eta^s >= `least`: so no rung has less.  Each
    bracket leaves out its last `skip_last` rungs; one that has no more of them is left out.
    """
    s_max = 0
    while least * eta ** (s_max + 1) <= most:
        s_max += 1
    brackets = []
    for s in range(s_max, -1, -1):
        n = (s_max + 1) // (s + 1) * eta**s
        rungs = [RungPlan(n // eta**i, _rounded(most * eta**i, eta**s)) for i in range(s + 1 - skip_last)]
        if rungs:
            brackets.append(BracketPlan(s, tuple(rungs)))
    return tuple(brackets)


def _rounded(numerator: int, denominator: int) -> int:
    """The quotient, half rounded up."""
    return (2 * numerator + denominator) // (2 * denominator)


def run_length_levels(brackets: Iterable[BracketPlan], *, are_additional: bool) -> dict[int, int]:
    """The budget that each run length of the schedule stands for: only runs at one of these compare.

    They are the same where budgets are not additional.  Then a run length is less than the budget behind its
    own, so that each stands for one.
    """
    levels: dict[int, int] = {}
    for plan in brackets:
        budgets = [rung.budget for rung in plan.rungs]
        levels |= dict(zip(plan.run_lengths(are_additional=are_additional), budgets, strict=True))
    return {budget: budget for budget in levels.values()} | levels


def level_of(budget: int, levels: Sequence[int]) -> int:
    """The largest of the `levels`, in rising order, that a run of so much has reached, or else the first."""
    return levels[max(0, bisect_right(levels, budget) - 1)]
