"""Files for what is printed: one for all runs, line by line, and one for a single run, as it comes."""

from __future__ import annotations

import os

__all__ = ["OutputLog", "PlainLog", "write_all"]

_MAX_PIECE_BYTES = 64 * 1024


class OutputLog:
    """Appends one run's output to a file that other processes append to as well.

    Each write holds whole lines, with the run's prefix.  A failing write costs only a note.
    """

    def __init__(self, path: str, run_name: str) -> None:
        self.problem = ""
        self._prefixes = {name: f"[{run_name} {name}] ".encode() for name in ("stdout", "stderr")}
        self._unfinished = dict.fromkeys(self._prefixes, b"")
        self._fd = -1
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            self.problem = f"the process output can't be logged: {error}"

    def add(self, stream: str, chunk: bytes) -> None:
        """Log a piece of the output of `stream`, "stdout" or "stderr"."""
        head, line_break, rest = chunk.rpartition(b"\n")
        if line_break:
            self._write(stream, self._unfinished[stream] + head)
            self._unfinished[stream] = rest
        else:
            self._unfinished[stream] += rest
        if len(self._unfinished[stream]) > _MAX_PIECE_BYTES:
            self._flush(stream)

    def close(self) -> None:
        """Write what has no line end yet, and close the file."""
        for stream, unfinished in self._unfinished.items():
            if unfinished:
                self._flush(stream)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _flush(self, stream: str) -> None:
        unfinished, self._unfinished[stream] = self._unfinished[stream], b""
        self._write(stream, unfinished)

    def _write(self, stream: str, lines: bytes) -> None:
        if self._fd < 0:
            return
        prefix = self._prefixes[stream]
        try:
            write_all(self._fd, prefix + lines.replace(b"\n", b"\n" + prefix) + b"\n")
        except OSError as error:
            self.problem = f"the process output could not be logged completely: {error}"


class PlainLog:
    """Appends all that one run prints to a file of its own.  A failing write costs only a note."""

    def __init__(self, path: str) -> None:
        self.problem = ""
        self._fd = -1
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            self.problem = f"the run's output can't be written: {error}"

    def add(self, stream: str, chunk: bytes) -> None:
        """Write a piece of the output."""
        if self._fd < 0:
            return
        try:
            write_all(self._fd, chunk)
        except OSError as error:
            self.problem = f"the run's output could not be written completely: {error}"

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`, in as many pieces as that takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
