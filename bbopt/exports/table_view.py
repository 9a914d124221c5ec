"""Parts of a table of runs: some of its columns, some of its rows, in another order."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bbopt.errors import InputError, Place, did_you_mean, nearest
from bbopt.exports.run_table import RunTable
from bbopt.runs import Cell, Row

__all__ = ["column_in", "filtered", "for_eyes", "ordered", "with_columns"]

_DETAILS = frozenset(
    (
        "runtime_s",
        "runlength",
        "additional",
        "instance_info",
        "cutoff_s",
        "origin",
        "proposal",
        "started_at",
        "ended_at",
        "cpu_s",
        "memory_bytes",
        "elapsed_s",
        "own_cpu_s",
        "search_seed",
        "run",
        "configuration",
    )
)
"""Columns that people seldom look at."""

_WORTH_IT_IF_THEY_DIFFER = frozenset(("instance", "seed", "budget", "jobman.phase"))
_CONDITION = re.compile(r"\s*(?P<name>.+?)\s*(?P<sign><=|>=|==|!=|<|>|=)\s*(?P<value>.*?)\s*")
_AND = re.compile(r"\s+(?:and|&&)\s+")
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class _Condition:
    column: str
    sign: str
    value: str

    def holds(self, cell: Cell) -> bool:
        """Numbers are compared as such, texts are equal or not; what is not there equals nothing but ''."""
        number, other = _number(cell), _number(self.value)
        if number is not None and other is not None:
            return _SIGNS[self.sign](number, other)
        text = "" if cell is None else str(cell)
        if self.sign == "!=":
            return text != self.value
        return self.sign in {"=", "=="} and text == self.value


def for_eyes(table: RunTable) -> RunTable:
    """The columns that most people look at, the name of the run first."""
    names = [name for name in table.columns if name not in _DETAILS and _tells_something(table, name)]
    if "quality" in names and any(_is_quality(table, name) for name in names if name != "quality"):
        names.remove("quality")
    names.sort(key=lambda name: name != "run_id")
    return with_columns(table, names, None)


def _tells_something(table: RunTable, name: str) -> bool:
    cells = {row[name] for row in table.rows}
    return len(cells) > 1 if name in _WORTH_IT_IF_THEY_DIFFER else cells != {None}


def _is_quality(table: RunTable, name: str) -> bool:
    """Whether the column has the qualities, or the negated ones of what is maximised, of runs that worked."""
    cells = [(row[name], row["quality"]) for row in table.rows if row["status"] == "SAT"]
    return bool(cells) and all(
        isinstance(cell, float) and isinstance(quality, float) and abs(cell) == abs(quality)
        for cell, quality in cells
    )


def with_columns(table: RunTable, names: Sequence[str], place: Place | None) -> RunTable:
    """These columns in this order; InputError for one that there is not."""
    found = [column_in(table, name, place) for name in names]
    return replace(table, rows=tuple({name: row[name] for name in found} for row in table.rows))


def ordered(table: RunTable, name: str, place: Place | None) -> RunTable:
    """The rows by a column, the smallest first, with a `-` before its name the largest; empty cells last.

    InputError when there is no such column.
    """
    is_known = name in table.columns
    column = column_in(table, name if is_known else name.removeprefix("-"), place)
    is_falling = not is_known and name.startswith("-")
    filled = [row for row in table.rows if row[column] is not None]
    filled.sort(key=lambda row: _key(row[column]), reverse=is_falling)
    return replace(table, rows=(*filled, *(row for row in table.rows if row[column] is None)))


def filtered(table: RunTable, conditions: Sequence[str], place: Place | None) -> RunTable:
    """The rows for which all conditions hold, such as `layers > 2`; InputError for what is none."""
    found = [_condition(table, part, place) for text in conditions for part in _AND.split(text)]

    def is_meant(row: Row) -> bool:
        return all(condition.holds(row[condition.column]) for condition in found)

    return replace(table, rows=tuple(row for row in table.rows if is_meant(row)))


def _condition(table: RunTable, text: str, place: Place | None) -> _Condition:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise InputError(
            "this is no condition",
            place=place,
            got=text,
            expected="COLUMN, one of = != < <= > >=, and a value: layers > 2; several with and between them",
        )
    value = match["value"]
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return _Condition(column_in(table, match["name"], place), match["sign"], value)


def column_in(table: RunTable, name: str, place: Place | None) -> str:
    """The table's column of that name, in capitals or not; InputError where there is none."""
    if name in table.columns or not table.rows:
        return name
    folded = {column.casefold(): column for column in table.columns}
    if name.casefold() in folded:
        return folded[name.casefold()]
    raise InputError(
        f"there is no column {name}",
        place=place,
        expected=", ".join(table.columns),
        remedy=did_you_mean(nearest(name, table.columns, limit=2)),
    )


def _number(cell: Cell) -> float | None:
    try:
        return None if cell is None else float(cell)
    except ValueError:
        return None


def _key(cell: Cell) -> tuple[bool, float, str]:
    number = _number(cell)
    return number is None, math.inf if number is None else number, str(cell)
