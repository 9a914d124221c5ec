"""Proposals for other branches than the incumbent's, once little is left to be gained there.

A branch are the configurations with the same active parameters; in a space without conditions, those with
the same choice of a categorical, another one each time.  A branch that needs many of its parameters right is
behind one that works at once, and the model, which knows of one roughness only, soon rules it out: then all
runs polish the incumbent.  An excursion counts improvements from what is best in each branch, so that the
branch is looked at in which there is most to be learned, however far it is behind.
"""

from __future__ import annotations

import math

import numpy as np

from bbopt.acquisition import SearchSettings, log_expected_improvement, search
from bbopt.engines.proposers.smbo.modelling import Model
from bbopt.space import Space
from bbopt.surrogate import FloatArray

__all__ = ["excursion", "has_branches", "is_exhausted"]

_LITTLE = 1e-3
"""An expected improvement by less than this share of the usual difference between runs."""

_MOST_STARTS = 20
"""The search begins at the best of so many other branches."""


def has_branches(space: Space) -> bool:
    """Whether configurations can be in different branches."""
    return bool(space.activity.is_conditional.any() or _choosing(space))


def _choosing(space: Space) -> list[int]:
    """The columns of categoricals among whose choices the search may choose."""
    return [
        column for column in np.flatnonzero(space.category_sizes > 1).tolist() if column not in space.fixed
    ]


def is_exhausted(model: Model, row: FloatArray) -> bool:
    """Whether little is to be gained even at the most promising `row` (n_params,)."""
    if not model.unit:
        return False
    gain = log_expected_improvement(*model.predict(row[None, :]), model.best)
    return float(gain[0]) < math.log(_LITTLE * model.unit)


def excursion(
    space: Space, model: Model, rows: FloatArray, effort: SearchSettings, rng: np.random.Generator
) -> FloatArray:
    """Rows of other branches than the best one's, the most promising first; none where there is no other.

    `rows` (n, n_params) are the runs so far, in a space that has branches.
    """
    is_conditional = space.activity.is_conditional.any()
    column = None if is_conditional else int(rng.choice(_choosing(space)))
    branches = _Branches(space, model, rows, column)

    def score(candidates: FloatArray) -> FloatArray:
        best = branches.best_of(candidates)
        gains = log_expected_improvement(*model.predict(candidates), best)
        return np.where(np.isnan(best), -np.inf, gains)

    found = search(score, space, branches.starts, effort, rng)
    return found[~np.isnan(branches.best_of(found))]


class _Branches:
    """The branches of the runs so far, and the best response in each, as the model sees it.

    `column` is that of the categorical that tells them apart; None where active parameters do.
    """

    def __init__(self, space: Space, model: Model, rows: FloatArray, column: int | None) -> None:
        self._space = space
        self._column = column
        means, _ = model.predict(rows)
        order = np.argsort(means, kind="stable")
        places: dict[bytes, int] = {}
        for place, key in zip(order, self._keys(rows[order]), strict=True):
            places.setdefault(key, int(place))
        self._best = {key: float(means[place]) for key, place in places.items()}
        self._elsewhere = float(np.median(means))
        settled, *others = places
        self._best[settled] = math.nan
        starts = space.into_subspace(rows[[places[key] for key in others[:_MOST_STARTS]]])
        self.starts = starts[~space.is_forbidden(starts)]

    def best_of(self, rows: FloatArray) -> FloatArray:
        """The response (n,) to improve on in the branch of each row; the usual one in a new branch.

        NaN in the branch of the best run, which is not gone to.
        """
        return np.array([self._best.get(key, self._elsewhere) for key in self._keys(rows)])

    def _keys(self, rows: FloatArray) -> list[bytes]:
        if self._column is not None:
            return [choice.tobytes() for choice in rows[:, self._column]]
        return [pattern.tobytes() for pattern in np.packbits(self._space.active(rows), axis=1)]
