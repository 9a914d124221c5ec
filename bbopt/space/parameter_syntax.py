"""Lines that declare a parameter, in the old and the new syntax."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from bbopt.errors import FileProblems, did_you_mean, nearest
from bbopt.java_numbers import parse_double
from bbopt.space.declarations import Parameter, ParameterKind
from bbopt.space.source_text import FaultError, SourceLine
from bbopt.space.usual_slips import number_remedy, range_remedy, torn_value, type_meant, value_remedy

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


@dataclass(frozen=True, slots=True)
class _Flags:
    kind: ParameterKind
    log: bool


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
    flags = _flags(rest, line.text.index(rest, body.start("rest")), kind)
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
    low = _finite(bounds[0], low_column, flags.kind)
    high = _finite(bounds[1], low_column + len(bounds[0]) + 1, flags.kind)
    default = _finite(body["default"], body.start("default"), flags.kind)
    _check_range(low, high, flags, low_column - 1, f"[{body['bounds']}]")
    if flags.kind is ParameterKind.INTEGER:
        low, high = _inside(low, bounds[0], math.inf), _inside(high, bounds[1], -math.inf)
    if not low <= default <= high:
        raise FaultError(
            body.start("default"),
            "the default is outside the range",
            got=body["default"].strip(),
            expected=f"a number in [{body['bounds']}]",
        )
    default_text = _default_text(body["default"].strip(), default, flags.kind)
    name = head["name"]
    return Parameter(name, flags.kind, default, default_text, low, high, (), flags.log, line.number)


def _flags(rest: str, column: int, kind: ParameterKind | None) -> _Flags:
    if kind is not None:
        if rest not in {"", "log"}:
            raise FaultError(
                column, "unexpected text after the default", got=rest, expected="log or the end of the line"
            )
        return _Flags(kind, rest == "log")
    letters = "".join(rest.split())
    if sorted(letters) not in ([], ["i"], ["l"], ["i", "l"]):
        raise FaultError(
            column,
            "unexpected text after the default",
            got=rest,
            expected="i (integer), l (log scale), il, li or the end of the line",
            remedy="name a type for the new syntax: name integer [1, 9] [3] log",
        )
    return _Flags(ParameterKind.INTEGER if "i" in letters else ParameterKind.REAL, "l" in letters)


def _finite(text: str, column: int, kind: ParameterKind) -> float:
    column += len(text) - len(text.lstrip())
    got = text.strip() or "nothing"
    try:
        value = parse_double(text) + 0.0
    except ValueError:
        raise FaultError(
            column,
            "not a number",
            got=got,
            expected="a number such as 0.5 or 1e-3",
            remedy=number_remedy(text),
        ) from None
    if not math.isfinite(value):
        raise FaultError(column, "not a finite number", got=got, expected="a finite number")
    if kind is ParameterKind.INTEGER and not value.is_integer():
        raise FaultError(column, "not a whole number", got=got, expected="an integer")
    return value


def _check_range(low: float, high: float, flags: _Flags, column: int, got: str) -> None:
    is_integer = flags.kind is ParameterKind.INTEGER
    if low > high or (low == high and not is_integer):
        expected = "low <= high" if is_integer else "low < high"
        raise FaultError(column, "the range is empty", got=got, expected=expected)
    if flags.log and (low - 0.5 if is_integer else low) <= 0:
        raise FaultError(
            column,
            "a log scale needs a positive range",
            got=got,
            expected="low >= 1" if is_integer else "low > 0",
            remedy="leave out the log flag or raise the lower bound",
        )
    if not math.isfinite(high - low):
        raise FaultError(column, "the range is too wide", got=got, expected="high - low a finite number")


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
