"""Jobs that differ in the fold alone: one configuration, by the means of its results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import pytest

from bbopt.exports import grouped
from bbopt.jobs.folds import over_folds
from bbopt.jobs.job_rows import job_rows
from bbopt.jobs.references import fill, references_in
from bbopt.jobs.values import to_json
from bbopt.runs import JobStatus
from bbopt.stores import JobKind, JobRow, JobTable


def job(number: int, settings: dict[str, Any], after: str = "", **results: Any) -> JobRow:
    state = to_json({**settings, **results})
    return JobRow(
        number, JobStatus.DONE, 1.0, JobKind.EXPERIMENT, settings, 0.0, result={"state": state},
        after=after, phase=2 if after else 1,
    )  # fmt: skip


def folds(first: int, lr: float, *losses: float, **results: Any) -> list[JobRow]:
    settings = [
        {"lr": lr, "nb_cross_fold": len(losses), "id_cross_fold": fold} for fold in range(len(losses))
    ]
    return [
        job(first + n, one, loss=loss, name=f"{lr}-{n}", iter=10 + n, **results)
        for n, (one, loss) in enumerate(zip(settings, losses, strict=True))
    ]


@pytest.mark.parametrize(
    ("rows", "best"),
    [
        ([*folds(1, 0.1, 0.0, 4.0), *folds(3, 0.2, 1.0, 1.5)], 0.2),  # a single fold would say 0.1
        ([*folds(1, 0.1, math.nan, 0.1), *folds(3, 0.2, 1.0, 1.5)], 0.2),
        ([*folds(1, 0.1, math.inf, -math.inf), *folds(3, 0.2, 1.0, 1.5)], 0.2),
        ([job(1, {"lr": 0.3}, loss=0.5), *folds(2, 0.1, 0.0, 4.0)], 0.3),
    ],
)
def test_the_best_by_its_mean(rows: list[JobRow], best: float) -> None:
    state = {"lr": "{group:min(loss):lr}"}
    assert fill(state, references_in(state), over_folds(rows))["lr"] == best


def test_results_are_means_and_whole_where_all_are() -> None:
    (state,) = over_folds(folds(1, 0.1, 1.0, 2.0, 6.0, is_good=True))
    assert (state["loss"], state["iter"], state["name"], state["is_good"]) == (3.0, 11, "0.1-0", True)
    assert isinstance(state["iter"], int)
    assert state["id_cross_fold"] == 0
    assert state["jobman.id"] == 1


class Table:
    """Has these jobs."""

    def __init__(self, rows: Sequence[JobRow]) -> None:
        self._rows = list(rows)

    def jobs(self, choice: object) -> list[JobRow]:
        return self._rows


def test_numbers_of_folds_that_are_none() -> None:
    found = job_rows(cast("JobTable", Table([job(1, {"nb_cross_fold": [3], "id_cross_fold": 0}, loss=1.0)])))
    (row,) = grouped(found, None, None).rows
    assert (row["folds"], row["missing"]) == (1, 0)


def test_rows_of_jobs() -> None:
    reference = {"n_hidden": 8, "rate": "{group:max(x):rate}", "nb_cross_fold": 2}
    later = [
        job(7 + n, {**reference, "id_cross_fold": n}, after=f"id_cross_fold={n}", loss=float(n))
        for n in range(2)
    ]
    waiting = JobRow(9, JobStatus.START, 1.0, JobKind.EXPERIMENT, dict(reference), 0.0, after="g", phase=3)
    found = job_rows(cast("JobTable", Table([*later, *folds(1, 0.1, 1.0, 3.0), waiting])))
    assert [row["job"] for row in found.rows] == [1, 2, 7, 8, 9]
    assert (found.fold, found.n_folds, found.rows[4]["rate"]) == ("id_cross_fold", 2, None)
    first, second, third = grouped(found, None, None).rows
    assert (first["jobman.phase"], first["lr"], first["folds"], first["loss"]) == (1, 0.1, 2, 2.0)
    assert (second["jobman.phase"], second["n_hidden"], second["folds"], second["loss"]) == (2, 8, 2, 0.5)
    assert (third["jobman.phase"], third["folds"], third["missing"], third["loss"]) == (3, 0, 1, None)
