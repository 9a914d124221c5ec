"""Random configurations that are not taken."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from numpy.typing import NDArray

from bbopt.space import Configuration, Space

__all__ = ["LARGEST_ENUMERATION", "untaken_rows"]

LARGEST_ENUMERATION = 100_000
"""A finite space of up to this many configurations is listed when draws keep meeting known ones."""

_DRAWS = 64
_ROUNDS = 16


def untaken_rows(
    space: Space, taken: Container[Configuration], rng: np.random.Generator, first_draws: int = 64
) -> NDArray[np.float64] | None:
    """Rows (n >= 1, n_params) of legal configurations that are not in `taken`, in random order.

    They are those of `first_draws` random ones that are free, and of more only where none of them is.

    None when a finite space has none left.  A large space in which many draws meet only known
    configurations counts as used up too.
    """
    for n_draws in (first_draws, *[_DRAWS] * _ROUNDS):
        rows = space.sample(n_draws, rng)
        free = [c not in taken for c in space.configurations(rows)]
        if any(free):
            return rows[free]
        if n_draws == _DRAWS and space.size <= LARGEST_ENUMERATION:
            break
    everything = space.enumerate_values(LARGEST_ENUMERATION)
    if everything is None:
        return None
    rows = everything[[c not in taken for c in space.configurations(everything)]]
    return rng.permutation(rows) if len(rows) else None
