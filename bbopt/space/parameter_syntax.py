"""Lines that declare a parameter, in the old and the new syntax."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from bbopt.errors import FileProblems, did_you_mean, nearest
from bbopt.space.declarations import Parameter, ParameterKind
from bbopt.space.distribution_syntax import (
    OLD_LOG,
    Range,
    Words,
    distribution_of,
    read_words,
    refuse_off_grid,
    refuse_too_fine,
)
from bbopt.space.source_text import FaultError, SourceLine, number_at
from bbopt.space.usual_slips import range_remedy, torn_value, type_meant, value_remedy

__all__ = ["declared_name", "is_declaration", "parse_parameter", "split_values"]

_TYPES = {kind.value: kind for kind in ParameterKind}
_HEAD = re.compile(r"\s*(?P<name>[^\s{}\[\]]+)(?:\s+(?P<type>" + "|".join(_TYPES) + r"))?\s*(?P<open>[\[{])")
_HEAD_OF_UNKNOWN_TYPE = re.compile(
    r"\s*(?P<name>[^\s{}\[\]|]+)\s+"
    r"(?P<type>(?:" + "|".join(_TYPES) + r")(?=\s|$)|[^\s{}\[\]|]+(?=\s*[\[{(]))"
)
_NUMBERS = re.compile(r"\[(?P<bounds>[^\[\]]*)\](?:\s*\[(?P<default>[^\[\]]*)\](?P<rest>.*))?$")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EXACT_BELOW = 2.0**53
"""Every smaller whole number is a double."""

_EXAMPLES = {
    ParameterKind.CATEGORICAL: "name categorical {a, b} [a]",
    ParameterKind.ORDINAL: "name ordinal {low, high} [low]",
    ParameterKind.INTEGER: "name integer [1, 100] [50]",
    ParameterKind.REAL: "name real [0.1, 10] [1.0]",
}
_OLD_LIST = "name {a, b} [a]"
_OLD_RANGE = "name [0.1, 10] [1.0]"


def is_declaration(text: str) -> bool:
    """True when a line looks like a parameter's, well-formed or not."""
    return bool(_HEAD.match(text) or ("|" not in text and _HEAD_OF_UNKNOWN_TYPE.match(text)))


def declared_name(text: str) -> str:
    """The name that such a line declares."""
    match = _HEAD.match(text) or _HEAD_OF_UNKNOWN_TYPE.match(text)
    return match["name"] if match else ""


def parse_parameter(line: SourceLine, problems: FileProblems) -> Parameter | None:
    """The parameter that a line declares, or None after noting what is wrong."""
    try:
        return _parameter(line)
    except FaultError as fault:
        problems.note(line.number, fault.column, fault)
        return None


def _parameter(line: SourceLine) -> Parameter:
    head = _HEAD.match(line.text)
    if head is None:
        match = _HEAD_OF_UNKNOWN_TYPE.match(line.text)
        word, column = (match["type"], match.start("type")) if match else (line.text.strip(), 0)
        if word in _TYPES:
            column = match.end("type") if match else 0
            raise FaultError(
                column,
                "malformed range or list of values",
                got=line.text[column:].strip() or "end of line",
                expected=_EXAMPLES[_TYPES[word]],
                remedy=range_remedy(line.text[column:]),
            )
        raise FaultError(
            column,
            "unknown parameter type",
            got=word,
            expected=", ".join(_TYPES),
            remedy=did_you_mean([meant] if (meant := type_meant(word)) else nearest(word.lower(), _TYPES)),
        )
    if not head["name"].isprintable():
        raise FaultError(
            head.start("name"), "unprintable character in a name", got=repr(head["name"]), expected="a name"
        )
    kind = _TYPES[head["type"]] if head["type"] else None
    opens_list = head["open"] == "{"
    if kind is not None and kind.is_discrete != opens_list:
        raise FaultError(
            head.start("open"),
            f"{kind.value} needs {'values in braces' if kind.is_discrete else 'a range in brackets'}",
            got=line.text[head.start("open") :],
            expected=_EXAMPLES[kind],
        )
    if opens_list:
        return _discrete(line, head, kind or ParameterKind.CATEGORICAL, is_old=kind is None)
    return _number(line, head, kind)


def split_values(text: str, start: int) -> list[tuple[str, int]]:
    """The values between commas with their 0-based columns; a last empty one is left out.

    `start` is the column of the text's first character.
    """
    values: list[tuple[str, int]] = []
    column = start
    for item in text.split(","):
        values.append((item.strip(), column + len(item) - len(item.lstrip())))
        column += len(item) + 1
    if len(values) > 1 and not values[-1][0]:
        values.pop()
    return values


def _discrete(line: SourceLine, head: re.Match[str], kind: ParameterKind, *, is_old: bool) -> Parameter:
    text, start = line.text, head.end()
    example = _OLD_LIST if is_old else _EXAMPLES[kind]
    end = text.find("}", start)
    if end < 0:
        raise FaultError(len(text), "the list of values is not closed", got=text[start - 1 :], expected="}")
    values = split_values(text[start:end], start)
    _check_values(head["name"], values)
    rest = text[end + 1 :].strip()
    column = text.index(rest, end + 1)
    trailing = rest.rpartition("]")[2].strip() if rest.startswith("[") and "]" in rest else ""
    if trailing:
        raise FaultError(
            text.rindex(trailing),
            "unexpected text after the default",
            got=trailing,
            expected="the end of the line",
            remedy="only integers and reals have a scale, a distribution or steps",
        )
    if not (rest.startswith("[") and rest.endswith("]")):
        raise FaultError(column, "no default after the values", got=rest or "end of line", expected=example)
    default = rest[1:-1].strip()
    choices = [value for value, _ in values]
    if default not in choices:
        raise FaultError(
            column + 1,
            "the default is not one of the values",
            got=default or "nothing",
            expected="one of {" + ", ".join(choices) + "}",
            remedy=did_you_mean(nearest(default, choices)) or range_remedy(choices[0]),
        )
    return Parameter.discrete(head["name"], kind, choices, default, line.number)


