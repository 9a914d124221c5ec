"""The wish to end a search, which may come at any moment, from a signal handler too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["LeftReading", "Stopping"]


class LeftReading(KeyboardInterrupt):
    """A signal came while earlier runs were read: nothing is under way yet, and nothing new was written."""


class Stopping:
    """Keeps the wish, and hands it to what is under way."""

    def __init__(self) -> None:
        self._hears: Callable[[str, int | None], None] | None = None
        self._is_reading = False
        self.wish: tuple[str, int | None] | None = None
        """The reason and the signal, once somebody has asked."""

    @property
    def signal(self) -> int | None:
        """The signal by which it was asked for, if it was one."""
        return None if self.wish is None else self.wish[1]

    def ask(self, reason: str, signal: int | None = None) -> None:
        """End what is under way soon, and what comes then at its beginning; LeftReading from `reading`."""
        self.wish = (reason, signal)
        if self._is_reading:
            self._leave_reading()
        if self._hears is not None:
            self._hears(reason, signal)

    def hand_to(self, hears: Callable[[str, int | None], None]) -> None:
        """From now on this one hears of the wish, also of one from before."""
        self._hears = hears
        if self.wish is not None:
            hears(*self.wish)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While earlier runs are read, which may take long, a signal raises LeftReading."""
        self._is_reading = True
        try:
            self._leave_reading()
            yield
        finally:
            self._is_reading = False

    def _leave_reading(self) -> None:
        if self.signal is not None:
            raise LeftReading(self.signal)
