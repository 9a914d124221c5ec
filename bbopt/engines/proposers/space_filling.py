"""A few points that fill a space: a Latin hypercube whose points are far from each other, without scipy.

The other slots' first runs wait for them, and scipy takes longer to import than many a run takes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bbopt.space import Space
from bbopt.surrogate import OneHot

__all__ = ["filling_rows"]

FloatArray = NDArray[np.float64]

_MOST_HYPERCUBES, _FEWEST_HYPERCUBES = 200, 16
_MOST_CELLS = 100_000  # of all hypercubes together: some 20 ms
_CLOSENESS_EXPONENT = 8
_SMALLEST_SQUARE = 1e-9


def filling_rows(space: Space, n: int, given: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Legal canonical rows, the first `n` of them filling the space beside `given` ones (g, n_params).

    Of many random Latin hypercubes of `n` points it is the one with the fewest forbidden points, and among
    those the one that is least by the criterion phi_p of Morris and Mitchell (1995, Exploratory designs for
    computational experiments): the sum of distance^-p over all pairs of points.  Distances are those of a
    Gaussian process, and the given rows count as points.  The next best hypercubes follow, to be used in
    place of points that are of no use.
    """
    width = max(1, n * space.n_params)
    m = min(max(_MOST_CELLS // width, _FEWEST_HYPERCUBES), _MOST_HYPERCUBES)
    unit = _latin_hypercubes(m, n, space.n_params, rng).reshape(m * n, space.n_params)
    rows = space.from_unit(space.spread(unit))
    is_legal = ~space.is_forbidden(rows).reshape(m, n)
    one_hot = OneHot(space.category_sizes)
    points = one_hot.distances(space.encode(rows)).reshape(m, n, -1)
    fixed = one_hot.distances(space.encode(given))
    best_first = np.lexsort((_closeness(points, fixed), -is_legal.sum(axis=1)))
    ordered: FloatArray = rows.reshape(m, n, -1)[best_first][is_legal[best_first]]
    return ordered


def _latin_hypercubes(m: int, n: int, n_params: int, rng: np.random.Generator) -> FloatArray:
    """`m` of them (m, n, n_params): each has one value of a parameter in each n-th of the unit interval."""
    shape = m, n, n_params
    places: FloatArray = (np.argsort(rng.random(shape), axis=1) + rng.random(shape)) / n
    return places


def _closeness(points: FloatArray, fixed: FloatArray) -> FloatArray:
    """phi_p^p (m,) of each of the sets of `points` (m, n, k), with `fixed` points (g, k) in all of them."""
    m, n, _ = points.shape
    lengths = np.einsum("mij,mij->mi", points, points)[:, :, None]
    among = lengths + lengths.transpose(0, 2, 1) - 2.0 * (points @ points.transpose(0, 2, 1))
    beside = lengths + np.einsum("ij,ij->i", fixed, fixed) - 2.0 * (points @ fixed.T)
    first, second = np.triu_indices(n, 1)
    squares = np.concatenate([among[:, first, second], beside.reshape(m, -1)], axis=1)
    found: FloatArray = (np.maximum(squares, _SMALLEST_SQUARE) ** (-_CLOSENESS_EXPONENT / 2)).sum(axis=1)
    return found
