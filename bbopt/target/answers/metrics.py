"""The metrics of a run: what to look for in its output, and what was found there and in its results file."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bbopt.scenario.metric_lines import metric_line
from bbopt.scenario.metrics import STEP, MetricPattern, MetricSettings
from bbopt.target.answers.metric_texts import metrics_in, metrics_in_lines
from bbopt.target.found_numbers import UnusableError
from bbopt.target.supervisor.metric_series import MetricPlace, MetricSearch, MetricSeen
from bbopt.target.supervisor.pattern_scanner import MAX_SEARCHED_BYTES
from bbopt.target.supervisor.wire import SupervisedRun

__all__ = ["MetricReader", "Metrics"]

_N_SHOWN = 10
_N_LINES_NEAR_END = 50
_NUMBER = r"[+-]?(?:\.?[0-9]|(?i:nan|inf|none|null)\b)"
_COLOUR = r"(?:\x1b\[[0-9;]*m)*"
_USUAL_VALUE = rf"{_COLOUR}[\"']?(?:[\w.]+\()?({_NUMBER}[^\s,;%()\[\]{{}}\"'\x08\x1b]*)"
_STEP_WORD = r"\b(?i:epoch|step|iter|iteration)\b[\"']?\s{0,3}[:=]?\s{0,3}\[?"
_USUAL_STEP = rf"^(?:(?=.*?{_STEP_WORD}(?P<{STEP}>[0-9]+)))?.*"
_NAMED_NUMBER = re.compile(rf"(?<![\w./@%-])([A-Za-z_][\w./@%-]*)[\"']?(?:\s*[:=]\s*|\t){_NUMBER}")


class Metrics:
    """The metrics of one run, as the program tells them."""

    def __init__(
        self,
        values: Mapping[str, float],
        problems: Mapping[str, UnusableError],
        others: Callable[[], str],
    ) -> None:
        """`problems` says why some have no value, `others` what else was found, or not."""
        self.values = values
        self._problems = problems
        self._others = others

    def __contains__(self, name: object) -> bool:
        return name in self.values or name in self._problems

    def number(self, name: str) -> float:
        """The finite value; UnusableError where there is none."""
        if name in self.values:
            return self.values[name]
        if name in self._problems:
            raise self._problems[name]
        raise self.missing(name)

    def missing(self, name: str) -> UnusableError:
        """The error where nothing of the name was found."""
        return UnusableError(f"no {name} was found in the output{self._others()}")


@dataclass(frozen=True)
class MetricReader:
    """Looks for the metrics of `settings`; immutable, can be pickled."""

    settings: MetricSettings = field(default_factory=MetricSettings)

    @cached_property
    def searches(self) -> tuple[MetricSearch, ...]:
        """What to search the output for."""
        return tuple(
            MetricSearch(
                name,
                [_place(pattern) for pattern in self.settings.patterns_of(name)] or [_usual_place(name)],
                self.settings.takes.get(name, "last"),
                name == self.settings.optimised,
            )
            for name in self.settings.names
        )

    @property
    def forms(self) -> list[str]:
        """What a line with the optimised metric has, to be shown to a user."""
        name = self.settings.optimised
        patterns = [f"/{pattern.regex}/" for pattern in self.settings.patterns_of(name)]
        return patterns or ([f"{name}: NUMBER", f"{name}=NUMBER"] if name else [])

    def read(self, run: SupervisedRun) -> Metrics:
        """What was found: by post-processing, else in the results file, else in the output."""
        values: dict[str, float] = {}
        problems: dict[str, UnusableError] = {}
        for name, seen in run.seen.items():
            if seen.value is not None:
                values[name] = seen.value
            elif seen.problem:
                problems[name] = UnusableError(seen.problem, self._remedy(name, seen))
        unreadable = ""
        try:
            _overrule(values, problems, metrics_in(run.results), "in the results file")
        except UnusableError as error:
            unreadable = f", and the results file can't be read: {error}"
        try:
            _overrule(values, problems, metrics_in_lines(run.post_output), "that post-process has printed")
        except UnusableError as error:
            if run.exit_status == 0:  # otherwise it had nothing to work on
                wrong = UnusableError(f"what post-process has printed can't be read: {error}", error.remedy)
                values.clear()  # whoever has a post-processing wants its word
                problems.update(dict.fromkeys(self.settings.names, wrong))
        in_order = {name: values[name] for name in (*self.settings.names, *values) if name in values}
        return Metrics(in_order, problems, lambda: unreadable or _others(run, values))

    def _remedy(self, name: str, seen: MetricSeen) -> str:
        if seen.remedy and not self.settings.patterns_of(name):
            return f"print a plain number, or add metric-pattern = {name}: what stands around it (\\S+)"
        return seen.remedy


def _overrule(
    values: dict[str, float], problems: dict[str, UnusableError], found: Mapping[str, float], where: str
) -> None:
    """Take what was found there in place of what is known."""
    for name, value in found.items():
        values.pop(name, None)
        problems.pop(name, None)
        if math.isfinite(value):
            values[name] = value
        else:
            problems[name] = UnusableError(f"the {name} {where} is {value:g}")


def _place(pattern: MetricPattern) -> MetricPlace:
    groups = frozenset(re.compile(pattern.regex).groupindex)
    names = groups - {STEP} if pattern.group else frozenset({""})
    has_step_first = STEP in groups and not pattern.group
    lacking = None if has_step_first else metric_line(pattern.regex, names)
    return MetricPlace(pattern.regex, pattern.group, lacking or "")


def _usual_place(name: str) -> MetricPlace:
    r"""`NAME: x`, `NAME=x`, `NAME<TAB>x`, also in JSON and where Keras prints it, with the number of a step.

    So Syne Tune's `[tune-metric]: {"NAME": x, "epoch": 3}` is read as well.
    """
    regex = rf"{_USUAL_STEP}(?<![\w./-]){re.escape(name)}[\"']?{_COLOUR}(?:\s*[:=]\s*|\t\s*){_USUAL_VALUE}"
    return MetricPlace(regex, literal=name)


def _others(run: SupervisedRun, values: Mapping[str, float]) -> str:
    """What else was found, for a message that something was not."""
    names = dict.fromkeys([*values, *_named_in(run.tail.splitlines()[-_N_LINES_NEAR_END:])])
    limit = f" (only the first {MAX_SEARCHED_BYTES} characters of a line are searched)"
    shown = ", ".join([*names][:_N_SHOWN]) + (", ..." if len(names) > _N_SHOWN else "")
    return (f"; found were {shown}" if names else "") + (limit if run.has_cut_lines else "")


def _named_in(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        for match in _NAMED_NUMBER.finditer(line[:MAX_SEARCHED_BYTES]):
            yield match[1]
