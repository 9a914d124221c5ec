"""Searching a run's output for regular expressions, line by line, in bounded memory and time."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

__all__ = ["MAX_SEARCHED_BYTES", "Finding", "PatternScanner"]

MAX_SEARCHED_BYTES = 4096
"""A longer line is searched up to here: a pattern may take time that grows with the square of it."""

_MOST_SEARCH_S = 1.0
"""CPU time, up to twice as much, to search a line: with some patterns it grows exponentially."""

Finding = tuple[int, dict[str, str]]
"""The number of the line, and what the groups of the pattern matched.

The entry "" is its first group, or all that matched if it has none.
"""


class PatternScanner:
    """Keeps the last match of each pattern in a stream of bytes, however that is cut into pieces.

    `problem` says why no more is searched, "" as long as all is.  Used in the main thread.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self.findings: list[Finding | None] = [None] * len(patterns)
        self.problem = ""
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._n_lines = 0
        self._unfinished = b""

    @property
    def has_found(self) -> bool:
        """Whether any pattern has matched."""
        return any(finding is not None for finding in self.findings)

    def add(self, chunk: bytes) -> None:
        """Search the lines that the next piece of output completes."""
        if not self._patterns or self.problem:
            return
        *lines, unfinished = (self._unfinished + chunk).replace(b"\r", b"\n").split(b"\n")
        self._search_all(lines)
        self._unfinished = unfinished[:MAX_SEARCHED_BYTES]

    def finish(self) -> None:
        """The output is complete: what has no line end yet is a line too."""
        if self._unfinished and not self.problem:
            self._search_all([self._unfinished])
        self._unfinished = b""

    def _search_all(self, lines: Sequence[bytes]) -> None:
        line_at_last_alarm = -1

        def give_up_a_line_that_takes_too_long(*_: object) -> None:
            nonlocal line_at_last_alarm
            if line_at_last_alarm == self._n_lines:
                raise _GivenUpError
            line_at_last_alarm = self._n_lines

        try:
            with _alarms(_MOST_SEARCH_S, give_up_a_line_that_takes_too_long):
                for line in lines:
                    self._search(line)
        except _GivenUpError:
            self.problem = (
                f"searching line {self._n_lines} of the output for result-patterns took more than "
                f"{_MOST_SEARCH_S:g} s of CPU time; a pattern with nested repetitions may take for ever"
            )

    def _search(self, line: bytes) -> None:
        self._n_lines += 1
        text = line[:MAX_SEARCHED_BYTES].decode("utf-8", "replace")
        for number, pattern in enumerate(self._patterns):
            last = None
            for match in pattern.finditer(text):
                last = match
            if last is not None:
                self.findings[number] = (self._n_lines, _groups(last))


class _GivenUpError(Exception):
    """A line was not searched to its end."""


@contextmanager
def _alarms(interval_s: float, ring: Callable[..., None]) -> Iterator[None]:
    """Call `ring` inside whenever this process has used so much CPU time; even matching is interrupted."""
    signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, interval_s, interval_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)


def _groups(match: re.Match[str]) -> dict[str, str]:
    found = {name: text for name, text in match.groupdict().items() if text is not None}
    found[""] = (match[1] or "") if match.re.groups else match[0]
    return found
