"""Markdown tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["figure", "table"]


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns are aligned in a terminal too."""
    lines = [list(heading), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]

    def text(line: Sequence[str]) -> str:
        return "| " + " | ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([text(lines[0]), rule, *map(text, lines[1:])])


def figure(value: float, digits: int = 3) -> str:
    """A number with so many digits behind the point, or two significant ones when it is smaller."""
    if math.isnan(value):
        return "-"
    text = f"{value:.{digits}f}"
    return text if value == 0 or abs(value) >= 10 ** (1 - digits) else f"{value:.1e}"
