"""Rows taken together: what is counted, what is averaged, and what is left out."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.exports import RunTable, grouped, grouped_for_eyes
from bbopt.runs import Row

NAMES = ("lr", "status", "quality", "instance", "budget", "origin", "reused_from", "loss", "wallclock_s")


def table(*rows: tuple[object, ...], folds: int | None = 3) -> RunTable:
    found: list[Row] = [dict(zip(NAMES, row, strict=True)) for row in rows]  # type: ignore[arg-type]
    fold = None if folds is None else "instance"
    return RunTable(tuple(found), settings=("lr",), fold=fold, n_folds=folds, metric="loss")


def run(lr: float, fold: str, loss: float | None, budget: int | None = None) -> tuple[object, ...]:
    status = "CRASHED" if loss is None else "SAT"
    return lr, status, 1e9 if loss is None else loss, fold, budget, "model", None, loss, 2.0


TABLE = table(
    run(0.1, "0", 1.0),
    run(0.2, "0", 5.0),
    run(0.1, "1", 2.0),
    run(0.1, "2", 2.0),
    run(0.1, "2", 4.0),  # another seed
    run(0.2, "1", None),
    (0.2, "SAT", 9.0, "2", None, "model", 7, 9.0, 2.0),  # another search's
    (0.1, "SAT", 0.5, "all-data", None, "retraining", None, 0.5, 2.0),
)


def test_a_row_for_each_configuration() -> None:
    first, second = grouped(TABLE, None, None).rows
    assert (first["lr"], first["folds"], first["missing"], first["failed"]) == (0.1, 3, 0, 0)
    assert (first["loss"], first["loss_sd"], first["retrained"]) == (2.0, 1.0, 0.5)
    assert (second["lr"], second["folds"], second["missing"], second["failed"]) == (0.2, 1, 1, 1)
    assert (second["loss"], second["loss_sd"], second["retrained"]) == (5.0, None, None)


def test_what_people_look_at() -> None:
    shown = grouped_for_eyes(TABLE, grouped(TABLE, None, None))
    assert shown.columns == (
        "lr", "folds", "missing", "failed", "loss", "loss_sd", "wallclock_s", "retrained"
    )  # fmt: skip
    whole = table(*(run(0.1, fold, 1.0) for fold in "012"))
    assert "missing" not in grouped_for_eyes(whole, grouped(whole, None, None)).columns


def test_budgets_are_apart() -> None:
    found = grouped(table(run(0.1, "0", 1.0, 3), run(0.1, "0", 2.0, 9)), None, None)
    assert [(row["budget"], row["loss"]) for row in found.rows] == [(3, 1.0), (9, 2.0)]


def test_other_columns() -> None:
    found = grouped(TABLE, ["instance"], None)
    assert [(row["instance"], row["rows"], row["failed"]) for row in found.rows] == [
        ("0", 2, 0), ("1", 1, 1), ("2", 2, 0),
    ]  # fmt: skip
    assert [row["loss"] for row in found.rows] == [3.0, 2.0, 3.0]
    with pytest.raises(InputError, match="there is no column los"):
        grouped(TABLE, ["los"], None)


def test_what_counts_as_a_failure_may_be_unsat() -> None:
    rows = (run(0.1, "0", 1.0), (0.1, "UNSAT", 3.0, "1", None, "model", None, 3.0, 2.0))
    (row,) = grouped(table(*rows), None, None).rows
    assert (row["folds"], row["failed"], row["loss"]) == (2, 0, 2.0)
    found = table(*rows)
    strict = RunTable(found.rows, settings=("lr",), fold="instance", n_folds=3, unsat_is_failure=True)
    (row,) = grouped(strict, None, None).rows
    assert (row["folds"], row["failed"], row["loss"]) == (1, 1, 1.0)
