"""Named random streams: every draw in bbopt comes from one of these, never from global state.

A stream is fixed by the run's seed, a name and counters, so that a resumed run continues with the same
numbers without any saved generator state, whatever PYTHONHASHSEED or the number of cores.
"""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, name: str, *counters: int) -> np.random.Generator:
    """The generator of the stream `name` at `counters`; equal arguments give equal draws.

    `seed` and the counters are non-negative.
    """
    # The number of counters is part of it: a seed sequence takes no notice of zeros at its end.
    entropy = (seed, zlib.crc32(name.encode()), len(counters), *counters)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
