"""Output of commands that have more to do than to print: a terminal that is gone does not end them."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO, cast

from rich.console import Console

__all__ = ["discard", "lasting_console"]


def lasting_console() -> Console:
    """Standard output, and nothing from the moment on when it can't be written to."""
    return Console(file=cast(TextIO, _Onlookers(sys.stdout)), highlight=False)


def discard(stream: TextIO) -> None:
    """Have everything that is still written to `stream` go nowhere, also what Python flushes at its end."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class _Onlookers(io.TextIOBase):
    """Passes on what is written, until that fails."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of the stream."""
        return self._stream.encoding

    def write(self, text: str) -> int:
        """See TextIO."""
        try:
            return self._stream.write(text)
        except OSError:
            discard(self._stream)
            return len(text)

    def flush(self) -> None:
        """See TextIO."""
        try:
            self._stream.flush()
        except OSError:
            discard(self._stream)

    def isatty(self) -> bool:
        """See TextIO."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """See TextIO."""
        return self._stream.fileno()
