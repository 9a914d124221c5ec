"""What is known of each configuration, level by level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bbopt.runs import Curve, Origin
from bbopt.space import Configuration
from bbopt.surrogate import FloatArray

__all__ = ["LearningCurve", "LearningCurves", "Observed", "costs_at_levels"]


class Observed(NamedTuple):
    """A configuration's cost at a level; NaN where its run failed."""

    number: int
    level: int
    cost: float


@dataclass(slots=True)
class LearningCurve:
    """A configuration's costs (n_levels,), NaN where it was not run, and the highest level reached.

    `is_own`: it was run here, and can go on.  `is_designed`: it was there before any model.  `repeated`: what
    it cost in full with further seeds, where the target is noisy.
    """

    configuration: Configuration
    number: int
    costs: FloatArray
    level: int = -1
    has_failed: bool = False
    is_own: bool = False
    is_designed: bool = False
    repeated: list[float] = field(default_factory=list)
    origin: Origin = field(default_factory=lambda: Origin("", 0))

    @property
    def is_finished(self) -> bool:
        """Whether it was run in full, and worked."""
        return not self.has_failed and self.level == len(self.costs) - 1

    @property
    def is_paused(self) -> bool:
        """Whether it was run and can go on."""
        return self.is_own and not self.has_failed and 0 <= self.level < len(self.costs) - 1


class LearningCurves:
    """The curves of all configurations, in order of their first run, and the order of what was observed."""

    def __init__(self, n_levels: int) -> None:
        self.n_levels = n_levels
        self.have_courses = False
        """Whether runs tell what they cost on their way, so that nothing is gained by stopping between."""
        self.observed: list[Observed] = []
        self._curves: dict[Configuration, LearningCurve] = {}

    def __iter__(self) -> Iterator[LearningCurve]:
        return iter(self._curves.values())

    def __contains__(self, configuration: object) -> bool:
        return configuration in self._curves

    def get(self, configuration: Configuration) -> LearningCurve | None:
        """What is known of the configuration; None where nothing is."""
        return self._curves.get(configuration)

    def of(self, configuration: Configuration) -> LearningCurve:
        """The configuration's curve, a new one where nothing is known."""
        known = self._curves.get(configuration)
        if known is None:
            known = LearningCurve(configuration, len(self._curves), np.full(self.n_levels, np.nan))
            self._curves[configuration] = known
        return known

    def observe(self, curve: LearningCurve, level: int, cost: float, *, failed: bool) -> None:
        """A run of the configuration at a level has ended; one that failed is taken for its last."""
        curve.has_failed = failed
        curve.level = max(curve.level, level)
        if not failed:
            curve.costs[level] = cost
        self.observed.append(Observed(curve.number, level, np.nan if failed else cost))

    def observe_below(self, curve: LearningCurve, costs: FloatArray) -> None:
        """What a run has told of lower levels (n_levels,), NaN where nothing; what is known stays."""
        self.have_courses = self.have_courses or not np.isnan(costs).all()
        for level in np.flatnonzero(~np.isnan(costs) & np.isnan(curve.costs)).tolist():
            self.observe(curve, level, float(costs[level]), failed=False)

    @property
    def rows(self) -> FloatArray:
        """The native values of all configurations (n, n_params)."""
        return np.stack([curve.configuration.row for curve in self])

    @property
    def finished(self) -> FloatArray:
        """The costs (m, n_levels) of those that were run in full."""
        costs = [curve.costs for curve in self if curve.is_finished]
        return np.array(costs).reshape(-1, self.n_levels)

    def means(self) -> FloatArray:
        """As `matrix`, where those that were run in full with several seeds have the mean over these."""
        costs = self.matrix()
        for curve in self:
            if curve.repeated and curve.is_finished:
                costs[curve.number, -1] = np.mean([curve.costs[-1], *curve.repeated])
        return costs

    def matrix(self, n_observed: int | None = None) -> FloatArray:
        """Costs (n, n_levels) by the first `n_observed` observations, NaN where there were none.

        A failure counts as the worst that was seen at its level, and not at all where nothing else was.
        """
        costs = np.full((len(self._curves), self.n_levels), np.nan)
        failures = []
        for number, level, cost in self.observed[:n_observed]:
            costs[number, level] = cost
            if np.isnan(cost):
                failures.append((number, level))
        if failures:
            known = ~np.isnan(costs)
            worst = np.max(costs, axis=0, where=known, initial=-np.inf)
            for number, level in failures:
                costs[number, level] = worst[level] if known[:, level].any() else np.nan
        return costs


def costs_at_levels(course: Curve, levels: Sequence[int]) -> FloatArray:
    """The costs (n_levels,) that a run's course of costs had at the `levels`, its steps counting budget.

    NaN at those that it has not come to, and where it has told nothing since the level before.
    """
    points = list(course)
    steps: NDArray[np.int64] = np.array([step for step, _ in points], dtype=np.int64)
    costs = np.full(len(levels), np.nan)
    before = 0
    for place, level in enumerate(levels):
        if len(steps) == 0 or steps[-1] < level:
            break
        last = int(np.searchsorted(steps, level, side="right")) - 1
        if last >= 0 and steps[last] > before:
            costs[place] = points[last][1]
        before = level
    return costs
