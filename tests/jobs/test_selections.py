"""Which jobs a selection means."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bbopt.errors import InputError
from bbopt.jobs.selections import Selection, read_ids
from bbopt.runs import JobStatus


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("lr=0.1", 0.1),
        ("lr=1e-1", 0.1),
        ("n=20", 20),
        ("n=20", 20.0),
        ("n=20.0", 20),
        ("n=20", "20"),
        ("n='20'", "20"),
        ("kind=relu", "relu"),
        ('kind="relu"', "relu"),
        (" kind = relu ", "relu"),
        ("kind=a=b", "a=b"),
        ("kind=", ""),
        ("on=True", True),
        ("x=None", None),
        ("x=nan", math.nan),
        ("x=-inf", -math.inf),
        ("x=[1, 2]", (1.0, 2)),
        ("a.b.c=3", 3),
        ("jobman.status=2", 2),
        ("jobman.status=DONE", JobStatus.DONE),
        ("jobman.status=cancelled", -1),
    ],
)
def test_what_is_meant(written: str, value: Any) -> None:
    selection = Selection.read(written)
    assert selection.holds({"other": 1, selection.key: value})
    assert not selection.holds({"other": value})


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("lr=0.1", 0.10000001),
        ("n=20", "20.0"),
        ("n='20'", 20),
        ("n=1", True),
        ("n=True", 1),
        ("n=0", False),
        ("n=0", None),
        ("n=nan", "not a number"),
        ("n=[1,2]", [1, 2, 3]),
        ("jobman.status=DONE", 1),
        ("kind=relu", "Relu"),
    ],
)
def test_what_is_not_meant(written: str, value: Any) -> None:
    selection = Selection.read(written)
    assert not selection.holds({selection.key: value})


@pytest.mark.parametrize("written", ["", "lr", "=3", "jobman.status=finished", "a={1,2}"])
def test_what_selects_nothing(written: str) -> None:
    with pytest.raises(InputError):
        Selection.read(written)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["10,", "11"], [10, 11]),
        (["10, 11"], [10, 11]),
        (["11,10,", "10"], [10, 11]),
        (["007"], [7]),
        ([], []),
        ([","], []),
    ],
)
def test_numbers_of_jobs(words: list[str], ids: list[int]) -> None:
    assert read_ids(words) == ids


@pytest.mark.parametrize("word", ["x", "-1", "1.5", "1;2", "١", "9" * 19])
def test_what_is_no_number_of_a_job(word: str) -> None:
    with pytest.raises(InputError, match="no number of a job"):
        read_ids(["10,", word])
