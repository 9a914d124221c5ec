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

    def legal(self, values: FloatArray) -> FloatArray:
        """Those of the rows (n, n_params) that are legal, with inactive parameters as they are elsewhere."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How thorough the search is.

    n_random: random points scored at first (SMAC v2 takes 10,000); n_mutants: mutants of the incumbents
    scored with them, and in each of `rounds` rounds after that, of the best points so far; n_starts: climbs
    from the best (SMAC v2 takes 10); n_random_starts: climbs from random points; n_continuous: neighbours
    per numeric parameter; spread: their standard deviation in the unit cube; steps: bound on the climb's;
    n_neighbours: of a climb.  Where parameters are so many that `steps` would look at more, the best starts
    climb with what all have together, and several of their parameters change in a step.
    """

    n_random: int = 200
    n_mutants: int = 200
    rounds: int = 3
    n_starts: int = 2
    n_random_starts: int = 0
    n_continuous: int = 3
    spread: float = 0.2
    steps: int = 12
    n_neighbours: int = 400


_N_PARENTS = 8
_SHRINK = 0.4  # of the spread, when no start could be improved any more
_STALLS = 3  # in a row end the search
_MOST_TOGETHER = 8  # changes made in one step of a climb
_MOST_LEADERS = 16  # neighbours that these are looked for among


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
    seen = _Rated(score)
    random_rows = space.sample(max(settings.n_random, 1), rng)
    if len(incumbents):
        mutants = space.mutants(incumbents, settings.n_mutants, rng) if settings.n_mutants else incumbents[:0]
        seen.add(np.vstack([incumbents, mutants]))
    seen.add(random_rows)
    for _ in range(settings.rounds if settings.n_mutants else 0):
        seen.add(space.mutants(seen.best(_N_PARENTS), settings.n_mutants, rng))
    starts = np.vstack([seen.best(settings.n_starts), random_rows[: settings.n_random_starts]])
    climbed = _climb(score, space, starts, settings, rng)
    return seen.ranked_with(*climbed)


class _Rated:
    """Rows with their scores, in batches: what rows of one kind have in common may spare a model work."""

    def __init__(self, score: Callable[[FloatArray], FloatArray]) -> None:
        self._score = score
        self._rows: list[FloatArray] = []
        self._scores: list[FloatArray] = []

    def add(self, rows: FloatArray) -> None:
        """Rate a batch, which may be empty."""
        if len(rows):
            self._rows.append(rows)
            self._scores.append(self._score(rows))

    def best(self, n: int) -> FloatArray:
        """The `n` best rows, the best one first."""
        leaders = [np.argsort(-scores, kind="stable")[:n] for scores in self._scores]
        rows = np.vstack([rows[order] for rows, order in zip(self._rows, leaders, strict=True)])
        scores = np.concatenate([scores[order] for scores, order in zip(self._scores, leaders, strict=True)])
        return rows[np.argsort(-scores, kind="stable")[:n]]

    def ranked_with(self, rows: FloatArray, scores: FloatArray) -> FloatArray:
        """All rows and these, which are rated already, the best one first."""
        order = np.argsort(-np.concatenate([scores, *self._scores]), kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        ranked = np.empty((len(order), rows.shape[1]))
        begin = 0
        for batch in (rows, *self._rows):
            ranked[rank[begin : begin + len(batch)]] = batch
            begin += len(batch)
        return ranked


def _climb(
    score: Callable[[FloatArray], FloatArray],
    space: SearchSpace,
    starts: FloatArray,
    settings: SearchSettings,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    current = starts.copy()
    scores = score(current)
    spread, stalls, left = settings.spread, 0, settings.n_neighbours * len(starts)
    is_wide = False
    for step in range(settings.steps):
        neighbours, source = space.neighbours(current, rng, settings.n_continuous, spread)
        if len(neighbours) == 0:
            break
        wanted = len(neighbours) * settings.steps
        if step == 0 and wanted > left:
            is_wide = True
            n_climbs = max(1, len(starts) * left // wanted)
            current, scores = current[:n_climbs], scores[:n_climbs]
            neighbours, source = neighbours[source < n_climbs], source[source < n_climbs]
        left -= len(neighbours)
        gained = score(neighbours)
        better = gained > scores[source]
        if better.any():
            moves = [(neighbours[better], gained[better], source[better])]
            if is_wide:
                rows, origin = _together(space, current, *moves[0])
                if len(rows):
                    moves.append((rows, score(rows), origin))
            for move in moves:
                _move(current, scores, *move)
            stalls = 0
        else:
            spread, stalls = spread * _SHRINK, stalls + 1
        if stalls >= _STALLS or left <= 0:
            break
    return current, scores


def _move(
    current: FloatArray, scores: FloatArray, rows: FloatArray, gained: FloatArray, source: IntArray
) -> None:
    """Replace each of the `current` rows by the best of those that came from it, where that is better."""
    order = np.lexsort((-gained, source))
    owner, first = np.unique(source[order], return_index=True)
    best = order[first]
    better = gained[best] > scores[owner]
    current[owner[better]] = rows[best[better]]
    scores[owner[better]] = gained[best[better]]


def _together(
    space: SearchSpace, current: FloatArray, better: FloatArray, gained: FloatArray, source: IntArray
) -> tuple[FloatArray, IntArray]:
    """Legal rows with several of the changes at once that made `better` rows of `current` ones; and of which.

    Two, three and more of the best ones, because changes of different parameters often add up.
    """
    combined, origins = [better[:0]], [source[:0]]
    for place, start in enumerate(current):
        mine = np.flatnonzero(source == place)
        row, rows = start, []
        for leader in better[mine[np.argsort(-gained[mine], kind="stable")[:_MOST_LEADERS]]]:
            following = np.where(row == start, leader, row)
            if (following != row).any():
                rows.append(following)
                row = following
        combined.append(space.legal(np.reshape(rows[1:_MOST_TOGETHER], (-1, len(start)))))
        origins.append(np.full(len(combined[-1]), place))
    return np.vstack(combined), np.concatenate(origins)
