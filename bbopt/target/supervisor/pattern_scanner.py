"""Searching a run's output for regular expressions, line by line, in bounded memory and time."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bbopt.target.supervisor.findings import Finding
from bbopt.target.supervisor.metric_series import MetricSearch, MetricSeen, MetricSeries

__all__ = ["MAX_SEARCHED_BYTES", "PatternScanner"]

MAX_SEARCHED_BYTES = 4096
"""A longer line is searched up to here: a pattern may take time that grows with the square of it."""

_MOST_SEARCH_S = 1.0
"""CPU time, up to twice as much, to search a line: with some patterns it grows exponentially."""


class PatternScanner:
    """Keeps the last match of each pattern in streams of bytes, however these are cut into pieces.

    `metrics` has the courses of the values of metrics in the same lines; `finish` puts what came of them into
    `seen`, and into `torn_seen` where it is another with what has no end.
    `findings` are those in lines with an end, `torn_findings` those in what `finish` finds without one.
    Lines are numbered as they are completed, whichever stream they are in.  `problem` says why no more is
    searched, "" as long as all is; `has_cut_lines`, whether there were longer ones than are searched.  Used
    in the main thread.
    """

    def __init__(self, patterns: Sequence[str], metrics: Sequence[MetricSearch] = ()) -> None:
        self.metrics = [MetricSeries(search) for search in metrics]
        self.findings: list[Finding | None] = [None] * len(patterns)
        self.torn_findings: list[Finding | None] = [None] * len(patterns)
        self.seen: dict[str, MetricSeen] = {}
        self.torn_seen: dict[str, MetricSeen] = {}
        self.problem = ""
        self.has_cut_lines = False
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._n_lines = 0
        self._unfinished: dict[str, bytes] = {}

    @property
    def has_found(self) -> bool:
        """Whether any pattern has matched, or the optimised metric was printed."""
        has_matched = any(finding is not None for finding in self.findings)
        return has_matched or any(series.n for series in self.metrics if series.has_curve)

    def add(self, chunk: bytes, stream: str = "stdout") -> None:
        """Search the lines that the next piece of a stream completes."""
        if not (self._patterns or self.metrics) or self.problem:
            return
        begun = self._unfinished.get(stream, b"")
        *lines, unfinished = (begun + chunk).replace(b"\r", b"\n").split(b"\n")
        self._search_all(lines, self.findings)
        self._unfinished[stream] = unfinished[: MAX_SEARCHED_BYTES + 1]

    def finish(self) -> None:
        """The output is complete: what has no line end yet is a line too."""
        unfinished = [line for line in self._unfinished.values() if line]
        self.seen = {series.name: series.seen() for series in self.metrics}
        if not self.problem:
            self._search_all(unfinished, self.torn_findings)
            torn = {series.name: series.seen() for series in self.metrics} if unfinished else {}
            self.torn_seen = {name: seen for name, seen in torn.items() if seen != self.seen[name]}
        self._unfinished.clear()

    def _search_all(self, lines: Sequence[bytes], findings: list[Finding | None]) -> None:
        line_at_last_alarm = -1

        def give_up_a_line_that_takes_too_long(*_: object) -> None:
            nonlocal line_at_last_alarm
            if line_at_last_alarm == self._n_lines:
                raise _GivenUpError
            line_at_last_alarm = self._n_lines

        try:
            with _alarms(_MOST_SEARCH_S, give_up_a_line_that_takes_too_long):
                for line in lines:
                    self._search(line, findings)
        except _GivenUpError:
            self.problem = (
                f"searching line {self._n_lines} of the output for result-patterns took more than "
                f"{_MOST_SEARCH_S:g} s of CPU time; a pattern with nested repetitions may take for ever"
            )

    def _search(self, line: bytes, findings: list[Finding | None]) -> None:
        self._n_lines += 1
        text = self._searched_part(line).decode("utf-8", "replace")
        for number, pattern in enumerate(self._patterns):
            last = None
            for match in pattern.finditer(text):
                last = match
            if last is not None:
                findings[number] = Finding(self._n_lines, text, last.end(), _spans(last))
        for series in self.metrics:
            series.see(self._n_lines, text)

    def _searched_part(self, line: bytes) -> bytes:
        """The line, or as much of a long one as ends behind a word, lest the cut be in a number."""
        if len(line) <= MAX_SEARCHED_BYTES:
            return line
        self.has_cut_lines = True
        words = line[:MAX_SEARCHED_BYTES].rsplit(None, 1)
        return words[0] if len(words) > 1 else line[:MAX_SEARCHED_BYTES]


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


def _spans(match: re.Match[str]) -> dict[str, tuple[int, int]]:
    spans = {name: match.span(name) for name, text in match.groupdict().items() if text is not None}
    has_first = match.re.groups > 0 and match[1] is not None
    spans[""] = match.span(1) if has_first else (0, 0) if match.re.groups else match.span()
    return spans
