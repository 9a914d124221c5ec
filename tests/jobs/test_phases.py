"""Which jobs are meant as an earlier phase, and the groups of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bbopt.database_address import StudyAddress
from bbopt.errors import InputError
from bbopt.jobs.experiment_jobs import experiment_job
from bbopt.jobs.phases import group_after, group_by, selected
from bbopt.stores import JobKind, JobTable, NewJob, job_queue_at, job_table_at

SETTINGS: tuple[Mapping[str, Any], ...] = (
    {"phase": 1, "n": 1, "lr": 0.1},
    {"phase": 1, "n": 1.0, "lr": 0.2},
    {"phase": 1, "n": 2, "lr": 0.1, "group": "dear"},
    {"phase": 1, "lr": 0.1},
    {"phase": 2, "n": 1, "lr": 0.1},
)


@pytest.fixture
def table(tmp_path: Path) -> JobTable:
    address = StudyAddress.read_table("sqlite:///jobs.db?table=t", tmp_path)
    queue = job_queue_at(address)
    queue.add([experiment_job("m.f", tmp_path, one) for one in SETTINGS])
    queue.add([NewJob(JobKind.SEARCH_RUN, {}, {"phase": 1, "n": 1, "lr": 0.1})])
    return job_table_at(address)


@pytest.mark.parametrize(
    ("words", "jobs"),
    [
        (["phase=1"], [1, 2, 3, 4]),
        (["phase=1", "n={{}}"], [1, 2, 3]),
        (["phase={{1,2}}", "n=1"], [1, 2, 5]),
        (["lr={{0.1,0.3}}", "phase=1"], [1, 3, 4]),
        (["group='dear'"], [3]),
        (["m={{ }}"], []),
        (["phase=3"], []),
    ],
)
def test_jobs_are_selected(table: JobTable, words: list[str], jobs: list[int]) -> None:
    assert list(selected(table, words)) == jobs


@pytest.mark.parametrize("words", [[], ["phase"], ["=1"]])
def test_nothing_is_selected_by_other_words(table: JobTable, words: list[str]) -> None:
    with pytest.raises(InputError):
        selected(table, words)


def groups(table: JobTable, *keys: str) -> list[tuple[str, tuple[int, ...], dict[str, Any]]]:
    found = group_by(selected(table, ["phase=1"]), keys, "phase=1")
    return [(one.group.name, one.group.jobs, dict(one.settings)) for one in found]


def test_a_group_for_each_combination_of_values(table: JobTable) -> None:
    assert groups(table) == [("phase=1", (1, 2, 3, 4), {})]
    assert groups(table, "n={{}}") == [("n=1", (1, 2), {"n": 1}), ("n=2", (3,), {"n": 2})]
    assert groups(table, "n={{}}", "lr={{}}") == [
        ("n=1 lr=0.1", (1,), {"n": 1, "lr": 0.1}),
        ("n=1.0 lr=0.2", (2,), {"n": 1.0, "lr": 0.2}),
        ("n=2 lr=0.1", (3,), {"n": 2, "lr": 0.1}),
    ]
    assert groups(table, "n={{2}}") == groups(table, "n=2") == [("n=2", (3,), {"n": 2})]
    assert groups(table, "jobman.id={{1,4}}") == [("jobman.id=1", (1,), {}), ("jobman.id=4", (4,), {})]
    assert groups(table, "m={{}}") == []
    with pytest.raises(InputError, match="no job has this value") as caught:
        groups(table, "n={{1,7}}")
    assert caught.value.got == "n=7"


def test_equal_settings_after_different_groups_are_different_jobs(table: JobTable, tmp_path: Path) -> None:
    found = group_by(selected(table, ["phase=1"]), ["jobman.id={{}}"], "")
    digests = {experiment_job("m.f", tmp_path, {"x": 1}, after=one.group).digest for one in found}
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("words", "jobs"),
    [
        (["dear"], (3,)),
        (["phase=2", "dear"], (3, 5)),
        (["1,2", "n=2"], (1, 2, 3)),
        (["n={{}}"], (1, 2, 3, 5)),
    ],
)
def test_what_after_means(table: JobTable, words: list[str], jobs: tuple[int, ...]) -> None:
    group = group_after(table, words)
    assert (group.name, group.jobs) == (" ".join(words), jobs)


@pytest.mark.parametrize("word", ["cheap", "phase=3", "6", "99", "n={{}"])
def test_after_nothing(table: JobTable, word: str) -> None:
    with pytest.raises(InputError):
        group_after(table, ["dear", word])


def test_later_phases_are_selected_by_the_group_that_they_come_after(table: JobTable, tmp_path: Path) -> None:
    address = StudyAddress.read_table("sqlite:///jobs.db?table=t", tmp_path)
    (first,) = group_by(selected(table, ["phase=1"]), ["n=2"], "")
    job_queue_at(address).add([experiment_job("m.f", tmp_path, {"x": 1}, after=first.group)])
    assert group_after(table, ["jobman.after=n=2"]).jobs == (7,)
    assert list(selected(table, ["jobman.phase=2"])) == [7]


def test_a_result_is_named_only_where_there_is_a_group(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the job comes after none"):
        experiment_job("m.f", tmp_path, {"lr": "{group:min(loss):lr}"})
