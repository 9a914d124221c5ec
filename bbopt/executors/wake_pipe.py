"""A pipe to one's own process: whoever waits for events hears of it, from any thread or signal handler."""

from __future__ import annotations

import contextlib
import os

__all__ = ["WakePipe"]


class WakePipe:
    """Single bytes for whoever polls `fileno()`; neither end ever blocks."""

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
