"""Searches are compared on one thread each."""

from __future__ import annotations

import os

__all__ = ["single_threaded"]

_COUNTS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


def single_threaded() -> None:
    """Have numerical libraries use one thread in all processes that are started from here on."""
    os.environ.update(dict.fromkeys(_COUNTS, "1"))
