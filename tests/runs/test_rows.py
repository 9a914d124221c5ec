from __future__ import annotations

from dataclasses import replace

import pytest

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import (
    NO_BUDGET,
    Instance,
    Origin,
    RunRequest,
    RunResult,
    RunStatus,
    aligned,
    row_of,
    run_cells,
)
from bbopt.space import parse_pcs

SPACE = parse_pcs(
    "lr real [1e-5, 1] [0.10] log\nlayers integer [1, 8] [2]\nopt categorical {sgd, 16} [sgd]\n"
    "mom real [0, 0.99] [0.9]\nmom | opt in {sgd}\n"
)
REQUEST = RunRequest(
    SPACE.default, Instance("a.cnf", "SAT"), 7, LARGEST_DOUBLE, NO_BUDGET, Origin("model", 3)
)
RESULT = RunResult(RunStatus.SAT, 1.5, -1.0, 0.25)


def test_settings_are_numbers_and_choices_and_nothing_where_inactive() -> None:
    row = row_of(SPACE.default, {}, SPACE.names)
    assert row == {"lr": 0.1, "layers": 2, "mom": 0.9, "opt": "sgd"}
    assert [type(row[name]) for name in ("lr", "layers")] == [float, int]
    other = SPACE.configuration({**SPACE.default.values, "opt": "16"})
    assert row_of(other, {}, SPACE.names) == {"lr": 0.1, "layers": 2, "mom": None, "opt": "16"}


def test_parameter_of_another_space_has_no_value() -> None:
    assert row_of(SPACE.default, {"seed": 1}, ("depth", *SPACE.names))["depth"] is None


def test_parameters_keep_their_names_beside_columns_of_the_same() -> None:
    space = parse_pcs("seed integer [0, 9] [4]\nrun_seed integer [0, 9] [5]\n")
    assert row_of(space.default, {"seed": 7, "status": "SAT"}, space.names) == {
        "seed": 4,
        "run_seed": 5,
        "run_run_seed": 7,
        "status": "SAT",
    }


def test_what_is_unknown_or_without_bound_is_none() -> None:
    cells = run_cells(REQUEST, RESULT)
    unknown = {name for name, cell in cells.items() if cell is None}
    assert unknown == {
        "additional", "cutoff_s", "budget", "started_at", "ended_at", "cpu_s", "memory_bytes", "reason",
        "run_id",
    }  # fmt: skip
    assert (cells["status"], cells["quality"], cells["origin"], cells["seed"]) == ("SAT", 0.25, "model", 7)


def test_everything_is_told() -> None:
    request = replace(REQUEST, cutoff_s=3.0, runlength=81)
    result = replace(
        RESULT,
        additional="acc=0.9",
        cpu_s=0.5,
        memory_bytes=1,
        started_at=1.7e9,
        wallclock_s=1.25,
        reason="why",
        run_id="1-17",
    )
    cells = run_cells(request, result)
    assert None not in cells.values()
    assert (cells["cutoff_s"], cells["budget"], cells["additional"], cells["reason"]) == (
        3.0,
        81,
        "acc=0.9",
        "why",
    )
    assert cells["started_at"] == "2023-11-14T22:13:20.000+00:00"
    assert cells["ended_at"] == "2023-11-14T22:13:21.250+00:00"


@pytest.mark.parametrize("at", [1e300, float("nan"), -1e18])
def test_time_that_is_none(at: float) -> None:
    assert run_cells(REQUEST, replace(RESULT, started_at=at))["started_at"] is None


def test_metrics_have_columns_of_their_names() -> None:
    told = replace(RESULT, quality=-0.9, metrics={"acc": 0.9, "quality": 0.9, "status": 3.0})
    cells = run_cells(REQUEST, told)
    assert (cells["acc"], cells["metric_quality"], cells["metric_status"]) == (0.9, 0.9, 3.0)
    assert (cells["quality"], cells["status"]) == (-0.9, "SAT")
    same = run_cells(REQUEST, replace(RESULT, metrics={"quality": 0.25}))
    assert "metric_quality" not in same


def test_rows_of_a_table_have_the_same_columns() -> None:
    assert aligned([{"a": 1, "b": 2}, {"c": 3, "a": 4}]) == [
        {"a": 1, "b": 2, "c": None},
        {"a": 4, "b": None, "c": 3},
    ]
