"""The statuses of jobs: Jobman's numbers, and every way to name one."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.runs import JobStatus


def test_numbers_and_names_are_jobmans() -> None:
    assert {status.name: status.value for status in JobStatus} == {
        "START": 0,
        "RUNNING": 1,
        "DONE": 2,
        "ERR_START": 3,
        "ERR_SYNC": 4,
        "ERR_RUN": 5,
        "CANCELED": -1,
    }


@pytest.mark.parametrize("status", JobStatus)
def test_every_way_to_name_one(status: JobStatus) -> None:
    for text in (
        status.name,
        status.name.lower(),
        str(status.value),
        f" {status.value} ",
        status.word.upper(),
    ):
        assert JobStatus.read(text) is status


def test_words() -> None:
    assert [status.word for status in JobStatus] == [
        "queued",
        "running",
        "done",
        "failed-to-start",
        "failed-to-sync",
        "failed",
        "cancelled",
    ]


@pytest.mark.parametrize("text", ["", "6", "-2", "2.0", "finished", "ERR"])
def test_what_is_no_status(text: str) -> None:
    with pytest.raises(InputError, match=r"no status of a job") as caught:
        JobStatus.read(text)
    assert "CANCELED (-1, cancelled)" in str(caught.value)


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(InputError) as caught:
        JobStatus.read("canceledd")
    assert caught.value.remedy == "did you mean CANCELED?"


def test_what_has_failed() -> None:
    assert [status for status in JobStatus if status.is_failure] == [
        JobStatus.ERR_START,
        JobStatus.ERR_SYNC,
        JobStatus.ERR_RUN,
    ]
