"""Texts to values: one option's text checked against its kind and domain."""

from __future__ import annotations

import math
import os
import re
import sys
from dataclasses import dataclass
from functools import cache

from bbopt.errors import InputError, nearest
from bbopt.java_numbers import LARGEST_DOUBLE, parse_double
from bbopt.options.assignments import Assignment
from bbopt.options.foreign_names import foreign_name
from bbopt.options.table import Kind, Option

__all__ = ["Value", "default_value", "parse_value"]

Value = bool | int | float | str | tuple[str, ...] | None

_INTERVAL = re.compile(r"([\[(])\s*([^,\s]+)\s*,\s*([^\])\s]+)\s*([\])])(?:\s*U\s*\{(.+)\})?")
_QUOTED = re.compile(r'"[^"]*"')
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_WORDS_FOR_NO_LIMIT = {"inf", "+inf", "infinity", "none", "null", "unlimited"}
_MOST_DIGITS = 4000  # Python reads 4,300
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_SHORTEST_ABBREVIATION = 4


@dataclass(frozen=True, slots=True)
class _Interval:
    low: float
    high: float
    includes_low: bool
    includes_high: bool
    also: tuple[float, ...]

    def __contains__(self, number: float) -> bool:
        above = number >= self.low if self.includes_low else number > self.low
        below = number <= self.high if self.includes_high else number < self.high
        return (above and below) or number in self.also


_EVERYTHING = _Interval(-math.inf, math.inf, False, False, ())


def parse_value(assignment: Assignment) -> Value:
    """The value that an assignment gives, None for the word AUTO.

    Raises InputError when it is not in the option's domain.
    """
    option, text = assignment.option, _without_quotes(assignment)
    _refuse_unencodable(assignment)
    word = next((w for w in option.words if w.partition("=")[0].lower() == text.lower()), None)
    if word is not None:
        return _meaning(word, option)
    value = _parse(option, text)
    if value is None:
        raise InputError(
            f"{assignment.title} can't have this value",
            place=assignment.place,
            got=repr(assignment.text),
            expected=_expectation(option),
            remedy=_remedy(option, text),
        )
    return value


def _refuse_unencodable(assignment: Assignment) -> None:
    """A file in UTF-8 may name what this process can't hand to the system: paths, commands."""
    if assignment.option.kind in {Kind.TEXTS, Kind.PAIRS}:
        return
    try:
        os.fsencode(assignment.text)
    except UnicodeEncodeError as error:
        raise InputError(
            f"{assignment.title} has a character that the locale can't encode",
            place=assignment.place,
            got=repr(assignment.text),
            expected=f"text in {sys.getfilesystemencoding()}",
            remedy="set a locale of UTF-8: LC_ALL=C.UTF-8, say",
        ) from error


def _meaning(word: str, option: Option) -> Value:
    """The value that a word besides the domain stands for."""
    if word == "max":
        return _upper_end(option)
    meaning = word.partition("=")[2]
    return _parse(option, meaning) if meaning else default_value(option)


def _without_quotes(assignment: Assignment) -> str:
    """The text without blanks and double quotes around all of it, as SMAC v2 reads it; free text as it is."""
    text = assignment.text.strip()
    if assignment.option.kind in {Kind.TEXT, Kind.TEXTS, Kind.PAIRS}:
        return assignment.text
    return text[1:-1] if _QUOTED.fullmatch(text) else text


@cache
def default_value(option: Option, *, as_smac2: bool = False) -> Value:
    """The value of `option` when none is given; None where there is no fixed one.

    `as_smac2` asks for SMAC v2's where ours is another.
    """
    if as_smac2 and option.smac2 is not None:
        return _parse(option, option.smac2)
    if option.default is not None:
        return _parse(option, option.default)
    if option.is_repeatable:
        return ()
    return False if option.kind is Kind.SWITCH else None


def _parse(option: Option, text: str) -> Value:
    """The value of `text`, None when it is outside the domain."""
    match option.kind:
        case Kind.FLAG | Kind.SWITCH:
            return _BOOLEANS.get(text.lower())
        case Kind.CHOICE:
            return _choice(text, _choices(option.domain))
        case Kind.INTEGER:
            is_one = _INTEGER.fullmatch(text) and len(text) <= _MOST_DIGITS
            return _bounded(int(text), option) if is_one else None
        case Kind.NUMBER:
            return _number(text, option)
        case Kind.TEXTS | Kind.PAIRS | Kind.FILES | Kind.PATHS:
            return (text,) if _is_one_of_several(text, option.kind) else None
        case _:
            return text if text or option.kind is Kind.TEXT else None


