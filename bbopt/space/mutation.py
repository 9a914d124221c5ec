"""Mutated copies of configurations: a few active parameters of each row changed at once.

Few changes at a time keep a copy near its parent however many parameters there are (Regis and Shoemaker,
2013, Combining radial basis function surrogates and dynamic coordinate search).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bbopt.space.compiled import CompiledSpace
from bbopt.space.neighbourhood import stopped_at_bounds

__all__ = ["mutate"]

_CHANGES = 0.35
"""The number of changed parameters is geometric with this parameter: three on average."""

_OFTEN_MANY = 0.15
"""The share of copies in which up to half of all parameters change besides."""

_SMALLEST_STEP, _LARGEST_STEP = 0.01, 0.4
"""Standard deviation, in the unit cube, of the steps of numbers and ordinals; one a copy, log-uniform."""


def mutate(
    space: CompiledSpace, parents: NDArray[np.float64], n: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Mutated copies (n, n_params) of random ones of the canonical rows `parents`, canonical but not checked.

    Categoricals take any choice, numbers and ordinals a normal step that ends at the bounds.
    """
    width = space.n_params
    chosen = rng.integers(len(parents), size=n)
    may_change = space.may_change(parents)
    n_changes = np.asarray(rng.geometric(_CHANGES, size=n))
    n_changes += np.where(rng.random(n) < _OFTEN_MANY, rng.integers(0, max(1, width // 2), size=n), 0)
    # The columns that may change come first: few of many, where most parameters are inactive.
    n_free = may_change.sum(axis=1)
    most = max(1, int(n_free.max()))
    free = np.argsort(~may_change, axis=1, kind="stable")[:, :most]
    is_free = (np.arange(most) < n_free[:, None])[chosen]
    lots = np.full((n, most), np.inf)
    lots[is_free] = rng.random(np.count_nonzero(is_free))
    limit = np.sort(lots, axis=1)[np.arange(n), np.minimum(n_changes, most) - 1][:, None]
    rows, places = np.nonzero((lots <= limit) & is_free)
    columns = free[chosen[rows], places]
    step = np.exp(rng.uniform(np.log(_SMALLEST_STEP), np.log(_LARGEST_STEP), size=n))
    unit = space.encode(parents)[chosen[rows], columns]
    moved = stopped_at_bounds(unit + step[rows] * rng.standard_normal(len(rows)))
    moved = np.where(space.category_sizes[columns] > 0, rng.random(len(rows)), moved)
    mutated: NDArray[np.float64] = parents[chosen]
    mutated[rows, columns] = space.encoding.decode(moved, columns)
    return space.canonical_again(mutated, rows, columns)
