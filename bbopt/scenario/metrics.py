"""The metrics of a run: where they stand in the output, which one is optimised, and limits of others."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bbopt.errors import InputError, Place, Problems, did_you_mean, nearest
from bbopt.java_numbers import parse_double
from bbopt.options import OptionValues
from bbopt.scenario.call_templates import place_within
from bbopt.scenario.result_patterns import (
    QUALITY,
    RESERVED,
    ResultPattern,
    compile_pattern,
    refuse_number_without_group,
    refuse_quotes,
)

__all__ = [
    "STEP",
    "MetricLimit",
    "MetricPattern",
    "MetricSettings",
    "is_maximised",
    "quality_patterns",
    "read_metrics",
]

STEP = "step"
"""The group of a pattern that matches the number of a step."""

_TAKES = ("last", "min", "max", "first")
_NAME = r"\w[\w./@%+-]*"
_NAMED = re.compile(rf"(?P<name>{_NAME})\s*:\s+(?P<regex>.+)")
_LOOKS_NEGATED = re.compile(rf"-({_NAME})\s*:\s")
_TAKE = re.compile(rf"(?:(?P<name>{_NAME})\s*:\s*)?(?P<take>\w+)")
_LIMIT = re.compile(rf"(?P<name>{_NAME})\s*(?P<sign><=|>=|<|>)\s*(?P<bound>\S+)")
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class MetricPattern:
    """A regular expression whose `group`, "" for the first one, is the metric; the group `step` may count."""

    name: str
    regex: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class MetricLimit:
    """What a metric must be for its run to count."""

    name: str
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.bound:g}"

    def is_kept_by(self, value: float) -> bool:
        """Whether the value is within the limit."""
        return bool(_SIGNS[self.sign](value, self.bound))


@dataclass(frozen=True, slots=True)
class MetricSettings:
    """What is known of the metrics of a run.

    optimised: the name of the one that is the quality; "" where the answer has the quality otherwise.
    is_maximised: whether larger qualities are better.
    takes: last, min, max or first for metrics that are printed many times; last where nothing is said.
    """

    optimised: str = ""
    is_maximised: bool = False
    patterns: tuple[MetricPattern, ...] = ()
    takes: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[MetricLimit, ...] = ()

    @property
    def are_wanted(self) -> bool:
        """Whether any is looked for."""
        return bool(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Each metric that is looked for once, the optimised one first."""
        named = [self.optimised, *self.takes, *(limit.name for limit in self.limits)]
        return tuple(dict.fromkeys(name for name in (*named, *self._with_patterns) if name))

    @property
    def _with_patterns(self) -> tuple[str, ...]:
        return tuple(pattern.name for pattern in self.patterns)

    def patterns_of(self, name: str) -> tuple[MetricPattern, ...]:
        """The patterns that find a metric; none for one that is looked for in the usual forms."""
        return tuple(pattern for pattern in self.patterns if pattern.name == name)


def is_maximised(context: Mapping[str, str]) -> bool:
    """Whether a record with this context has qualities that were negated."""
    patterns = context.get("result-pattern", "").splitlines()
    return context.get("maximize") == "true" or any(text.startswith(f"-{QUALITY}") for text in patterns)


def read_metrics(values: OptionValues, results: Sequence[ResultPattern]) -> MetricSettings:
    """What the options say; `results` may find a quality.

    InputErrors has all that can't be used.
    """
    problems = Problems()
    patterns = problems.attempt(lambda: _patterns(values.placed_texts("metric-pattern"))) or ()
    patterns = (*quality_patterns(results), *patterns)
    optimised = problems.attempt(lambda: _optimised(values, patterns)) or ""
    takes = problems.attempt(lambda: dict(_takes(values.placed_texts("metric-take"), optimised))) or {}
    limits = problems.attempt(lambda: tuple(_limit(*at) for at in values.placed_texts("metric-limit"))) or ()
    problems.raise_if_any()
    negated = any(pattern.is_negated for pattern in results)
    return MetricSettings(
        optimised,
        negated or values.flag("maximize"),
        patterns,
        takes,
        limits,
    )


def quality_patterns(results: Sequence[ResultPattern]) -> Iterator[MetricPattern]:
    """The metric that result-patterns call quality."""
    for pattern in results:
        if QUALITY in pattern.meanings:
            yield MetricPattern(QUALITY, pattern.regex, "" if pattern.meaning else QUALITY)


