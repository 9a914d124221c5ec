"""Columns, conditions and orders of a table of runs."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.exports import RunTable, filtered, for_eyes, ordered, with_columns

NAMES = ("layers", "opt", "status", "instance", "reason", "cpu_s", "run_id")
TABLE = RunTable(
    tuple(
        dict(zip(NAMES, row, strict=True))
        for row in (
            (2, "sgd", "SAT", "a", None, 1.0, "1-1"),
            (10, "adam", "SAT", "a", None, 2.0, "1-2"),
            (None, "adam", "CRASHED", "a", "no line", 3.0, "1-3"),
            (3, "sgd", "SAT", "a", None, 4.0, "1-4"),
        )
    )
)


def runs(table: RunTable) -> list[object]:
    return [row["run_id"] for row in table.rows]


@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        (["layers > 2"], ["1-2", "1-4"]),
        (["layers<=3"], ["1-1", "1-4"]),
        (["layers = 3.0"], ["1-4"]),
        (["layers != 3"], ["1-1", "1-2", "1-3"]),
        (["opt = adam"], ["1-2", "1-3"]),
        (["opt == 'adam' and status = SAT"], ["1-2"]),
        (["opt = sgd", "layers > 2 && cpu_s >= 4"], ["1-4"]),
        (["reason != ''"], ["1-3"]),
        (["reason = "], ["1-1", "1-2", "1-4"]),
        (["opt < sgd"], []),
        (["OPT = sgd"], ["1-1", "1-4"]),
        ([], ["1-1", "1-2", "1-3", "1-4"]),
    ],
)
def test_conditions(conditions: list[str], left: list[str]) -> None:
    assert runs(filtered(TABLE, conditions, None)) == left


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("layers", ["1-1", "1-4", "1-2", "1-3"]),
        ("-layers", ["1-2", "1-4", "1-1", "1-3"]),
        ("opt", ["1-2", "1-3", "1-1", "1-4"]),
        ("-cpu_s", ["1-4", "1-3", "1-2", "1-1"]),
    ],
)
def test_orders(name: str, order: list[str]) -> None:
    assert runs(ordered(TABLE, name, None)) == order


def test_columns() -> None:
    assert with_columns(TABLE, ["run_id", "OPT"], None).columns == ("run_id", "opt")
    assert for_eyes(TABLE).columns == ("run_id", "layers", "opt", "status", "reason")
    assert for_eyes(RunTable(())).columns == ()


@pytest.mark.parametrize("text", ["layers", "> 3", "", "layers ~ 3"])
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(InputError):
        filtered(TABLE, [text], None)


def test_an_unknown_column() -> None:
    with pytest.raises(InputError, match="there is no column layer") as caught:
        with_columns(TABLE, ["layer"], None)
    assert caught.value.remedy == "did you mean layers?"
