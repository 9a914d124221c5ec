"""One source that gives an option twice: by one name, or by two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bbopt.errors import InputError
from bbopt.options.assignments import Assignment
from bbopt.options.table import Option, Support
from bbopt.options.values import parse_value

__all__ = ["contradictions", "overridden"]


def contradictions(entries: Iterable[Assignment]) -> list[InputError]:
    """An error for every name under which one source gives an option two different values."""
    earlier: dict[str, Assignment] = {}
    problems = []
    for entry in entries:
        first = earlier.setdefault(_bare(entry), entry)
        if not _differ(first, entry):
            continue
        problems.append(
            InputError(
                f"{entry.title} is given twice with different values",
                place=entry.place,
                got=f"{entry.text!r}, and {first.text!r} at {first.place}",
                expected="one value",
                remedy="keep one of the two",
            )
        )
    return problems


def overridden(entries: Iterable[Assignment]) -> Iterator[tuple[Assignment, Assignment]]:
    """What one source gives under one name, and what it gives after that under another; the latter counts."""
    earlier: dict[str, Assignment] = {}
    for entry in entries:
        before = earlier.get(entry.option.name, entry)
        earlier[entry.option.name] = entry
        if _bare(before) != _bare(entry) and _differ(before, entry):
            yield before, entry


def _bare(entry: Assignment) -> str:
    """The name as the user wrote it: SMAC v2 tells `numRun` and `num-run` apart."""
    return entry.name.lstrip("-/")


def _differ(one: Assignment, other: Assignment) -> bool:
    return not (_may_repeat(one.option) or _mean_the_same(one, other))


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
