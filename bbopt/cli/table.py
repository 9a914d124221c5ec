"""`bbopt table FOLDER`: the runs of an output folder for eyes, chosen and sorted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results
from bbopt.cli.plain_table import print_table
from bbopt.options import COMMAND_LINE

if TYPE_CHECKING:
    from rich.console import Console

    from bbopt.exports import RunTable
    from bbopt.runs import Cell

__all__ = ["table"]


def table(arguments: Arguments) -> int:
    """Show the table."""
    results, own = named_results(arguments), arguments.own
    from rich.console import Console

    from bbopt.exports import filtered, for_eyes, ordered, read_run_table, with_columns

    found = read_run_table(results, validations=own.flag("validations"))
    for problem in found.problems[:3]:
        print(f"warning: {problem}", file=sys.stderr)
    found = filtered(found, own.texts("where"), COMMAND_LINE)
    if (sort := own.optional_text("sort")) is not None:
        found = ordered(found, sort, COMMAND_LINE)
    columns = own.optional_text("columns")
    names = [name.strip() for name in (columns or "").split(",") if name.strip()]
    found = with_columns(found, names, COMMAND_LINE) if names else for_eyes(found)
    _show(found, Console(highlight=False))
    return 0


def _show(found: RunTable, console: Console) -> None:
    if not found.rows:
        print("no runs", file=sys.stderr)
        return
    names = found.columns
    numbers = (n for n, name in enumerate(names) if not any(isinstance(row[name], str) for row in found.rows))
    print_table(console, names, [tuple(map(_text, row.values())) for row in found.rows], frozenset(numbers))


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return str(cell).partition("\n")[0]
