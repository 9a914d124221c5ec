"""Tables with one line a row: cut to the width of a terminal, whole for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

__all__ = ["print_lines", "print_table", "table_lines"]

_BETWEEN = "  "


def print_table(
    console: Console, names: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int]
) -> None:
    """Names above the rows; the columns in `numbers` are flush right."""
    print_lines(console, table_lines(names, rows, numbers))


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Each on one line."""
    for line in lines:
        if console.is_terminal:
            line.truncate(console.width, overflow="ellipsis")
            console.print(line, soft_wrap=True, highlight=False)
        else:  # as many as there are, without rich's care for each
            print(line.plain, file=console.file)


def table_lines(
    names: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int]
) -> Iterator[Text]:
    """The lines of such a table, none of them cut."""
    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)]
    for row, style in ((names, "dim"), *((row, "") for row in rows)):
        cells = [_padded(cell, widths[n], n in numbers) for n, cell in enumerate(row)]
        yield Text(_BETWEEN.join(cells).rstrip(), style=style)


def _padded(cell: str, width: int, is_number: bool) -> str:
    blanks = " " * (width - cell_len(cell))
    return blanks + cell if is_number else cell + blanks
