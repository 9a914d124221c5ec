"""Standard output and error of a command: closed ones, and those whose reader goes away."""

from __future__ import annotations

import contextlib
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["open_standard_streams", "outlive_the_output"]

_STANDARD_FDS = range(3)


class _Output(io.TextIOWrapper):
    """Raises OutputError once, when writing fails, or never where the command `outlives` it.

    From then on what is written goes nowhere, also what Python flushes at its end.
    """

    outlives = False

    def write(self, text: str) -> int:
        """See TextIOWrapper."""
        try:
            return super().write(text)
        except OSError as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        """See TextIOWrapper."""
        try:
            super().flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
        if not self.outlives:
            from bbopt.errors import OutputError

            name = "standard output" if self.fileno() == 1 else "standard error"
            raise OutputError(name, error) from error


def open_standard_streams() -> None:
    """Let standard output and error be streams to count on, also where the command was given closed ones.

    The next files that are opened would get the numbers of those.
    """
    for fd in _STANDARD_FDS:
        try:
            os.fstat(fd)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest free number: this one
    sys.stdout = _output(sys.stdout, 1)
    sys.stderr = _output(sys.stderr, 2)


def outlive_the_output() -> None:
    """The command has more to do than to print: a terminal that is gone, or a full disk, does not end it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, _Output):
            stream.outlives = True


def _output(stream: TextIO | None, fd: int) -> TextIO:
    """`stream` so that it can show whatever a target prints."""
    if stream is None:
        return _Output(open(fd, "wb", closefd=False), "utf-8", "backslashreplace")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    return _Output(
        stream.buffer, stream.encoding, "backslashreplace",
        line_buffering=stream.line_buffering, write_through=stream.write_through,
    )  # fmt: skip
