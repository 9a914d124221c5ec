"""Jobs of people are added once: what makes two jobs equal is their digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.runs import JobStatus
from bbopt.stores import EndedJob, JobKind, NewJob
from bbopt.stores.sql import SqlJobQueue
from tests.stores.sql.databases import KINDS, database_for


@pytest.fixture(params=KINDS)
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> SqlJobQueue:
    return SqlJobQueue(database_for(request.param, tmp_path), str(tmp_path))


def job(digest: str) -> NewJob:
    return NewJob(JobKind.COMMAND, {"words": ["true"]}, digest=digest)


def test_equal_ones_are_added_once(queue: SqlJobQueue) -> None:
    assert queue.equal_jobs(["a"]) == set()
    first, second, again = queue.add_missing([job("a"), job("b"), job("a")])
    assert first is not None
    assert second is not None
    assert (second, again) == (first + 1, None)
    assert queue.add_missing([job("b"), job("c")]) == [None, second + 1]
    assert queue.equal_jobs(["a", "c", "d"]) == {"a", "c"}


def test_those_of_other_studies_do_not_count(queue: SqlJobQueue) -> None:
    queue.add_missing([job("a")])
    other = SqlJobQueue(queue._database.address, f"{queue._study.name}-2")
    assert other.equal_jobs(["a"]) == set()
    assert other.add_missing([job("a")]) != [None]


def test_one_that_has_ended_counts_still(queue: SqlJobQueue) -> None:
    (number,) = queue.add_missing([job("a")])
    assert number is not None
    with queue.attend(1):
        queue.exchange((), 1, tuple(JobKind))
        queue.exchange([EndedJob(number, JobStatus.ERR_RUN, {}, "it broke")], 0, ())
    assert queue.add_missing([job("a")]) == [None]


def test_more_than_fit_into_one_statement(queue: SqlJobQueue) -> None:
    many = [job(f"{number}") for number in range(11_000)]
    queue.add_missing(many[::2])
    added = queue.add_missing(many)
    assert added[::2] == [None] * 5500
    numbers = [number for number in added if number is not None]
    assert numbers == sorted(numbers)
    assert len(numbers) == 5500


def test_some_may_be_left_for_others(queue: SqlJobQueue) -> None:
    first, second = queue.add([job("a"), job("b")])
    with queue.attend(1):
        assert [one.id for one in queue.exchange((), 5, tuple(JobKind), {first})] == [second]
        assert queue.state(tuple(JobKind), {first}).n_queued == 0
        assert queue.state().n_queued == 1
