"""Whether low budgets tell anything of high ones: the guards, and the rule by which runs are stopped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bbopt.engines.racers.drops import UNIT_SHARE, RemainingDrops, kendall_score
from bbopt.surrogate import FloatArray

__all__ = ["StopRule", "contradict_on_average", "contradicts", "rank_correlation", "ranks_disagree"]

_FEWEST_AT_LEVEL = 7  # that a quartile is taken of
_QUARTILES_APART = 1.349  # standard deviations, of a normal distribution
_FEWEST_RANKED = 3
_DISAGREEING = {3: -1.0, 4: -0.6}
_MANY_DISAGREEING = -0.3
"""By the number of runs, and of more, a tau that one search in six meets where the order is mere chance."""

_LOOKED_AT = 2  # levels below the highest: where ranks are compared, and from which on runs are stopped

_FEWEST_FINISHED = 3


def contradicts(costs: FloatArray, number: int, level: int) -> bool:
    """Whether one of the best quarter at a lower level has become worse since than the middle was there.

    `costs` (n, n_levels) has NaN where there was no run.
    """
    own = costs[number]
    for lower in range(level):
        there = costs[~np.isnan(costs[:, lower]), lower]
        was_good = len(there) >= _FEWEST_AT_LEVEL and own[lower] <= np.quantile(there, 0.25)
        if was_good and own[level] > np.median(there):
            return True
    return False


def contradict_on_average(costs: FloatArray, level: int) -> bool:
    """Whether the best quarter at a lower level have become worse on average than the middle was there.

    What `contradicts` asks of each, for `costs` (n, n_levels) with noise: the best at a level are those who
    were lucky there, too, and will come nearer to the middle.  So their mean has to be above it by more than
    the standard deviation that the mean of so many has who are drawn at random.
    """
    has_risen = ~np.isnan(costs[:, level])
    for lower in range(level):
        there = costs[~np.isnan(costs[:, lower]), lower]
        if len(there) < _FEWEST_AT_LEVEL:
            continue
        first, middle, third = np.quantile(there, [0.25, 0.5, 0.75])
        now = costs[has_risen & (costs[:, lower] <= first), level]
        if len(now) and now.mean() > middle + (third - first) / _QUARTILES_APART / np.sqrt(len(now)):
            return True
    return False


def ranks_disagree(finished: FloatArray) -> bool:
    """Whether the order of the `finished` runs (n, n_levels) was another one two levels before their end.

    It is, where Kendall's tau is below what few runs that are nearly as good as each other come to by chance.
    """
    n_levels = finished.shape[1]
    if n_levels == 1:
        return False
    before, end = finished[:, max(n_levels - 1 - _LOOKED_AT, 0)], finished[:, -1]
    known = ~np.isnan(before)
    n = int(known.sum())
    if n < _FEWEST_RANKED:
        return False
    return rank_correlation(before[known], end[known]) <= _DISAGREEING.get(n, _MANY_DISAGREEING)


def rank_correlation(one: FloatArray, other: FloatArray) -> float:
    """Kendall's tau of two orders (n,), n >= 2, ties counting as neither."""
    n = len(one)
    return kendall_score(one, other) / (n * (n - 1) // 2)


@dataclass(frozen=True, slots=True)
class StopRule:
    """When a run can't beat the best any more, by what the curves of finished runs have gained.

    `least` is a difference between costs that does not matter.
    """

    finished: FloatArray
    best: float
    least: float

    @classmethod
    def of(cls, finished: FloatArray, best: float) -> StopRule:
        """The rule that the costs of `finished` runs (n, n_levels) tell; `best` is what is to be beaten."""
        ends = finished[:, -1]
        spread = float(np.median(ends) - ends.min()) if len(ends) else 0.0
        return cls(finished, best, max(UNIT_SHARE * spread, 1e-12))

    @property
    def first_level(self) -> int:
        """The first level at which a run may be stopped."""
        n_levels: int = self.finished.shape[1]
        return max(1, min(_LOOKED_AT, n_levels - 2))

    def expected(self, costs: FloatArray, level: int) -> float | None:
        """What a run with `costs` (n_levels,) up to `level` would come to, which is to be stopped there.

        None for a run that should go on.
        """
        n_levels = len(costs)
        if not self.first_level <= level < n_levels - 1 or np.isnan(costs[level - 1 : level + 1]).any():
            return None
        known = self.finished[~np.isnan(self.finished[:, level - 1 : level + 1]).any(axis=1)]
        if len(known) < _FEWEST_FINISHED:
            return None
        drops, before, now = RemainingDrops(known, self.least), float(costs[level - 1]), float(costs[level])
        if drops.lowest(before, now, level) <= self.best:
            return None
        return max(drops.expected(before, now, level), self.best + self.least)