def _optimised(values: OptionValues, patterns: Sequence[MetricPattern]) -> str:
    name = values.optional_text("metric")
    names = [pattern.name for pattern in patterns]
    if name is None:
        return QUALITY if QUALITY in names else ""
    place = values.place("metric")
    if not re.fullmatch(_NAME, name):
        raise InputError(
            "metric is the name of what is optimised",
            place=place,
            got=name,
            expected="a name without blanks, such as val_loss",
            remedy="say where it stands in the output by metric-pattern = NAME: regular expression",
        )
    _refuse_reserved(name, place)
    if QUALITY in names and name != QUALITY:
        raise InputError(
            f"metric = {name}, but a pattern finds the quality, which is what is optimised",
            place=place,
            remedy=f"give the pattern the name {name}, as metric-pattern = {name}: regular expression",
        )
    return name


def _patterns(texts: Sequence[tuple[str, Place]]) -> tuple[MetricPattern, ...]:
    return tuple(pattern for text, place in texts for pattern in _parse(text, place))


def _parse(text: str, place: Place) -> Iterator[MetricPattern]:
    r"""`val_loss: loss (\S+)`, or `loss (?P<val_loss>\S+)`; `(?P<step>\d+)` in either."""
    option = "metric-pattern"
    refuse_quotes(option, text, text, place)
    named = _NAMED.fullmatch(text)
    if named is not None:
        name, regex = named["name"], named["regex"]
        refuse_quotes(option, regex, text, place)
        groups = compile_pattern(option, regex, text, place_within(place, named.start("regex"))).groupindex
        if not set(groups) - {STEP}:
            _refuse_reserved(name, place)
            refuse_number_without_group(option, name, regex, text, place)
            yield MetricPattern(name, regex)
            return
    found = [name for name in compile_pattern(option, text, text, place).groupindex if name != STEP]
    if not found:
        raise InputError(
            "metric-pattern does not say which metric it finds",
            place=place,
            got=text,
            expected=r"NAME: regular expression, or named groups such as (?P<val_loss>\S+)",
            remedy=_remedy(text),
        )
    for name in found:
        _refuse_reserved(name, place)
        yield MetricPattern(name, text, name)


def _remedy(text: str) -> str:
    negated = _LOOKS_NEGATED.match(text)
    if negated:
        return f"write {text[1:]}, and maximize = true where larger values of {negated[1]} are better"
    return f"write val_loss: {text}, say"


def _refuse_reserved(name: str, place: Place) -> None:
    if name == STEP or (name in RESERVED and name != QUALITY):
        remedy = f"result-pattern = {name}: regular expression" if name != STEP else ""
        raise InputError(
            f"{name} is no name for a metric: it means something else in patterns",
            place=place,
            remedy=f"choose another one{f', or write {remedy}' if remedy else ''}",
        )


def _takes(texts: Sequence[tuple[str, Place]], optimised: str) -> Iterator[tuple[str, str]]:
    for text, place in texts:
        match = _TAKE.fullmatch(text.strip())
        if match is None or match["take"].lower() not in _TAKES:
            near = nearest(match["take"].lower(), _TAKES, limit=1) if match else []
            raise InputError(
                "metric-take can't be read",
                place=place,
                got=text,
                expected=f"{', '.join(_TAKES)}, or for one metric NAME: max, say",
                remedy=did_you_mean(near),
            )
        name = match["name"] or optimised
        if not name:
            raise InputError(
                "metric-take does not say of which metric",
                place=place,
                got=text,
                expected=f"NAME: {text.strip()}, or metric = NAME beside it",
            )
        yield name, match["take"].lower()


def _limit(text: str, place: Place) -> MetricLimit:
    match = _LIMIT.fullmatch(text.strip())
    if match is None:
        raise InputError(
            "metric-limit can't be read",
            place=place,
            got=text,
            expected="a metric, one of < <= > >=, and a number: latency < 20",
        )
    _refuse_reserved(match["name"], place)
    try:
        return MetricLimit(match["name"], match["sign"], parse_double(match["bound"]))
    except ValueError:
        raise InputError(
            "metric-limit has no number",
            place=place_within(place, match.start("bound")),
            got=match["bound"],
            expected="a number: latency < 20",
        ) from None
