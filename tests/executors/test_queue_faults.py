"""The executor of a queue: its database loses answers, others think it dead, its workers hang."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bbopt.database_address import DatabaseAddress
from bbopt.errors import UnavailableError
from bbopt.executors import FinishedRun
from bbopt.executors import queue_executor as implementation
from bbopt.executors.queue_executor import QueueExecutor
from bbopt.executors.queue_messages import result_of
from bbopt.runs import JobStatus, RunStatus
from bbopt.stores.job_queue import ClaimedJob, EndedJob, JobKind, Wish
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.jobs import SqlJobQueue
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun
from tests.executors.test_queue_executor import queued
from tests.stores.sql.databases import KINDS, database_for
from tests.stores.sql.test_jobs import Members
from tests.target.processes import RESULT, request, searched, shell


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseAddress:
    return database_for(request.param, tmp_path)


@pytest.fixture
def members(address: DatabaseAddress) -> Iterator[Members]:
    members = Members(address, f"executor-{uuid.uuid4().hex}")
    with members.stack:
        yield members


@pytest.fixture
def executor(members: Members, tmp_path: Path) -> Iterator[QueueExecutor]:
    members.join(2)  # so that there are two slots
    queue = SqlJobQueue(members.address, members.study)
    with closing(queued(shell(":"), tmp_path, queue)) as executor:
        yield executor


def claim(worker: SqlJobQueue) -> list[ClaimedJob]:
    return worker.exchange([], 9, tuple(JobKind))


def finish(worker: SqlJobQueue, jobs: list[ClaimedJob]) -> None:
    found = searched(RESULT + "\n", [])
    run = SupervisedRun(EndedBy.EXIT, 0.0, 0.1, exit_status=0, result_lines=[RESULT], **found)
    worker.exchange([EndedJob(job.id, JobStatus.DONE, result_of(run, "here")) for job in jobs], 0, ())


def losing(what: Callable[..., Any], n_lost: int = 1) -> Callable[..., Any]:
    """The first answers are lost on their way; what was asked for is done."""
    left = n_lost

    def call(*given: Any, **named: Any) -> Any:
        nonlocal left
        answer = what(*given, **named)
        if left:
            left -= 1
            raise UnavailableError("the connection was lost")
        return answer

    return call


def test_runs_that_were_added_unheard_are_there_once(
    executor: QueueExecutor, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = members.join(2)
    monkeypatch.setattr(executor._queue, "add", losing(executor._queue.add))
    tickets = [executor.submit(request(seed)) for seed in (1, 2)]
    jobs = claim(worker)
    assert executor.wait(0.1) == []
    jobs += claim(worker)
    assert len(jobs) == 2
    assert worker.look() == dict.fromkeys([job.id for job in jobs], Wish.NOTHING)
    finish(worker, jobs)
    found: list[FinishedRun] = []
    while len(found) < 2:
        found += executor.wait(5.0)
    assert [(run.ticket, run.result.status) for run in found] == [(t, RunStatus.SAT) for t in tickets]


def test_results_whose_deletion_was_not_heard_of_come_once(
    executor: QueueExecutor, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = members.join(2)
    executor.submit(request())
    finish(worker, claim(worker))

    def fail(_: object) -> None:
        raise UnavailableError("the connection was lost")

    with monkeypatch.context() as patched:
        patched.setattr(executor._queue, "forget", fail)
        assert len(executor.wait(5.0)) == 1
        executor.submit(request(8))
        assert executor.wait(0.1) == []
    monkeypatch.setattr(implementation, "_CHECK_EVERY_S", 0.0)
    assert executor.wait(0.1) == []
    assert len(executor._queue.own_jobs()) == 1
    jobs = claim(worker)
    assert [job.content["request"]["seed"] for job in jobs] == [8]
    finish(worker, jobs)


def test_runs_of_a_search_that_seemed_dead_are_asked_for_again(
    executor: QueueExecutor, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(implementation, "_CHECK_EVERY_S", 0.0)
    worker = members.join(2)
    executor.submit(request())
    (before,) = claim(worker)
    other = members.join()
    other._own.token = executor._queue._own.token  # type: ignore[attr-defined]
    other.forget([before.id])
    assert worker.look() == {before.id: Wish.LOST}
    assert executor.wait(0.1) == []
    (after,) = claim(worker)
    assert after.content == before.content
    finish(worker, [before])
    assert executor.wait(0.1) == []
    finish(worker, [after])
    assert len(executor.wait(5.0)) == 1


def test_a_cancelled_run_whose_worker_leaves_is_over(executor: QueueExecutor, members: Members) -> None:
    worker = SqlJobQueue(members.address, members.study)
    with worker.attend(1):
        ticket = executor.submit(request())
        assert len(claim(worker)) == 1
        executor.cancel([ticket])
        assert executor.wait(0.1) == []
    (run,) = executor.wait(5.0)
    assert run.result.status is RunStatus.KILLED
    assert executor._queue.own_jobs() == {}


def test_a_search_ends_though_a_worker_hangs(
    executor: QueueExecutor, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(implementation, "longest_end_s", lambda *_, **__: 0.3)
    worker = members.join(1)
    executor.submit(request())
    (job,) = claim(worker)
    executor.cancel()
    (run,) = executor.wait(5.0)
    assert run.result.status is RunStatus.KILLED
    assert worker.look() == {job.id: Wish.LOST}


def test_a_search_ends_without_its_database(
    executor: QueueExecutor, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(implementation, "longest_end_s", lambda *_, **__: 0.3)
    executor.submit(request())
    with monkeypatch.context() as patched:

        def fail() -> None:
            raise UnavailableError("out of reach")

        patched.setattr(executor._queue._database, "_prepare", fail)  # type: ignore[attr-defined]
        patched.setattr(executor._queue._database, "_is_there", fail)  # type: ignore[attr-defined]
        executor.close()


def cut(database: Database) -> None:
    """End the connection that it uses next."""
    with database.reading() as used:
        assert used is not None
        pid = used.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with Database(database.address).writing() as connection:
        end = text("SELECT pg_terminate_backend(:pid)")
        assert connection.execute(end, {"pid": pid}).scalar_one()


def test_connections_that_are_cut(executor: QueueExecutor, members: Members) -> None:
    """Of both sides, again and again: each run comes once."""
    if members.address.file is not None:
        pytest.skip("there are no connections")
    worker, found = members.join(2), []
    jobs: list[ClaimedJob] = []
    for n in range(12):
        if executor.n_free:
            executor.submit(request(n))
        if n % 3 == 0:
            cut(worker._database)
            cut(executor._queue._database)  # type: ignore[attr-defined]
        try:
            worker.look()
            finish(worker, jobs)
            jobs = claim(worker)
        except UnavailableError:
            pass
        found += executor.wait(0.05)
    while executor._jobs:
        worker.look()
        finish(worker, jobs)
        jobs = claim(worker)
        found += executor.wait(0.05)
    seeds = [run.request.seed for run in found]
    assert len(seeds) == len(set(seeds)) >= 6
    assert {run.result.status for run in found} == {RunStatus.SAT}
