"""Rules for giving up runs under way, by the courses of those that have finished.

Runs are looked at when they have come to fixed shares of the longest run's steps, so that it does not matter
how often they tell of themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bbopt.engines.racers.drops import RemainingDrops
from bbopt.runs import Curve
from bbopt.seeding import stream
from bbopt.surrogate import FloatArray

__all__ = ["FinishedRuns", "Part", "StoppingRule", "by_curve", "by_median", "is_audited"]

_N_HALVINGS = 4
"""Levels are the longest run's steps, halved so often; a run is judged from the second one on."""

_FEWEST_FOR_MEDIAN = 5  # as in Optuna's MedianPruner

_N_FIRST = 3
"""The first proposals are never given up: there is nothing to judge them by."""

_AUDITED_SHARE = 0.1
"""So many of the others are not either: a rule learns from them where it is wrong."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a run has come to at the highest level that it has reached, not the first.

    `costs`: at the levels up to `level`, whose step is `step`; `best`: the lowest cost till then.
    """

    level: int
    step: int
    costs: FloatArray
    best: float

    @property
    def last_two(self) -> tuple[float, float]:
        """The costs at the level before, and at `level`."""
        return float(self.costs[-2]), float(self.costs[-1])


class FinishedRuns:
    """The courses of costs of runs that can be compared.

    Between two points a run has the cost of the earlier one, after its last point the cost that it came to.
    Values that are not finite are passed over.  A step that is not above the one before goes on from there:
    programs count anew in each phase.
    """

    def __init__(self) -> None:
        self._courses: list[tuple[FloatArray, FloatArray]] = []
        self._final: list[float] = []
        self._longest = 0
        self._table: tuple[FloatArray, FloatArray] | None = None
        self._drops: RemainingDrops | None = None

    def __len__(self) -> int:
        return len(self._courses)

    def add(self, course: Curve, cost: float) -> None:
        """A run that came to `cost`; one of fewer than two points says nothing."""
        steps, values = _increasing(course)
        if len(steps) < 2:
            return
        self._courses.append((steps, values))
        self._final.append(cost)
        self._longest = max(self._longest, int(steps[-1]))
        self._table = self._drops = None

    @property
    def levels(self) -> FloatArray:
        """The steps at which runs are compared, the last one being that of the longest run's end."""
        return np.unique(-(-self._longest // 2 ** np.arange(_N_HALVINGS + 1))).astype(float)

    @property
    def drops(self) -> RemainingDrops:
        """What these runs gained after each level."""
        if self._drops is None:
            self._drops = RemainingDrops(self._tables[0])
        return self._drops

    def median_of_means(self, level: int) -> float:
        """The median of the runs' mean costs up to a level."""
        return float(np.median(self._tables[1][:, level]))

    def part(self, course: Curve) -> Part | None:
        """Where a run stands; None where it is too early, or over."""
        steps, values = _increasing(course)
        if not self or len(steps) == 0:
            return None
        levels = self.levels
        level = int(np.searchsorted(levels, steps[-1], side="right")) - 1
        if not 1 <= level < len(levels) - 1:
            return None
        seen = values[: max(1, int(np.searchsorted(steps, levels[level], side="right")))]
        costs = _at(levels[: level + 1], steps, values)
        return Part(level, int(levels[level]), costs, float(seen.min()))

    @property
    def _tables(self) -> tuple[FloatArray, FloatArray]:
        """At each level (n, n_levels) the costs of the runs, and the means of their values till then."""
        if self._table is None:
            levels = self.levels
            costs = np.array([_at(levels, *course) for course in self._courses]).reshape(-1, len(levels))
            means = np.array([_means_at(levels, *course) for course in self._courses]).reshape(costs.shape)
            costs[:, -1] = self._final
            self._table = costs, means
        return self._table


Shown = Callable[[float], str]
"""A cost as people know it."""

StoppingRule = Callable[[FinishedRuns, Part, float | None, Shown], str | None]
"""Why a part of a run is enough, None where it is not; the cost to beat is None where it is not known."""


def by_curve(finished: FinishedRuns, part: Part, to_beat: float | None, shown: Shown) -> str | None:
    """The largest drop that was seen from here on, and some more, would not reach the cost to beat.

    Where the order of runs at this level says nothing of their order at the end, none is given up.
    """
    if to_beat is None or not len(finished) or not finished.drops.says_something(part.level):
        return None
    lowest = finished.drops.lowest(*part.last_two, part.level)
    if not lowest > to_beat:
        return None
    now = shown(part.last_two[1])
    return f"{now} at step {part.step} would come to {shown(lowest)} at best, against {shown(to_beat)}"


def by_median(finished: FinishedRuns, part: Part, to_beat: float | None, shown: Shown) -> str | None:
    """The best cost so far is worse than the median of what finished runs had on the average till then.

    Golovin et al., 2017, Google Vizier: a service for black-box optimization, section 3.2.2.
    """
    if len(finished) < _FEWEST_FOR_MEDIAN:
        return None
    median = finished.median_of_means(part.level)
    if not part.best > median:
        return None
    best = shown(part.best)
    return (
        f"{best} up to step {part.step}, where the median of {len(finished)} runs' means is {shown(median)}"
    )


def is_audited(seed: int, proposal: int, first: int = 0) -> bool:
    """Whether runs of the proposal are never given up; `first` is the first one that any rule looks at."""
    if proposal < first + _N_FIRST:
        return True
    return bool(stream(seed, "audit", proposal).random() < _AUDITED_SHARE)


def _increasing(course: Curve) -> tuple[FloatArray, FloatArray]:
    """The finite points, by steps that increase."""
    steps, values = np.array(list(course), dtype=float).reshape(-1, 2).T.copy()
    for place in np.flatnonzero(np.diff(steps) <= 0):
        steps[place + 1 :] += steps[place] - steps[place + 1] + 1
    is_finite = np.isfinite(values)
    return steps[is_finite], values[is_finite]


def _at(levels: FloatArray, steps: FloatArray, values: FloatArray) -> FloatArray:
    """The costs at the levels; before the first point its own."""
    found: FloatArray = values[np.maximum(np.searchsorted(steps, levels, side="right") - 1, 0)]
    return found


def _means_at(levels: FloatArray, steps: FloatArray, values: FloatArray) -> FloatArray:
    """The means of the values up to the levels."""
    counts = np.maximum(np.searchsorted(steps, levels, side="right"), 1)
    means: FloatArray = (np.cumsum(values) / np.arange(1, len(values) + 1))[counts - 1]
    return means
