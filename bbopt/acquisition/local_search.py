"""Maximising an acquisition function: random points, mutants of good ones, then a local search.

Everything advances in batches: one prediction for all random points, for all mutants of a round, and for
all neighbours of all climbs in a step.
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

    def mutants(self, values: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
        """At most `n` legal rows (m, n_params), random ones of `values` with a few parameters changed."""

    def neighbours(
        self, values: FloatArray, rng: np.random.Generator, n_continuous: int, spread: float
    ) -> tuple[FloatArray, IntArray]:
        """Legal one-exchange neighbours (m, n_params) of all rows, and from which row each came (m,)."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How thorough the search is.

    n_random: random points scored at first (SMAC v2 takes 10,000); n_mutants: mutants of the incumbents
    scored with them, and in each of `rounds` rounds after that, of the best points so far; n_starts: climbs
    from the best (SMAC v2 takes 10); n_random_starts: climbs from random points; n_continuous: neighbours
    per numeric parameter; spread: their standard deviation in the unit cube; steps: bound on the climb's.
    """

    n_random: int = 200
    n_mutants: int = 200
    rounds: int = 3
    n_starts: int = 2
    n_random_starts: int = 0
    n_continuous: int = 3
    spread: float = 0.2
    steps: int = 12


_N_PARENTS = 8
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
    (k, n_params) are legal rows that are good already.
    """
    random_rows = space.sample(max(settings.n_random, 1), rng)
    rows = np.vstack([incumbents, random_rows])
    if len(incumbents) and settings.n_mutants:
        rows = np.vstack([rows, space.mutants(incumbents, settings.n_mutants, rng)])
    scores = score(rows)
    for _ in range(settings.rounds if settings.n_mutants else 0):
        parents = rows[np.argsort(-scores, kind="stable")[:_N_PARENTS]]
        mutants = space.mutants(parents, settings.n_mutants, rng)
        rows, scores = np.vstack([rows, mutants]), np.concatenate([scores, score(mutants)])
    starts = rows[np.argsort(-scores, kind="stable")[: settings.n_starts]]
    starts = np.vstack([starts, random_rows[: settings.n_random_starts]])
    climbed, climbed_scores = _climb(score, space, starts, settings, rng)
    rows, scores = np.vstack([climbed, rows]), np.concatenate([climbed_scores, scores])
    return rows[np.argsort(-scores, kind="stable")]


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
