"""What runs may still gain, judged by how much those that have finished gained from there on.

Of a run's costs only those at a few levels of its progress are looked at.  A run's unit at a level is what it
has gained since the level before; how many of its units a run gained after that level is what runs are
compared by.
"""

from __future__ import annotations

import math

import numpy as np

from bbopt.surrogate import FloatArray

__all__ = ["UNIT_SHARE", "RemainingDrops", "kendall_score"]

_WIDENING = 1.25
"""The largest drop that was seen, in units, is taken for so much larger."""

_MANY_RUNS = 8
"""With fewer finished runs a drop of a unit for each level still to come is thought possible as well."""

_SIGNIFICANT = 1.0
"""Standard deviations: by chance about one in six is above."""

UNIT_SHARE = 0.05
"""A run that gains nothing has this share of the distance between the best and the median run as its unit."""


class RemainingDrops:
    """The drops of finished runs.

    finished: (n, n_levels), each run's costs at the levels; the last one is what it came to.  step: a
    difference that does not matter, by default by these runs.
    """

    def __init__(self, finished: FloatArray, step: float | None = None) -> None:
        self._costs = np.asarray(finished, dtype=float)
        final = self._costs[:, -1]
        self.best = float(final.min()) if len(final) else np.inf
        """The lowest cost that a run came to; infinite without any."""
        spread = float(np.median(final)) - self.best if len(final) else 0.0
        smallest = 1e-9 * abs(self.best) if len(final) else 0.0
        self.step = max(UNIT_SHARE * spread, smallest, 1e-12) if step is None else step
        """A difference that does not matter."""

    def __len__(self) -> int:
        return len(self._costs)

    def lowest(self, before: float, now: float, level: int) -> float:
        """The least that a run may come to which costs `now` at `level`, and `before` at the level below."""
        drops = self._in_units(level)
        most = _WIDENING * max(0.0, float(drops.max(initial=0.0)))
        if len(self) < _MANY_RUNS:
            most = max(most, self._costs.shape[1] - 1.0 - level)
        return now - most * self._unit(before, now)

    def says_something(self, level: int) -> bool:
        """Whether those that were better at a level came to less: never with fewer than three runs.

        By Kendall's rank correlation, against what it is by chance (Kendall, 1938, A new measure of rank
        correlation).
        """
        n, score = len(self), kendall_score(self._costs[:, level], self._costs[:, -1])
        return score > _SIGNIFICANT * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)

    def expected(self, before: float, now: float, level: int) -> float:
        """What such a run would come to, with the median of the drops that were seen."""
        if not len(self):
            return now
        return now - float(np.median(self._in_units(level))) * self._unit(before, now)

    def _unit(self, before: float, now: float) -> float:
        return max(before - now, 0.0) + self.step

    def _in_units(self, level: int) -> FloatArray:
        """How many of its units each finished run gained after a level (n,)."""
        before, now, final = (self._costs[:, column] for column in (level - 1, level, -1))
        drops: FloatArray = (now - final) / (np.maximum(before - now, 0.0) + self.step)
        return drops


def kendall_score(one: FloatArray, other: FloatArray) -> float:
    """How many pairs two orders (n,) agree on, less those that they do not; ties count as neither."""
    i, j = np.triu_indices(len(one), 1)
    return float(np.sum(np.sign(one[i] - one[j]) * np.sign(other[i] - other[j])))