def _check_values(name: str, values: list[tuple[str, int]]) -> None:
    if torn := torn_value([value for value, _ in values]):
        raise FaultError(
            values[0][1],
            "a comma inside a value",
            got=torn,
            expected="values without commas",
            remedy=value_remedy(name, torn),
        )
    seen: set[str] = set()
    for value, column in values:
        if not value:
            raise FaultError(column, "an empty value in a list", got="nothing", expected="a value")
        if len(value.split()) > 1 or not value.isprintable():
            raise FaultError(
                column,
                "blank inside a value",
                got=repr(value),
                expected="values separated by commas",
                remedy=value_remedy(name, value) if value.isprintable() else None,
            )
        if value in seen:
            raise FaultError(column, "a value occurs twice", got=value, expected="different values")
        seen.add(value)


def _number(line: SourceLine, head: re.Match[str], kind: ParameterKind | None) -> Parameter:
    example = _OLD_RANGE if kind is None else _EXAMPLES[kind]
    body = _NUMBERS.match(line.text, head.start("open"))
    if body is None:
        column = head.start("open")
        raise FaultError(column, "malformed range or default", got=line.text[column:], expected=example)
    if body["default"] is None:
        column = body.end("bounds") + 1
        raise FaultError(
            column, "no default after the range", got=line.text[column:] or "end of line", expected=example
        )
    rest = body["rest"].strip()
    kind, words = _words(rest, line.text.index(rest, body.start("rest")), kind)
    bounds = body["bounds"].split(",")
    if len(bounds) != 2:
        raise FaultError(
            body.start("bounds") - 1,
            "a range has two bounds",
            got=f"[{body['bounds']}]",
            expected="[low, high]",
            remedy=range_remedy(body["bounds"]),
        )
    low_column = body.start("bounds")
    low = _finite(bounds[0], low_column, kind)
    high = _finite(bounds[1], low_column + len(bounds[0]) + 1, kind)
    default = _finite(body["default"], body.start("default"), kind)
    within = Range(low, high, low_column - 1, f"[{body['bounds']}]")
    _check_range(within, kind)
    found = distribution_of(words, kind, within)
    if kind is ParameterKind.INTEGER:
        low, high = _inside(low, bounds[0], math.inf), _inside(high, bounds[1], -math.inf)
    if not low <= default <= high:
        raise FaultError(
            body.start("default"),
            "the default is outside the range",
            got=body["default"].strip(),
            expected=f"a number in [{body['bounds']}]",
        )
    default_text = _default_text(body["default"].strip(), default, kind)
    parameter = Parameter(
        head["name"],
        kind,
        default,
        default_text,
        low,
        high if found.grid is None else found.grid.last,
        scale=found.scale,
        normal=found.normal,
        grid=found.grid,
        line=line.number,
    )
    refuse_too_fine(words, parameter)
    refuse_off_grid(parameter, body["default"].strip(), body.start("default"))
    return parameter


def _words(rest: str, column: int, kind: ParameterKind | None) -> tuple[ParameterKind, Words]:
    if kind is not None:
        return kind, read_words(rest, column)
    letters = "".join(rest.split())
    if sorted(letters) not in ([], ["i"], ["l"], ["i", "l"]):
        raise FaultError(
            column,
            "unexpected text after the default",
            got=rest,
            expected="i (integer), l (log scale), il, li or the end of the line",
            remedy="name a type for the new syntax: name integer [1, 9] [3] log",
        )
    is_integer, is_log = "i" in letters, "l" in letters
    return ParameterKind.INTEGER if is_integer else ParameterKind.REAL, OLD_LOG if is_log else {}


def _finite(text: str, column: int, kind: ParameterKind) -> float:
    value = number_at(column, text)
    if kind is ParameterKind.INTEGER and not value.is_integer():
        column += len(text) - len(text.lstrip())
        raise FaultError(column, "not a whole number", got=text.strip(), expected="an integer")
    return value


def _check_range(bounds: Range, kind: ParameterKind) -> None:
    is_integer, low, high = kind is ParameterKind.INTEGER, bounds.low, bounds.high
    if low > high or (low == high and not is_integer):
        expected = "low <= high" if is_integer else "low < high"
        raise FaultError(bounds.column, "the range is empty", got=bounds.text, expected=expected)
    if not math.isfinite(high - low):
        raise FaultError(
            bounds.column, "the range is too wide", got=bounds.text, expected="high - low a finite number"
        )


def _inside(value: float, text: str, towards: float) -> float:
    """The whole number in `text` as a double that is not beyond it."""
    if abs(value) < _EXACT_BELOW:
        return value
    exact = Decimal(text.strip().rstrip("fFdD"))
    is_beyond = Decimal(value) < exact if towards > 0 else Decimal(value) > exact
    return math.nextafter(value, towards) if is_beyond else value


def _default_text(text: str, value: float, kind: ParameterKind) -> str:
    if kind is ParameterKind.INTEGER:
        return str(int(value))
    return text if _PLAIN_NUMBER.fullmatch(text) else repr(value)
