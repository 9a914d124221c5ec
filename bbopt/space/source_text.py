"""A parameter file's text as lines, and what can be wrong at a place in one of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bbopt.errors import InputError, did_you_mean
from bbopt.java_numbers import parse_double
from bbopt.space.declarations import DomainError, Parameter, unknown_parameter
from bbopt.space.usual_slips import number_remedy
from bbopt.text_files import numbered_lines

__all__ = ["FaultError", "SourceLine", "native_at", "number_at", "source_lines", "unknown_at"]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line without its comment and line end; `number` counts from 1."""

    number: int
    text: str


def source_lines(text: str) -> list[SourceLine]:
    """The lines that say something: no comments, no blank lines."""
    lines = (SourceLine(number, line.split("#", 1)[0].rstrip()) for number, line in numbered_lines(text))
    return [line for line in lines if line.text]


class FaultError(InputError):
    """Something wrong at a 0-based column; `name` is a name that is not known, where that is the fault."""

    def __init__(
        self,
        column: int,
        what: str,
        *,
        got: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(what, got=got, expected=expected, remedy=remedy)
        self.column = column
        self.name = name


def unknown_at(column: int, name: str, names: Iterable[str]) -> FaultError:
    """The fault of a name that no parameter has."""
    error = unknown_parameter(name, names)
    return FaultError(
        column, error.what, got=error.got, expected=error.expected, remedy=error.remedy, name=name
    )


def native_at(column: int, text: str, parameter: Parameter) -> float:
    """The native value of a text that stands at `column`; raises FaultError."""
    try:
        return parameter.native(text)
    except DomainError as error:
        raise FaultError(
            column,
            f"not a value of {parameter.name!r}",
            got=text or "nothing",
            expected=error.expected,
            remedy=did_you_mean(error.near),
        ) from None


def number_at(column: int, text: str) -> float:
    """The finite number that stands, perhaps behind blanks, at `column`; raises FaultError."""
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
    return value
