"""How much of the time the model may take, where target runs are shorter than its own work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Pace"]

_CREDIT_S = 0.5
"""The first work after a beginning may be dearer than what follows."""


class Pace:
    """Allows work on the model while it took less than a share of the time since it was first asked.

    Where a run takes longer than the model's work for it, by the ratio of 1 - share to share, all work is
    allowed and time decides nothing.
    """

    def __init__(self, share: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self._share = share
        self._clock = clock
        self._begin: float | None = None
        self._spent_s = 0.0

    @property
    def allows(self) -> bool:
        """Whether the model may be worked on now."""
        if self._begin is None:
            self._begin = self._clock()
        return self._spent_s <= self._share * (self._clock() - self._begin) + _CREDIT_S

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what is done inside as work on the model."""
        begin = self._clock()
        try:
            yield
        finally:
            if self._begin is not None:
                self._spent_s += self._clock() - begin
