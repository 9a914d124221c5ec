"""The values of a metric as a run prints them: the one that counts, and their course, in bounded memory."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bbopt.target.found_numbers import UnusableError, found_number, missing_number
from bbopt.target.supervisor.findings import Finding

__all__ = [
    "MAX_NEWS",
    "MAX_POINTS",
    "STEP",
    "GrowingCurve",
    "MetricPlace",
    "MetricSearch",
    "MetricSeen",
    "MetricSeries",
]

MAX_POINTS = 1000
"""The most points of a curve."""

MAX_NEWS = 100
"""The most points of one message."""

STEP = "step"
"""The group of a pattern that matches the number of a step."""

_MARKED = "_"


class MetricPlace(NamedTuple):
    """Where a metric stands in a line: in the group of a regular expression, "" for the first one.

    `lacking` finds the lines that are meant for it and have no number, in a group named `_`; "" if unknown.
    Only lines with the text `literal` are searched.
    """

    regex: str
    group: str = ""
    lacking: str = ""
    literal: str = ""


class MetricSearch(NamedTuple):
    """A metric to look for; `take` says which of its values counts: last, first, min or max."""

    name: str
    places: Sequence[MetricPlace]
    take: str = "last"
    has_curve: bool = False


class MetricSeen(NamedTuple):
    """What was seen of a metric: the value that counts, or the problem with it; the course of `n` values."""

    value: float | None = None
    problem: str = ""
    remedy: str = ""
    n: int = 0
    steps: Sequence[int] = ()
    values: Sequence[float] = ()


class MetricSeries:
    """Takes in lines of output."""

    def __init__(self, search: MetricSearch) -> None:
        self.name = search.name
        self._take = search.take
        self._places = [_Place(*place) for place in search.places]
        self._value: float | None = None
        self._error: UnusableError | None = None
        self._is_spoilt = False
        self._curve = GrowingCurve() if search.has_curve else None
        self.news = GrowingCurve(MAX_NEWS)
        """The course since it was last told."""
        self.n = 0
        """How many values were printed so far."""

    @property
    def has_curve(self) -> bool:
        """Whether the course of the values is kept."""
        return self._curve is not None

    def see(self, number: int, text: str) -> None:
        """Search a line."""
        found = [match for place in self._places for match in place.matches(number, text, self._take)]
        for match in sorted(found, key=lambda match: match.at):
            try:
                self._add(match.number(self.name), match.step)
            except UnusableError as error:
                self._refuse(error)

    def seen(self) -> MetricSeen:
        """What came of it."""
        steps, values = self._curve.points() if self._curve else ((), ())
        if self._error is not None and (self._value is None or self._is_spoilt):
            return MetricSeen(None, str(self._error), self._error.remedy, self.n, steps, values)
        return MetricSeen(self._value, n=self.n, steps=steps, values=values)

    def _add(self, value: float, step: int | None) -> None:
        self.n += 1
        if self._curve:
            step = self.n if step is None else step
            self._curve.add(step, value)
            self.news.add(step, value)
        before = self._value
        if before is None or self._take == "last":
            self._value = value
        elif self._take != "first":
            self._value = min(before, value) if self._take == "min" else max(before, value)
        if self._take == "last":
            self._error = None

    def _refuse(self, error: UnusableError) -> None:
        """A last value that is none counts; among several, one that was not read whole spoils the choice."""
        if self._take == "last":
            self._value = None
        if not self._is_spoilt and not (self._take == "first" and self._value is not None):
            self._error, self._is_spoilt = error, self._take != "last" and bool(error.remedy)


class _Match:
    """A place in a line where the metric stands, or should."""

    def __init__(self, finding: Finding, group: str, regex: str, step: int | None) -> None:
        self._finding = finding
        self._group = group
        self._regex = regex
        self.step = step

    @property
    def at(self) -> tuple[int, bool]:
        """Where it begins; a number comes after the lack of one in the same place."""
        return self._finding.spans[self._group][0], self._group != _MARKED

    def number(self, name: str) -> float:
        if self._group == _MARKED:
            raise missing_number(name, self._finding, _MARKED)
        return found_number(name, self._finding, self._group, self._regex)


class _Place:
    """A MetricPlace, compiled."""

    def __init__(self, regex: str, group: str, lacking: str, literal: str) -> None:
        self._regex = re.compile(regex)
        self._lacking = re.compile(lacking) if lacking else None
        self._literal = literal
        step = self._regex.groupindex.get(STEP, 0)
        self._has_step = step > 0
        unnamed = 1 if step != 1 else 2
        self._group: str | int = group or (unnamed if self._regex.groups >= unnamed else 0)

    def matches(self, number: int, text: str, take: str) -> Iterator[_Match]:
        if self._literal not in text:
            return
        for match in self._regex.finditer(text):
            if match[self._group] is not None:
                finding = Finding(number, text, match.end(), {"": match.span(self._group)})
                yield _Match(finding, "", self._regex.pattern, self._step(match))
        if self._lacking is not None and take == "last":
            for match in self._lacking.finditer(text):
                finding = Finding(number, text, match.end(), {_MARKED: match.span(_MARKED)})
                yield _Match(finding, _MARKED, "", None)

    def _step(self, match: re.Match[str]) -> int | None:
        if self._has_step and match[STEP] is not None:
            with contextlib.suppress(ValueError):
                return int(match[STEP])
        return None


class GrowingCurve:
    """Points in their order, every second one of which is left out when there are `most`.

    A step that comes again has its last value.
    """

    def __init__(self, most: int = MAX_POINTS) -> None:
        self._most = most
        self.last: tuple[int, float] | None = None
        self._kept: list[tuple[int, float]] = []
        self._every = 1
        self._n = 0

    def add(self, step: int, value: float) -> None:
        """The next point."""
        if self.last is not None and self.last[0] != step:
            self._keep(self.last)
        self.last = (step, value)

    def points(self) -> tuple[Sequence[int], Sequence[float]]:
        """The steps, and the values there."""
        points = self._kept if self.last is None else [*self._kept, self.last]
        return [step for step, _ in points], [value for _, value in points]

    def _keep(self, point: tuple[int, float]) -> None:
        if self._n % self._every == 0:
            self._kept.append(point)
        self._n += 1
        if len(self._kept) == self._most:
            del self._kept[1::2]
            self._every *= 2
