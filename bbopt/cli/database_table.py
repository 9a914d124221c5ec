"""Tables as PostgreSQL's psql prints them, in rows or with a line for each value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

__all__ = ["record_lines", "row_lines"]


def row_lines(names: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int]) -> Iterator[Text]:
    """A line for each row; the columns in `numbers` are flush right."""
    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)]
    heads = [" " * ((w - cell_len(n)) // 2) + n for n, w in zip(names, widths, strict=True)]
    yield Text(_joined(heads, widths, frozenset()), style="dim")
    yield Text(f"-{'-+-'.join('-' * width for width in widths)}-", style="dim")
    yield from (Text(_joined(row, widths, numbers)) for row in rows)
    yield Text(f"({'1 row' if len(rows) == 1 else f'{len(rows)} rows'})")


def record_lines(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Text]:
    """A line for each value, below a rule for each row."""
    width = max(map(cell_len, names), default=0)
    values = max((cell_len(value) for row in rows for value in row), default=0)
    for number, row in enumerate(rows, start=1):
        rule = f"-[ RECORD {number} ]"
        rule = f"{rule:-<{width + 1}}+" if len(rule) <= width + 1 else rule
        yield Text(f"{rule:-<{width + 3 + values}}", style="dim")
        yield from (
            Text(f"{name}{' ' * (width - cell_len(name))} | {value}".rstrip())
            for name, value in zip(names, row, strict=True)
        )
    if not rows:
        yield Text("(0 rows)")


def _joined(cells: Sequence[str], widths: Sequence[int], numbers: frozenset[int]) -> str:
    padded = [
        " " * (width - cell_len(cell)) + cell if n in numbers else cell + " " * (width - cell_len(cell))
        for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f" {' | '.join(padded)}".rstrip()
