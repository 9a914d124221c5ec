"""Waiting for runs: until when, and how one is woken before."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import time
from collections.abc import Callable
from typing import TypeVar

from bbopt.errors import UnavailableError
from bbopt.once import Once

__all__ = ["Deadline", "Patience", "Pauses", "WakePipe"]

_LOG = logging.getLogger(__name__)
T = TypeVar("T")

_LONGEST_SLEEP_S = 1.0
_SHORTEST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.2
_PATIENCE_S = 600.0
"""A database that can't be reached for so long ends a search or a worker, as where runs are kept."""


class Deadline:
    """`timeout_s` seconds from now, or never (None), reached in short sleeps: no signal goes unnoticed.

    Python runs a signal's handler only between instructions of the main thread.  A signal that comes after
    the last of them, when the system call that waits has not begun yet, or that another thread is given,
    does not end the call: the handler runs when the call has returned by itself.
    """

    def __init__(self, timeout_s: float | None) -> None:
        self._at_s = None if timeout_s is None else time.monotonic() + timeout_s

    @property
    def is_over(self) -> bool:
        """Whether there is no time left."""
        return self._at_s is not None and time.monotonic() >= self._at_s

    def next_sleep_s(self) -> float:
        """How long to wait before looking again whether it is over."""
        if self._at_s is None:
            return _LONGEST_SLEEP_S
        return min(_LONGEST_SLEEP_S, max(0.0, self._at_s - time.monotonic()))


class WakePipe:
    """A pipe to one's own process: who polls `fileno()` hears what any thread or signal handler writes.

    Words are single bytes, and neither end ever blocks.
    """

    def __init__(self) -> None:
        """Open it; OSError when there are no file descriptors left."""
        self._read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        os.set_blocking(self._write_fd, False)

    def fileno(self) -> int:
        """Readable while there are words."""
        return self._read_fd

    def write_fileno(self) -> int:
        """For somebody else who leaves words, as `signal.set_wakeup_fd` does."""
        return self._write_fd

    def write(self, word: bytes = b"\0") -> None:
        """Leave a word; nothing happens when the pipe is full, whose reader will wake anyhow, or closed."""
        with contextlib.suppress(OSError):
            os.write(self._write_fd, word)

    def wait(self, timeout_s: float) -> bool:
        """Wait until there are words, and say whether there are."""
        return bool(select.select([self._read_fd], [], [], timeout_s)[0])

    def read(self) -> bytes:
        """Take the words that were left."""
        with contextlib.suppress(BlockingIOError):
            return os.read(self._read_fd, 4096)
        return b""

    def close(self) -> None:
        """Close both ends; once only."""
        os.close(self._read_fd)
        os.close(self._write_fd)
        self._write_fd = -1  # the number may soon be another file's, and `write` comes at any time


class Pauses:
    """How long to wait between two looks: a twentieth of what was waited so far, so that little is lost.

    Never less than a look takes, or those who look would keep those whom they wait for from their work.
    """

    def __init__(self, longest_s: float = _LONGEST_PAUSE_S) -> None:
        self._longest_s = longest_s
        self._since_s = self._looking_since_s = time.monotonic()

    def begin(self) -> None:
        """Something has happened: more may come soon."""
        self._since_s = time.monotonic()

    def rest(self) -> None:
        """Nothing can happen for a while."""
        self._since_s = time.monotonic() - 20 * self._longest_s

    def look(self) -> None:
        """A look begins."""
        self._looking_since_s = time.monotonic()

    @property
    def next_s(self) -> float:
        """Until the next look, when one has ended."""
        now_s = time.monotonic()
        look_s, waited_s = now_s - self._looking_since_s, now_s - self._since_s
        return min(self._longest_s, max(_SHORTEST_PAUSE_S, look_s, waited_s / 20))


class Patience:
    """What is asked of a database may find it out of reach, for ten minutes; people are told once.

    Other news that are told once until it is reached again, `is_news` remembers.
    """

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self._unavailable_since_s: float | None = None
        self._told = Once()
        self.is_endless = False

    def attempt(self, what: Callable[[], T]) -> T | None:
        """What it gives, or None where the database can't be reached; UnavailableError after too long."""
        began_s = time.monotonic()
        try:
            done = what()
        except UnavailableError as error:
            since_s = self._unavailable_since_s = self._unavailable_since_s or began_s
            if time.monotonic() - since_s > _PATIENCE_S and not self.is_endless:
                raise
            if self.is_news("unavailable"):
                _LOG.warning("%s; trying again", error.what)
            self._pauses.rest()
            return None
        self._unavailable_since_s = None
        self._told = Once()
        return done

    def is_news(self, what: str) -> bool:
        """Whether it was not told since the database was reached last."""
        return self._told.is_news(what)
