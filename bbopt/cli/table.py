"""`bbopt table FOLDER`: the runs of an output folder for eyes, chosen and sorted."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import has_only_jobs, named_table
from bbopt.cli.output_words import named_results
from bbopt.cli.plain_table import print_table
from bbopt.database_address import looks_like_address
from bbopt.options import COMMAND_LINE

if TYPE_CHECKING:
    from rich.console import Console

    from bbopt.exports import RunTable
    from bbopt.runs import Cell

__all__ = ["table"]


_CONFIGURATION = "configuration"


def table(arguments: Arguments) -> int:
    """Show the table."""
    found, own = _found(arguments), arguments.own
    from rich.console import Console

    from bbopt.exports import filtered, for_eyes, grouped, grouped_for_eyes, ordered, with_columns

    for problem in found.problems[:3]:
        print(f"warning: {problem}", file=sys.stderr)
    names = _names(own.optional_text("group-by"))
    if names == ["none"] or (not names and found.fold is None):
        shown, eyes = found, for_eyes
    else:
        keys = names if names and names != [_CONFIGURATION] else None
        shown = grouped(found, keys, COMMAND_LINE)
        eyes = partial(grouped_for_eyes, found)
    shown = filtered(shown, own.texts("where"), COMMAND_LINE)
    if (sort := own.optional_text("sort")) is not None:
        shown = ordered(shown, sort, COMMAND_LINE)
    columns = _names(own.optional_text("columns"))
    _show(with_columns(shown, columns, COMMAND_LINE) if columns else eyes(shown), Console(highlight=False))
    return 0


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _found(arguments: Arguments) -> RunTable:
    """The runs of searches, or where there are none but jobs, or a table of Jobman's is named, these."""
    from bbopt.exports import read_run_table

    address = arguments.given.words[0]
    if "table=" in address or (looks_like_address(address) and has_only_jobs(arguments)):
        from bbopt.jobs.job_rows import job_rows

        return job_rows(named_table(arguments))
    return read_run_table(named_results(arguments), validations=arguments.own.flag("validations"))


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
