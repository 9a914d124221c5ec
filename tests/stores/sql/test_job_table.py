"""Jobs as people look at them and change them, on both kinds of databases."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bbopt.process_identity import ProcessIdentity
from bbopt.runs import JobStatus
from bbopt.stores import MAX_KILLED, EndedJob, JobChoice, JobKind, JobRow, NewJob, SettingIs, Wish
from bbopt.stores.sql import Database, SqlJobQueue, SqlJobTable
from bbopt.stores.sql.processes import HEARTBEAT_S, OwnProcess
from bbopt.stores.sql.schema import JOBS, PROCESSES
from tests.stores.sql.databases import KINDS, database_for

HERE = ProcessIdentity.current()
KINDS_OF_JOBS = tuple(JobKind)
ALL = JobChoice()


@pytest.fixture(params=KINDS)
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> SqlJobQueue:
    return SqlJobQueue(database_for(request.param, tmp_path), str(tmp_path))


@pytest.fixture
def table(queue: SqlJobQueue) -> SqlJobTable:
    return SqlJobTable(queue._database.address, queue._study.name)


def job(kind: JobKind = JobKind.COMMAND, *, priority: float = 1.0, **settings: Any) -> NewJob:
    return NewJob(kind, {"command": ["true"]}, settings, priority)


def claim(queue: SqlJobQueue, n: int = 1) -> list[int]:
    return [one.id for one in queue.exchange((), n, KINDS_OF_JOBS)]


def end(queue: SqlJobQueue, number: int, status: JobStatus, reason: str = "") -> None:
    queue.exchange([EndedJob(number, status, {"quality": 0.5}, reason)], 0, ())


def numbers(table: SqlJobTable, choice: JobChoice = ALL) -> list[int]:
    return [row.number for row in table.jobs(choice)]


def row_of(table: SqlJobTable, number: int) -> JobRow:
    row = table.job(number)
    assert row is not None
    return row


@contextmanager
def elsewhere(queue: SqlJobQueue, n_slots: int = 1) -> Iterator[SqlJobQueue]:
    """A worker on another host, of which nobody but the database can say whether it lives."""
    other = SqlJobQueue(queue._database.address, queue._study.name)
    identity = replace(HERE, host="another-host")
    other._own = OwnProcess(other._database, identity=identity, heartbeat_s=3600, on_appearing=other._join)
    with other.attend(n_slots):
        yield other


def fall_silent(queue: SqlJobQueue) -> None:
    with queue._database.writing() as connection:
        ours = update(PROCESSES).where(PROCESSES.c.token == queue._own.token)
        connection.execute(ours.values(heartbeat_at=PROCESSES.c.heartbeat_at - 3 * HEARTBEAT_S))


def test_nothing_is_there(tmp_path: Path) -> None:
    table = SqlJobTable(database_for("sqlite", tmp_path), "study")
    assert (table.jobs(ALL), table.job(1), table.members()) == ([], None, [])
    assert table.counts().by_status == {}
    assert not (tmp_path / "runs.db").exists()
    assert table.delete([1]) == []


def test_a_job_from_its_beginning_to_its_end(queue: SqlJobQueue, table: SqlJobTable) -> None:
    (number,) = queue.add([job(lr="0.1", layers=2, priority=3.0)])
    before = time.time()
    row = row_of(table, number)
    assert (row.status, row.priority, row.kind) == (JobStatus.START, 3.0, JobKind.COMMAND)
    assert (row.settings, row.content) == ({"lr": "0.1", "layers": 2}, {"command": ["true"]})
    assert abs(row.added_at - before) < 60
    assert (row.started_at, row.worker, row.heartbeat_age_s, row.is_under_way) == (None, None, None, False)
    with queue.attend(2):
        assert claim(queue) == [number]
        queue.show({number: ["run", 1, 7, 0.25, []]})
        (row,) = table.jobs(JobChoice(under_way=True))
        assert (row.status, row.is_under_way, row.looks_crashed) == (JobStatus.RUNNING, True, False)
        assert row.worker == str(HERE)
        assert row.heartbeat_age_s is not None
        assert row.latest == ["run", 1, 7, 0.25, []]
        assert not row.content
        (member,) = table.members()
        assert (member.pid, member.host) == (HERE.pid, HERE.host_name)
        assert (member.n_slots, member.n_busy) == (2, 1)
        assert (member.is_alive, member.is_stopped) == (True, False)
        end(queue, number, JobStatus.ERR_RUN, "exit status 1\nand more")
    row = row_of(table, number)
    assert (row.status, row.reason) == (JobStatus.ERR_RUN, "exit status 1\nand more")
    assert row.result == {"quality": 0.5}
    assert row.ended_at is not None
    assert not table.jobs(JobChoice(under_way=True))


def test_times_are_told_by_the_clock_of_who_looks(
    queue: SqlJobQueue, table: SqlJobTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = queue.add([job()])
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    assert abs(row_of(table, number).added_at - time.time()) < 600


def test_jobs_are_chosen(queue: SqlJobQueue, table: SqlJobTable) -> None:
    jobs = [job(lr="0.1", n=8), job(lr="0.10", n=8, priority=2.0), job(lr="x"), job(priority=2.0)]
    first, second, third, fourth = queue.add(jobs)
    with queue.attend(1):
        assert claim(queue) == [second]
        end(queue, second, JobStatus.DONE)

    def found(**choice: Any) -> list[int]:
        return numbers(table, JobChoice(**choice))

    assert found() == [first, second, third, fourth]
    assert found(numbers=frozenset({fourth, first, 10**9})) == [first, fourth]
    assert found(numbers=frozenset()) == []
    assert found(statuses=frozenset({JobStatus.DONE})) == [second]
    assert found(statuses=frozenset({JobStatus.DONE, JobStatus.START}), priority=2.0) == [second, fourth]
    assert found(settings=(SettingIs("lr", "1e-1"),)) == [first, second]
    assert found(settings=(SettingIs("lr", "x"),)) == [third]
    assert found(settings=(SettingIs("lr", "0.1"), SettingIs("n", "8.0")), priority=1.0) == [first]
    assert found(settings=(SettingIs("m", "8"),)) == []


def test_jobs_are_chosen_by_more_numbers_than_fit_into_a_statement(
    queue: SqlJobQueue, table: SqlJobTable
) -> None:
    added = queue.add([job() for _ in range(6000)])
    assert numbers(table, JobChoice(numbers=frozenset(added))) == added
    assert table.delete(added) == added
    assert numbers(table) == []


def test_they_are_counted(queue: SqlJobQueue, table: SqlJobTable) -> None:
    added = queue.add([job() for _ in range(6)])
    with queue.attend(6):
        assert claim(queue, 5) == added[:5]
        end(queue, added[0], JobStatus.DONE)
        for number, reason in zip(added[1:4], ("full disk\nline 2", "full disk", ""), strict=True):
            end(queue, number, JobStatus.ERR_RUN, reason)
        counts = table.counts()
    assert counts.by_status == {
        JobStatus.START: 1, JobStatus.RUNNING: 1, JobStatus.DONE: 1, JobStatus.ERR_RUN: 3
    }  # fmt: skip
    assert list(counts.reasons) == [("full disk", 2), ("", 1)]
    assert (counts.n_failed, counts.n_left, counts.n_crashed) == (3, 2, 0)


def test_studies_are_apart(queue: SqlJobQueue, table: SqlJobTable) -> None:
    other = SqlJobQueue(queue._database.address, f"{queue._study.name}-2")
    (number,) = other.add([job()])
    (own,) = queue.add([job()])
    assert numbers(table) == [own]
    assert table.job(number) is None
    assert table.delete([number]) == []
    assert table.set_status([number], JobStatus.DONE) == []
    assert table.counts().by_status == {JobStatus.START: 1}


def test_what_has_ended_can_begin_anew(queue: SqlJobQueue, table: SqlJobTable) -> None:
    (number,) = queue.add([job(lr="0.1")])
    fresh = row_of(table, number)
    with queue.attend(1):
        claim(queue)
        end(queue, number, JobStatus.ERR_RUN, "broken")
    with queue._database.writing() as connection:
        connection.execute(update(JOBS).where(JOBS.c.id == number).values(n_killed=2))
    assert table.set_status([number], JobStatus.START) == [number]
    assert replace(row_of(table, number), added_at=fresh.added_at) == fresh
    with queue.attend(1):
        assert claim(queue) == [number]


def test_a_status_is_set_but_where_somebody_is_at_it(queue: SqlJobQueue, table: SqlJobTable) -> None:
    had, waiting = queue.add([job(), job()])
    with queue.attend(1):
        assert claim(queue) == [had]
        for status in (JobStatus.START, JobStatus.DONE):
            assert table.set_status([had, waiting], status) == [waiting]
            assert row_of(table, waiting).status is status
        assert row_of(table, had).is_under_way
        assert queue.look() == {had: Wish.NOTHING}
    with pytest.raises(ValueError, match="where a worker has it"):
        table.set_status([had], JobStatus.RUNNING)


@pytest.mark.parametrize("ends_runs", [False, True])
def test_a_job_is_cancelled(queue: SqlJobQueue, table: SqlJobTable, ends_runs: bool) -> None:
    had, waiting = queue.add([job(), job()])
    with queue.attend(1):
        assert claim(queue) == [had]
        assert table.cancel([had, waiting], ends_runs=ends_runs) == [had, waiting]
        assert queue.look() == {had: Wish.END if ends_runs else Wish.NOTHING}
        assert numbers(table, JobChoice(under_way=True)) == [had]
        assert claim(queue) == []
        if ends_runs:
            end(queue, had, JobStatus.ERR_RUN, "it was ended")
        else:
            end(queue, had, JobStatus.DONE)
    assert row_of(table, had).status is (JobStatus.CANCELED if ends_runs else JobStatus.DONE)
    assert row_of(table, waiting).status is JobStatus.CANCELED
    assert row_of(table, waiting).ended_at is not None


def test_priorities_decide_who_is_next(queue: SqlJobQueue, table: SqlJobTable) -> None:
    first, second = queue.add([job(), job()])
    assert table.set_priority([second], 5.0) == [second]
    with queue.attend(1):
        assert claim(queue) == [second]
        assert table.set_priority([first, second], 0.5) == [first, second]
    assert {row.priority for row in table.jobs(ALL)} == {0.5}


def test_a_job_is_deleted(queue: SqlJobQueue, table: SqlJobTable) -> None:
    had, waiting = queue.add([job(), job()])
    with queue.attend(1):
        assert claim(queue) == [had]
        assert table.delete([had, waiting]) == [waiting]
        assert table.delete([had], takes_away=True) == [had]
        assert queue.look() == {had: Wish.LOST}
        end(queue, had, JobStatus.DONE)
    assert numbers(table) == []


def test_the_status_of_a_search_s_own_jobs_is_its_affair(queue: SqlJobQueue, table: SqlJobTable) -> None:
    with queue.attend():
        (own,) = queue.add([job(JobKind.SEARCH_RUN)], are_own=True)
        assert row_of(table, own).is_of_search
        assert table.cancel([own], ends_runs=True) == []
        assert table.set_status([own], JobStatus.DONE) == []
        assert table.set_priority([own], 2.0) == [own]
        assert row_of(table, own).status is JobStatus.START
        with elsewhere(queue) as worker:
            assert claim(worker) == [own]
            assert table.cancel([own], ends_runs=True) == []
            assert worker.look() == {own: Wish.NOTHING}
        assert table.delete([own]) == [own]


def test_what_looks_crashed_is_put_back(queue: SqlJobQueue, table: SqlJobTable) -> None:
    (number,) = queue.add([job()])
    with elsewhere(queue) as other:
        assert claim(other) == [number]
        assert table.counts().n_crashed == 0
        assert table.relaunch() == []
        fall_silent(other)
        (row,) = table.jobs(JobChoice(under_way=True))
        assert (row.looks_crashed, row.is_under_way) == (True, False)
        assert row.heartbeat_age_s is not None
        assert row.heartbeat_age_s > 2 * HEARTBEAT_S
        (member,) = table.members()
        assert not member.is_alive
        assert table.counts().n_crashed == 1
        assert table.relaunch() == [number]
        assert (table.members(), table.relaunch()) == ([], [])
        row = row_of(table, number)
        assert (row.status, row.n_killed, row.looks_crashed) == (JobStatus.START, 1, False)
        assert other.look() == {number: Wish.LOST}


def test_what_may_still_be_ending_is_not_put_back(queue: SqlJobQueue, table: SqlJobTable) -> None:
    """Its worker was killed on this host just now; its supervisors were not."""
    (number,) = queue.add([job()])
    with queue.attend(1):
        assert claim(queue) == [number]
        with Database(queue._database.address).writing() as connection:
            process = update(PROCESSES).where(PROCESSES.c.token == queue._own.token)
            connection.execute(process.values(pid=2**22 + 1))
        assert (table.counts().n_crashed, table.relaunch()) == (0, [])
        assert not row_of(table, number).looks_crashed
        fall_silent(queue)
        assert (table.counts().n_crashed, table.relaunch()) == (1, [number])


def test_what_looks_crashed_can_be_set_to_another_status(queue: SqlJobQueue, table: SqlJobTable) -> None:
    first, second = queue.add([job(), job()])
    with elsewhere(queue, 2) as other:
        assert claim(other, 2) == [first, second]
        fall_silent(other)
        assert table.set_status([first], JobStatus.START) == [first]
        assert table.delete([second]) == [second]
        end(other, first, JobStatus.DONE)
    assert row_of(table, first).status is JobStatus.START


def test_what_has_killed_too_many_is_not_put_back(queue: SqlJobQueue, table: SqlJobTable) -> None:
    (number,) = queue.add([job()])
    for n in range(MAX_KILLED):
        with elsewhere(queue) as other:
            assert claim(other) == [number]
            fall_silent(other)
            assert table.relaunch() == ([number] if n + 1 < MAX_KILLED else [])
    assert row_of(table, number).status is JobStatus.ERR_RUN
    assert list(table.counts().reasons) == [(f"{MAX_KILLED} workers have died of it", 1)]


def test_a_job_of_whose_worker_nobody_knows_is_put_back(queue: SqlJobQueue, table: SqlJobTable) -> None:
    (number,) = queue.add([job()])
    with Database(queue._database.address).writing() as connection:
        lost = update(JOBS).where(JOBS.c.id == number)
        connection.execute(lost.values(status=JobStatus.RUNNING.value, owner="nobody", claim="none"))
    assert table.counts().n_crashed == 1
    assert table.relaunch() == [number]
    assert table.counts().by_status == {JobStatus.START: 1}


def test_what_looks_crashed_is_cancelled(queue: SqlJobQueue, table: SqlJobTable) -> None:
    (number,) = queue.add([job()])
    with elsewhere(queue) as other:
        assert claim(other) == [number]
        fall_silent(other)
        assert table.cancel([number], ends_runs=True) == [number]
        row = row_of(table, number)
        assert (row.status, row.is_under_way, row.looks_crashed) == (JobStatus.CANCELED, False, False)
        assert row.ended_at is not None
        assert other.look() == {number: Wish.LOST}
        assert table.set_status([number], JobStatus.START) == [number]


def test_who_has_a_cancelled_job_and_dies_is_not_waited_for(queue: SqlJobQueue, table: SqlJobTable) -> None:
    (number,) = queue.add([job()])
    with elsewhere(queue) as other:
        assert claim(other) == [number]
        assert table.cancel([number], ends_runs=True) == [number]
        assert row_of(table, number).is_under_way
        fall_silent(other)
        assert not row_of(table, number).is_under_way
        assert table.relaunch() == []
        assert numbers(table, JobChoice(under_way=True)) == []
    assert row_of(table, number).status is JobStatus.CANCELED
