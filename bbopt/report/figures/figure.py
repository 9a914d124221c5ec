"""What every figure is: a title, a sentence that says how to read it, its data, and a drawing of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bbopt.report.svg import Svg
from bbopt.runs import Cell

__all__ = ["Figure", "evenly", "plural"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a study; `key` names it for `--svg`.

    `how` says how to read it; `columns` and `rows` are what it shows, for CSV.  `svg` is None where it is a
    table, or where nothing can be said: `how` tells why then, and there are no rows.
    """

    key: str
    title: str
    how: str
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[Cell, ...]] = field(default=())
    svg: Svg | None = None


def evenly(count: int, most: int) -> NDArray[np.intp]:
    """The numbers of at most `most` of so many things, evenly over all of them."""
    return (
        np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))
        if count
        else np.arange(0)
    )


def plural(count: int, one: str, many: str = "") -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
