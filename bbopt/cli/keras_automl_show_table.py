"""`bbopt keras-automl show-table NAME`: a table on the screen, as psql shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bbopt.cli.automl_words import listed_names, opened_tables
from bbopt.cli.command import Arguments

if TYPE_CHECKING:
    from bbopt.automl import Kind

__all__ = ["keras_automl_show_table"]

_MOST_BYTES = 16


def keras_automl_show_table(arguments: Arguments) -> int:
    """Show it."""
    from rich.console import Console

    from bbopt.automl import Kind
    from bbopt.cli.database_table import record_lines, row_lines
    from bbopt.cli.plain_table import print_lines

    own, name = arguments.own, arguments.given.words[0]
    tables = opened_tables(own)
    kinds = tables.columns(name)
    wanted = listed_names(own.optional_text("columns")) or list(kinds)
    order = listed_names(own.optional_text("order-by"))
    rows = tables.read(name, wanted, order, limit=own.optional_integer("limit"))
    texts = [[_text(row[one], kinds[one]) for one in wanted] for row in rows]
    numbers = frozenset(n for n, one in enumerate(wanted) if kinds[one] in {Kind.INTEGER, Kind.REAL})
    lines = record_lines(wanted, texts) if own.flag("records") else row_lines(wanted, texts, numbers)
    print_lines(Console(highlight=False), lines)
    return 0


def _text(value: Any, kind: Kind) -> str:
    """A value as PostgreSQL writes it, on one line; of bytes the first ones, and how many there are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        more = f"... ({len(value)} bytes)" if len(value) > _MOST_BYTES else ""
        return f"\\x{value[:_MOST_BYTES].hex()}{more}"
    if kind.is_array:
        return _array(value)
    return _plain(json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value))


def _array(value: Any) -> str:
    if isinstance(value, list):
        return f"{{{','.join(map(_array, value))}}}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "NULL" if value is None else _plain(str(value))


def _plain(text: str) -> str:
    """The text on one line, and without anything that would mean something to a terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
