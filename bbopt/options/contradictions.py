"""One source that gives an option twice."""

from __future__ import annotations

from collections.abc import Iterable

from bbopt.errors import InputError
from bbopt.options.assignments import Assignment
from bbopt.options.table import Option, Support
from bbopt.options.values import parse_value

__all__ = ["contradictions"]


def contradictions(entries: Iterable[Assignment]) -> list[InputError]:
    """An error for every option to which one source gives two different values."""
    earlier: dict[str, Assignment] = {}
    problems = []
    for entry in entries:
        first = earlier.setdefault(entry.option.name, entry)
        if _may_repeat(entry.option) or _mean_the_same(first, entry):
            continue
        problems.append(
            InputError(
                f"{entry.title} is given twice with different values",
                place=entry.place,
                got=f"{entry.text!r}, and {first.text!r} at {first.place}",
                expected="one value",
                remedy="keep one of the two (different names may mean the same option)",
            )
        )
    return problems


def _may_repeat(option: Option) -> bool:
    return option.is_repeatable or option.support in {Support.ACCEPT_AND_IGNORE, Support.SILENT}


def _mean_the_same(one: Assignment, other: Assignment) -> bool:
    """Whether both texts are one value: `1` and `true`, say."""
    if one.text == other.text:
        return True
    try:
        return parse_value(one) == parse_value(other)
    except InputError:
        return True  # a value that is none is told as such, once
