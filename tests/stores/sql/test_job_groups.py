"""Jobs that come after others, on both kinds of databases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.runs import JobStatus
from bbopt.stores import EndedJob, JobChoice, JobKind, NewGroup, NewJob, Wish
from bbopt.stores.sql import SqlJobQueue, SqlJobTable
from tests.stores.sql.databases import KINDS, database_for

DONE, START, CANCELED = JobStatus.DONE, JobStatus.START, JobStatus.CANCELED
KINDS_OF_JOBS = tuple(JobKind)


@pytest.fixture(params=KINDS)
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> SqlJobQueue:
    return SqlJobQueue(database_for(request.param, tmp_path), str(tmp_path))


@pytest.fixture
def table(queue: SqlJobQueue) -> SqlJobTable:
    return SqlJobTable(queue._database.address, queue._study.name)


def add(queue: SqlJobQueue, n: int, after: Sequence[int] = (), name: str = "first") -> list[int]:
    group = NewGroup(name, tuple(after)) if after else None
    return queue.add([NewJob(JobKind.EXPERIMENT, {"n": i}, {"i": i}, after=group) for i in range(n)])


def claim(queue: SqlJobQueue, n: int = 100) -> list[int]:
    return [one.id for one in queue.exchange((), n, KINDS_OF_JOBS)]


def end(queue: SqlJobQueue, number: int, status: JobStatus = DONE) -> list[int]:
    """And what can be claimed then, in the same transaction."""
    ended = EndedJob(number, status, {"quality": 0.5}, "it has failed" if status.is_failure else "")
    return [one.id for one in queue.exchange([ended], 100, KINDS_OF_JOBS)]


def statuses(table: SqlJobTable) -> dict[int, JobStatus]:
    return {row.number: row.status for row in table.jobs(JobChoice())}


def reason(table: SqlJobTable, number: int) -> str:
    row = table.job(number)
    assert row is not None
    return row.reason


def test_a_job_begins_when_all_are_done_that_it_comes_after(queue: SqlJobQueue, table: SqlJobTable) -> None:
    with queue.attend(1):
        first, second = add(queue, 2)
        later = add(queue, 2, after=(first, second))
        assert claim(queue) == [first, second]
        assert queue.state().has_later
        assert queue.state().n_queued == 0
        assert reason(table, later[0]) == "waits for 2 jobs of group first"
        assert end(queue, second) == []
        assert reason(table, later[0]) == "waits for 1 job of group first"
        assert end(queue, first) == later
        assert not queue.state().has_later
        row = table.job(later[0])
        assert row is not None
        assert (row.after, row.phase, row.reason) == ("first", 2, "")


def test_it_knows_its_group_when_it_is_claimed(queue: SqlJobQueue, table: SqlJobTable) -> None:
    with queue.attend(1):
        first = add(queue, 3)
        claim(queue)
        for number in first[:2]:
            end(queue, number)
        add(queue, 1, after=first[:2])
        (claimed,) = queue.exchange((), 1, KINDS_OF_JOBS)  # both are done, so that it needn't wait
        assert claimed.after_group is not None
        assert [row.number for row in table.jobs_of_group(claimed.after_group)] == first[:2]
        table.set_status(first[:1], START)
        assert claim(queue) == first[:1]
        queue.exchange([EndedJob(first[0], DONE, {"quality": 0.1})], 0, ())
        assert table.jobs_of_group(claimed.after_group)[0].result == {"quality": 0.1}


def test_none_begins_after_one_that_has_failed(queue: SqlJobQueue, table: SqlJobTable) -> None:
    with queue.attend(1):
        (first,) = add(queue, 1)
        (second,) = add(queue, 1, after=[first])
        (third,) = add(queue, 1, after=[second], name="second")
        claim(queue)
        assert end(queue, first, JobStatus.ERR_RUN) == []
        assert reason(table, second) == f"waits for 1 job of group first, in vain: job {first} has failed"
        assert reason(table, third) == f"waits for 1 job of group second, in vain: job {first} has failed"
        assert table.set_status([first], START) == [first]
        assert reason(table, third) == "waits for 1 job of group second"
        assert claim(queue) == [first]
        assert end(queue, first) == [second]
        row = table.job(third)
        assert row is not None
        assert row.phase == 3


def test_none_begins_after_one_that_was_cancelled_or_is_gone(queue: SqlJobQueue, table: SqlJobTable) -> None:
    first = add(queue, 2)
    (later,) = add(queue, 1, after=first)
    table.cancel(first[:1], ends_runs=False)
    assert reason(table, later).endswith(f"in vain: job {first[0]} was cancelled")
    table.set_status(first[:1], DONE)
    table.delete(first[1:])
    assert reason(table, later) == f"waits for 1 job of group first, in vain: job {first[1]} is gone"
    put_back = {first[1]: (NewJob(JobKind.EXPERIMENT, {}), EndedJob(0, DONE, {}))}
    assert queue.put_back(put_back) == [first[1]]
    table.delete(first)  # what is done is done
    with queue.attend(1):
        assert claim(queue) == [later]


def test_what_comes_after_is_set_back(queue: SqlJobQueue, table: SqlJobTable) -> None:
    with queue.attend(1):
        first, other = add(queue, 2)
        second = add(queue, 4, after=[first])
        (third,) = add(queue, 1, after=[second[0]], name="second")
        claim(queue)
        end(queue, other)
        end(queue, first)
        end(queue, second[0])
        end(queue, third)
        end(queue, second[1], JobStatus.ERR_RUN)
        table.cancel(second[2:3], ends_runs=False)  # it goes on
        assert queue.look()[second[3]] is Wish.NOTHING
        back = table.set_status([first], START)
        assert back == [first, second[0], second[1], second[3], third]
        assert statuses(table) == {
            first: START, other: DONE, second[0]: START, second[1]: START, second[2]: CANCELED,
            second[3]: START, third: START,
        }  # fmt: skip
        assert queue.look()[second[3]] is Wish.LOST
        assert end(queue, second[3]) == [first]  # what it has come to is dropped
        row = table.job(third)
        assert row is not None
        assert row.result is None
        assert row.reason == "waits for 1 job of group second"
        assert end(queue, first) == [second[0], second[1], second[3]]
        assert end(queue, second[0]) == [third]


def test_what_has_been_done_stays_when_what_it_came_after_is_cancelled(
    queue: SqlJobQueue, table: SqlJobTable
) -> None:
    with queue.attend(1):
        (first,) = add(queue, 1)
        second = add(queue, 2, after=[first])
        claim(queue)
        end(queue, first)
        end(queue, second[0])
        assert table.cancel([first], ends_runs=False) == [first]
        assert statuses(table)[second[0]] is DONE
        end(queue, second[1], START)  # it wanted to go on, and waits now
        assert claim(queue) == []
        assert table.set_status([first], DONE) == [first]
        assert claim(queue) == [second[1]]


def test_nothing_is_added_after_jobs_that_are_not_there(queue: SqlJobQueue, table: SqlJobTable) -> None:
    (first,) = add(queue, 1)
    with pytest.raises(StateError, match=f"job {first + 1000}, which others were to come after"):
        add(queue, 1, after=[first, first + 1000])
    assert list(statuses(table)) == [first]


def test_the_last_of_several_that_end_at_a_time_lets_the_next_phase_begin(queue: SqlJobQueue) -> None:
    address, study = queue._database.address, queue._study.name
    first = add(queue, 40)
    groups = [first[::2], first[1::2], first]
    later = [number for group in groups for number in add(queue, 3, after=group)]

    def work(seed: int) -> list[int]:
        """Add after what others are about to end, too."""
        own, done = SqlJobQueue(address, study), []
        rng = random.Random(seed)
        with own.attend(4):
            claimed = claim(own, 4)
            while claimed:
                done += claimed
                if claimed[0] in first:
                    done.append(-add(own, 1, after=rng.sample(first, 5))[0])
                rng.shuffle(claimed)
                ended = [EndedJob(number, DONE, {}) for number in claimed]
                claimed = [one.id for one in own.exchange(ended, 4, KINDS_OF_JOBS)]
        return done

    with ThreadPoolExecutor(4) as pool:
        done = [number for some in pool.map(work, range(4)) for number in some]
    added = {-number for number in done if number < 0}
    with queue.attend(4):  # who found nothing has gone
        ended: list[EndedJob] = []
        while claimed := queue.exchange(ended, 100, KINDS_OF_JOBS):
            done += [one.id for one in claimed]
            ended = [EndedJob(one.id, DONE, {}) for one in claimed]
    assert sorted(number for number in done if number > 0) == sorted({*first, *later, *added})
