"""Memory that is kept between the model's many short-lived arrays.

glibc returns what is free at the end of its heap to the system as soon as it is twice the largest block that
was freed so far of those that it got from the system one by one.  Matrices of a few hundred rows are just
large enough that it returns and gets the same pages again for almost every operation, which took a third of
the time of the model's hyperparameters.
"""

from __future__ import annotations

from functools import cache

import numpy as np

__all__ = ["keep_freed_memory"]

_LARGEST_BYTES = 16 * 2**20
"""Of a block; glibc has no regard for those of more than 32 MiB."""


@cache
def keep_freed_memory() -> None:
    """Have glibc keep up to 32 MiB; no more than an array that is never touched for other C libraries."""
    np.empty(_LARGEST_BYTES, dtype=np.uint8)