def _is_one_of_several(text: str, kind: Kind) -> bool:
    if kind is Kind.PAIRS:
        name, equals, _ = text.partition("=")
        return bool(name.strip() and equals)
    return bool(text) or kind is Kind.TEXTS


def _number(text: str, option: Option) -> float | None:
    try:
        return _bounded(parse_double(text), option)
    except ValueError:
        return None


def _bounded(number: float, option: Option) -> float | None:
    interval = _interval(option.domain, option.kind) if option.domain else _EVERYTHING
    return number if number in interval else None


def _choice(text: str, choices: tuple[str, ...]) -> str | None:
    """The choice meant: in full in any case, or its unmistakable beginning (old files say `qual`)."""
    lowered = text.lower()
    for choice in choices:
        if choice.lower() == lowered:
            return choice
    begun = [choice for choice in choices if choice.lower().startswith(lowered)]
    return begun[0] if len(begun) == 1 and len(text) >= _SHORTEST_ABBREVIATION else None


@cache
def _choices(domain: str) -> tuple[str, ...]:
    return tuple(choice.strip() for choice in domain.strip("{}").split(","))


@cache
def _interval(domain: str, kind: Kind) -> _Interval:
    match = _INTERVAL.fullmatch(domain)
    if match is None:
        raise ValueError(f"not an interval: {domain!r}")
    opening, low, high, closing, also = match.groups()
    bound = int if kind is Kind.INTEGER else parse_double
    extra = tuple(bound(part) for part in also.split(",")) if also else ()
    return _Interval(bound(low), bound(high), opening == "[", closing == "]", extra)


def _upper_end(option: Option) -> int | float:
    high = _interval(option.domain, option.kind).high
    return LARGEST_DOUBLE if math.isinf(high) else high


def _expectation(option: Option) -> str:
    expected, domain = _EXPECTED.get(option.kind, "some text"), option.domain
    if option.kind in {Kind.CHOICE, Kind.FLAG}:
        expected = f"one of {', '.join(_choices(domain))}"
    elif domain:
        expected += f" in {_closed(domain) if option.kind is Kind.INTEGER else domain}"
    unit = f" ({option.unit})" if option.unit else ""
    return expected + unit + "".join(f", or {word}" for word in option.extra_words)


_EXPECTED = {
    Kind.SWITCH: "no value, true or false",
    Kind.INTEGER: "an integer",
    Kind.NUMBER: "a number",
    Kind.PAIRS: "name=value",
    Kind.FILE: "a file",
    Kind.FILES: "a file",
    Kind.DIRECTORY: "a folder",
    Kind.PATH: "a file or a folder",
    Kind.PATHS: "a file or a folder",
    Kind.COMMAND: "a command",
}


def _closed(domain: str) -> str:
    """An interval of integers with its ends: `(0, 10]` as `[1, 10]`."""
    interval = _interval(domain, Kind.INTEGER)
    if interval.includes_low:
        return domain
    return f"[{int(interval.low) + 1}, {interval.high}]"


def _remedy(option: Option, text: str) -> str | None:
    if option.kind in {Kind.INTEGER, Kind.NUMBER}:
        return _number_remedy(option, text)
    if option.kind in {Kind.CHOICE, Kind.FLAG}:
        if foreign := foreign_name(text):
            return foreign.hint or foreign.remedy
        near = nearest(text.upper(), [choice.upper() for choice in _choices(option.domain)], limit=1)
        choice = _choice(near[0], _choices(option.domain)) if near else None
        return f"did you mean {choice}?" if choice else None
    return None


def _number_remedy(option: Option, text: str) -> str | None:
    if text.lower() in _WORDS_FOR_NO_LIMIT and "max" in option.words:
        return "write max, or leave it out"
    if _DECIMAL_COMMA.fullmatch(text):
        return f"decimals have a point: {text.replace(',', '.')}"
    if option.kind is Kind.INTEGER and not _INTEGER.fullmatch(text):
        return _written_out(text)
    return None


def _written_out(text: str) -> str | None:
    """How to write a number such as `1e3` as an integer."""
    try:
        number = parse_double(text)
    except ValueError:
        return None
    return (
        f"write {int(number)}" if number.is_integer() and abs(number) < 1e18 else "integers have no decimals"
    )
