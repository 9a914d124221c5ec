"""`bbopt doctor [FOLDER]`: what this machine offers to searches, what follows from it, and what helps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bbopt.cli.command import Arguments, current_folder
from bbopt.errors import InputError, Place
from bbopt.planning.machine import Finding, Verdict, look_at_folder, look_at_machine

__all__ = ["doctor"]

_STYLES = {Verdict.GOOD: "green", Verdict.MISSING: "yellow", Verdict.BROKEN: "bold red"}


def doctor(arguments: Arguments) -> int:
    """Show all findings; 1 when something is broken that every search needs, else 0."""
    words = arguments.given.words
    folder = Path(words[0]) if words else current_folder()
    if not folder.is_dir():
        raise InputError(
            "there is no such folder", place=Place(folder), remedy="make it, or name another one"
        )
    console = Console(highlight=False)
    findings = [*look_at_machine(), *look_at_folder(folder), _terminal(console)]
    console.print(_table(findings))
    broken = [one.subject for one in findings if one.verdict is Verdict.BROKEN]
    if broken:
        console.print(f"broken: {', '.join(broken)}", style="bold red", markup=False)
        return 1
    return 0


def _terminal(console: Console) -> Finding:
    if not console.is_terminal:
        return Finding(
            "terminal",
            Verdict.MISSING,
            "standard output is none",
            "a search prints SMAC v2's lines, no status",
        )
    colours = "no colours (NO_COLOR)" if os.environ.get("NO_COLOR") else f"colours: {console.color_system}"
    return Finding(
        "terminal", Verdict.GOOD, f"{console.width} columns, {colours}", "a search shows one line that moves"
    )


def _table(findings: list[Finding]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column()
    for one in findings:
        mark = Text(one.verdict.value, _STYLES[one.verdict])
        table.add_row(mark, one.subject, Text("\n").join(_lines(one)))
    return table


def _lines(finding: Finding) -> Iterator[Text]:
    yield Text(finding.found)
    yield Text(finding.consequence, "dim")
    if finding.remedy:
        yield Text.assemble(("remedy: ", "dim"), (finding.remedy, "cyan"))
