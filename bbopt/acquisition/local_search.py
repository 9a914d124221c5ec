"""Maximising an acquisition function: many random points, then a local search from the best of them.

All starts climb together: one matrix of neighbours, one prediction per step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["SearchSettings", "SearchSpace", "search"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class SearchSpace(Protocol):
    """What the search needs of a space of configurations; rows are configurations in native values."""

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """At most `n` legal rows (m, n_params), at least one."""

    def neighbours(
        self, values: FloatArray, rng: np.random.Generator, n_continuous: int, spread: float
    ) -> tuple[FloatArray, IntArray]:
        """Legal one-exchange neighbours (m, n_params) of all rows, and from which row each came (m,)."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How thorough the search is.

    n_random: random points scored at first (SMAC v2 takes 10,000 and 10 starts); n_starts: climbs from the
    best of them; n_continuous: neighbours per numeric parameter; spread: their standard deviation in the
    unit cube; steps: bound on the climb's steps.
    """

    n_random: int = 1000
    n_starts: int = 10
    n_continuous: int = 4
    spread: float = 0.2
    steps: int = 12


_SHRINK = 0.4  # of the spread, when no start could be improved any more
_STALLS = 3  # in a row end the search


def search(
    score: Callable[[FloatArray], FloatArray],
    space: SearchSpace,
    incumbents: FloatArray,
    settings: SearchSettings,
    rng: np.random.Generator,
) -> FloatArray:
    """Rows worth trying, the most promising first: climbed ones and random ones together.

    `score` gives the acquisition value (n,) of rows (n, n_params), larger is better; `incumbents`
    (k, n_params) are rows to climb from besides the best random ones.
    """
    random_rows = space.sample(settings.n_random, rng)
    random_scores = score(random_rows)
    best_random = random_rows[np.argsort(-random_scores, kind="stable")[: settings.n_starts]]
    starts = np.vstack([incumbents, best_random]) if len(incumbents) else best_random
    climbed, climbed_scores = _climb(score, space, starts, settings, rng)
    rows = np.vstack([climbed, random_rows])
    order = np.argsort(-np.concatenate([climbed_scores, random_scores]), kind="stable")
    return rows[order]


def _climb(
    score: Callable[[FloatArray], FloatArray],
    space: SearchSpace,
    starts: FloatArray,
    settings: SearchSettings,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    current = starts.copy()
    scores = score(current)
    spread, stalls = settings.spread, 0
    for _ in range(settings.steps):
        neighbours, source = space.neighbours(current, rng, settings.n_continuous, spread)
        if len(neighbours) == 0:
            break
        gained = score(neighbours)
        best, owner = _best_per_source(gained, source)
        better = gained[best] > scores[owner]
        current[owner[better]] = neighbours[best[better]]
        scores[owner[better]] = gained[best[better]]
        if better.any():
            stalls = 0
            continue
        spread, stalls = spread * _SHRINK, stalls + 1
        if stalls >= _STALLS:
            break
    return current, scores


def _best_per_source(gained: FloatArray, source: IntArray) -> tuple[IntArray, IntArray]:
    """Index of the best neighbour of each source that has one, and that source."""
    order = np.lexsort((-gained, source))
    owner, first = np.unique(source[order], return_index=True)
    return order[first], owner
