"""What a column of a table holds, and how a value of it is written in a cell of text and read again."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

__all__ = ["Kind", "Order", "cell_text", "flat", "kind_of_cells", "value_of_cell"]

Order = Sequence[tuple[str, bool]]
"""Columns that rows are ordered by, the first one first; True: its largest value comes first."""


class Kind(enum.Enum):
    """The kind of a column; its value is the name that people read, PostgreSQL's."""

    INTEGER = "integer"
    REAL = "double precision"
    """SQLite keeps no NaN: it is NULL there."""
    TEXT = "character varying"
    BOOLEAN = "boolean"
    BYTES = "bytea"
    ARRAY = "double precision[]"
    """Nested lists of numbers, of one length at each level."""
    INTEGER_ARRAY = "integer[]"
    TEXT_ARRAY = "text[]"
    """A list of texts; also None."""
    JSON = "json"
    TIMESTAMP = "timestamp without time zone"

    @property
    def is_array(self) -> bool:
        """Whether a value is a list."""
        return self in {Kind.ARRAY, Kind.INTEGER_ARRAY, Kind.TEXT_ARRAY}


_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d*)")
_REAL = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_BYTES = re.compile(r"\\x(?:[0-9a-fA-F]{2})*")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?")
_BRACES = re.compile(r"\{[-+0-9.eE{}, ]*\}")
"""An array of numbers as PostgreSQL writes it: `{5.1,3.5}`."""
_TO_BRACKETS = str.maketrans("{}", "[]")
_BOOLEANS = {"true": True, "false": False}
_LARGEST = 2**63


def kind_of_cells(cells: Iterable[str]) -> Kind:
    """The narrowest kind that all cells are of; empty ones are NULL and of any kind."""
    filled = [cell for cell in cells if cell]
    plain = (Kind.INTEGER, Kind.REAL, Kind.BOOLEAN, Kind.TIMESTAMP, Kind.BYTES)
    for kind in plain if filled else ():
        if all(_fits(cell, kind) for cell in filled):
            return kind
    return _kind_of_json(filled)


def _fits(cell: str, kind: Kind) -> bool:
    match kind:
        case Kind.INTEGER:
            return _INTEGER.fullmatch(cell) is not None and -_LARGEST <= int(cell) < _LARGEST
        case Kind.REAL:
            # 007 is a name of something: as a number it would lose its zeros
            return _REAL.fullmatch(cell) is not None and not re.match(r"[+-]?0\d", cell)
        case Kind.BOOLEAN:
            return cell.lower() in _BOOLEANS
        case Kind.TIMESTAMP:
            return _TIMESTAMP.fullmatch(cell) is not None and _timestamp(cell) is not None
        case _:
            return _BYTES.fullmatch(cell) is not None


def _kind_of_json(cells: Sequence[str]) -> Kind:
    try:
        values = [_json(cell) for cell in cells if cell.startswith(("[", "{"))]
    except (ValueError, RecursionError):
        return Kind.TEXT
    if not values or len(values) < len(cells):
        return Kind.TEXT
    if not all(isinstance(value, list) for value in values):
        return Kind.JSON
    types = {type(item) for value in values for item in flat(value)}
    arrays = ((Kind.INTEGER_ARRAY, {int}), (Kind.ARRAY, {int, float}), (Kind.TEXT_ARRAY, {str, type(None)}))
    return next((kind for kind, items in arrays if types <= items), Kind.JSON)


def flat(value: Any) -> Iterator[Any]:
    """The items of nested lists, one after the other."""
    if not isinstance(value, list):
        yield value
        return
    for item in value:
        yield from flat(item)


def value_of_cell(cell: str, kind: Kind) -> Any:
    """What a cell that is of the kind stands for; None of an empty one."""
    return _READERS.get(kind, _json)(cell) if cell else None


def cell_text(value: Any) -> str:
    """A value of any kind as the text of a cell: arrays as JSON, bytes in PostgreSQL's hexadecimal form."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, (bool, Mapping, list, tuple)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _json(cell: str) -> Any:
    return json.loads(cell.translate(_TO_BRACKETS) if _BRACES.fullmatch(cell) and cell != "{}" else cell)


def _timestamp(cell: str) -> datetime | None:
    whole, _, fraction = cell.partition(".")
    try:
        return datetime.fromisoformat(f"{whole}.{fraction:0<6}" if fraction else whole)
    except ValueError:
        return None


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.INTEGER: int,
    Kind.REAL: float,
    Kind.TEXT: str,
    Kind.BOOLEAN: lambda cell: _BOOLEANS[cell.lower()],
    Kind.TIMESTAMP: _timestamp,
    Kind.BYTES: lambda cell: bytes.fromhex(cell[2:]),
}
"""Of the kinds that are not written as JSON."""
