"""A table in two, at random: as MADlib's train_test_split."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bbopt import seeding
from bbopt.automl.kinds import Kind, cell_text
from bbopt.automl.tables import Tables, derived_name
from bbopt.errors import InputError, Place

__all__ = ["Split", "split_names", "train_test_split"]


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a table that are wanted; InputError for proportions that can't be.

    Of the rows of each stratum, those that have the same values in the columns `grouping_cols`, the
    proportions are taken without replacement: without `test_proportion` all that are left.
    """

    train_proportion: float = 0.8
    test_proportion: float | None = None
    grouping_cols: Sequence[str] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        shares = (self.train_proportion, self.test_share)
        if not all(0 < share < 1 for share in shares) or sum(shares) > 1 + 1e-9:
            raise InputError(
                "these are no two parts of a table",
                got=" and ".join(f"{share:g}" for share in shares),
                expected="proportions above 0, together at most 1",
            )

    @property
    def test_share(self) -> float:
        """The proportion of the second part."""
        return 1 - self.train_proportion if self.test_proportion is None else self.test_proportion


def train_test_split(
    tables: Tables,
    source_table: str,
    output_table: str,
    split: Split,
    *,
    target_cols: Sequence[str] = (),
    separate_output_tables: bool = False,
    overwrite: bool = False,
) -> tuple[int, int]:
    """Split a table as `split` says; how many rows the parts have.

    With `separate_output_tables` they are the tables `<output_table>_train` and `<output_table>_test`, else
    one with a column `split`, 1 for training and 0 for tests.  Rows keep their order.  Of the columns, all or
    `target_cols`.  InputError also where a part would be empty.
    """
    names = split_names(output_table)
    tables.refuse_taken(*(names if separate_output_tables else [output_table]), overwrite=overwrite)
    kinds, rows = tables.columns(source_table), tables.read(source_table)
    wanted = list(target_cols or kinds)
    strata = tables.read(source_table, split.grouping_cols) if split.grouping_cols else [{}] * len(rows)
    tables.read(source_table, wanted, limit=0)  # says which columns there are not
    parts = _parts(split, [tuple(map(cell_text, row.values())) for row in strata])
    chosen = [[{one: rows[number][one] for one in wanted} for number in part] for part in parts]
    if not all(chosen):
        raise InputError(
            "there are too few rows for two parts",
            place=Place(f"{source_table} in {tables.shown_of(source_table)}"),
            got=f"{len(rows)}: {len(chosen[0])} for training, {len(chosen[1])} for tests",
        )
    columns = {one: kinds[one] for one in wanted}
    if separate_output_tables:
        for name, part in zip(names, chosen, strict=True):
            tables.create(name, columns, part, overwrite=overwrite)
    else:
        marked = _marked(parts, rows, wanted)
        tables.create(output_table, {**columns, "split": Kind.INTEGER}, marked, overwrite=overwrite)
    return len(chosen[0]), len(chosen[1])


def split_names(output_table: str) -> tuple[str, str]:
    """The names of the two tables."""
    return derived_name(output_table, "_train"), derived_name(output_table, "_test")


def _parts(split: Split, strata: Sequence[tuple[str, ...]]) -> tuple[list[int], list[int]]:
    """The numbers of the rows of each part, in their order."""
    members: dict[tuple[str, ...], list[int]] = {}
    for number, stratum in enumerate(strata):
        members.setdefault(stratum, []).append(number)
    random = seeding.stream(split.seed, "train_test_split")
    train: list[int] = []
    test: list[int] = []
    for numbers in members.values():
        order = random.permutation(np.asarray(numbers)).tolist()
        n_train = _rounded(len(order) * split.train_proportion)
        n_test = min(_rounded(len(order) * split.test_share), len(order) - n_train)
        n_test = len(order) - n_train if split.test_proportion is None else n_test
        train += order[:n_train]
        test += order[n_train : n_train + n_test]
    return sorted(train), sorted(test)


def _rounded(number: float) -> int:
    return math.floor(number + 0.5)


def _marked(
    parts: tuple[list[int], list[int]], rows: Sequence[dict[str, Any]], wanted: Sequence[str]
) -> list[dict[str, Any]]:
    marks = {number: 1 - part for part, numbers in enumerate(parts) for number in numbers}
    return [{**{one: rows[n][one] for one in wanted}, "split": mark} for n, mark in sorted(marks.items())]
