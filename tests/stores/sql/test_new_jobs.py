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
    assert again is None
    known, third = queue.add_missing([job("b"), job("c")])
    assert known is None
    assert len({first, second, third} - {None}) == 3
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


@pytest.mark.parametrize("n", [0, 1, 99, 100, 5001])
def test_numbers_count_up_in_the_jobs_order(queue: SqlJobQueue, n: int) -> None:
    """However many are added at a time, and also behind jobs that are gone."""
    before = queue.add([job("first"), job("second")])
    with queue.attend(0):
        (gone,) = queue.add([job("gone")], are_own=True)
        queue.forget([gone])
    added = queue.add([NewJob(JobKind.COMMAND, {"n": number}) for number in range(n)])
    (last,) = queue.add([job("last")])
    numbers = [*before, gone, *added, last]
    assert numbers == sorted(set(numbers))
    with queue.attend(1):
        claimed = queue.exchange((), n + 3, tuple(JobKind))
    assert [one.id for one in claimed] == [*before, *added, last]
    assert [one.content for one in claimed[2:-1]] == [{"n": number} for number in range(n)]


def test_some_may_be_left_for_others(queue: SqlJobQueue) -> None:
    first, second = queue.add([job("a"), job("b")])
    with queue.attend(1):
        assert [one.id for one in queue.exchange((), 5, tuple(JobKind), {first})] == [second]
        assert queue.state(tuple(JobKind), {first}).n_queued == 0
        assert queue.state().n_queued == 1
