"""Workers as processes: killed, stopped, asked to end; what they were at is done by others, never by two."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.executors.queue_executor import QueueExecutor
from bbopt.runs import RunStatus
from bbopt.stores import job_queue_at
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.processes import HEARTBEAT_S
from bbopt.stores.sql.schema import JOBS, PROCESSES
from tests.children import run_child
from tests.executors.test_queue_executor import queued, working
from tests.stores.sql.databases import KINDS, database_for
from tests.target.processes import PATIENCE_S, RESULT, await_true, request, shell
from tests.workers.test_worker import LOCKED, is_free

WAITS = f"trap '' TERM; {LOCKED} until test -e go; do sleep 0.05; done; echo '{RESULT}'"
"""It goes on until it is killed, or may answer."""


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseAddress:
    return database_for(request.param, tmp_path)


@pytest.fixture
def study() -> str:
    return f"signals-{uuid.uuid4().hex}"


@pytest.fixture
def executor(address: DatabaseAddress, study: str, tmp_path: Path) -> Iterator[QueueExecutor]:
    queue = job_queue_at(StudyAddress(address, study))
    with closing(queued(shell(WAITS), tmp_path, queue)) as executor:
        yield executor


def lines(folder: Path, name: str) -> list[str]:
    path = folder / name
    return path.read_text().split() if path.exists() else []


def await_lines(folder: Path, n_started: int) -> None:
    await_true(lambda: len(lines(folder, "started")) == n_started)


def let_leases_end(address: DatabaseAddress, pid: int) -> None:
    """As if the process had told nothing for long."""
    with Database(address).writing() as connection:
        row = update(PROCESSES).where(PROCESSES.c.pid == pid)
        connection.execute(row.values(heartbeat_at=PROCESSES.c.heartbeat_at - 3 * HEARTBEAT_S))


SEARCH = """
import signal, sys
from pathlib import Path
from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.stores import job_queue_at
from tests.executors.test_queue_executor import queued
from tests.target.processes import request, shell

url, study, folder, script = sys.argv[1:]
queue = job_queue_at(StudyAddress(DatabaseAddress.read(url, Path()), study))
executor = queued(shell(script), Path(folder), queue)
executor.submit(request())
signal.pause()
"""

SILENT = {signal.SIGKILL, signal.SIGSTOP}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGHUP])
def test_another_worker_takes_the_job(
    executor: QueueExecutor, address: DatabaseAddress, study: str, tmp_path: Path, number: signal.Signals
) -> None:
    """One that is stopped loses what it is at; its supervisor ends that before others may begin it."""
    if number not in SILENT and address.file is None:
        pytest.skip("it is the same for every database")
    with working(address, study) as first:
        executor.submit(request())
        await_true(lambda: lines(tmp_path, "started"))
        first.send_signal(number)
        if number is not signal.SIGSTOP:
            assert first.wait(PATIENCE_S) == (-9 if number is signal.SIGKILL else 128 + number)
        else:
            os.kill(int(lines(tmp_path, "started")[0]), signal.SIGKILL)  # instead of waiting for 17 s
        if number is not signal.SIGKILL:
            await_true(lambda: is_free(tmp_path / "lock"))
        with working(address, study):
            if number in SILENT:
                assert executor.wait(0.2) == []
                await_true(lambda: is_free(tmp_path / "lock"))
                let_leases_end(address, first.pid)
            await_lines(tmp_path, 2)
            (tmp_path / "go").touch()
            (run,) = executor.wait(PATIENCE_S)
            if number is signal.SIGSTOP:
                first.send_signal(signal.SIGCONT)
            assert run.result.status is RunStatus.SAT
    assert lines(tmp_path, "overlaps") == []
    assert executor.wait(0.0) == []


def test_to_finish(executor: QueueExecutor, address: DatabaseAddress, study: str, tmp_path: Path) -> None:
    with working(address, study) as worker:
        executor.submit(request())
        await_true(lambda: lines(tmp_path, "started"))
        worker.send_signal(signal.SIGUSR1)
        (tmp_path / "go").touch()
        (run,) = executor.wait(PATIENCE_S)
        assert run.result.status is RunStatus.SAT
        assert worker.wait(PATIENCE_S) == 0
        assert worker.stdout is not None
        assert "The worker ends: it was asked to end. Jobs: 1 done, 0 failed." in worker.stdout.read()


@pytest.mark.slow
def test_a_poison_job(executor: QueueExecutor, address: DatabaseAddress, study: str, tmp_path: Path) -> None:
    """One that kills its workers is set aside after three of them, and is a crash to the search."""
    executor.submit(request())
    for n in range(1, 4):
        with working(address, study) as worker:
            await_lines(tmp_path, n)
            worker.kill()
            worker.wait(PATIENCE_S)
            await_true(lambda: is_free(tmp_path / "lock"))
            let_leases_end(address, worker.pid)
    with working(address, study):
        (run,) = executor.wait(PATIENCE_S)
    assert run.result.status is RunStatus.CRASHED
    assert "3 workers have died of it" in run.result.reason
    assert len(lines(tmp_path, "started")) == 3


@pytest.mark.slow
def test_the_search_dies(address: DatabaseAddress, study: str, tmp_path: Path) -> None:
    """Its runs end, and what waits is gone."""
    search = run_child(SEARCH, address.text, study, tmp_path, WAITS)
    try:
        await_true(lambda: n_jobs(address, tmp_path) == 1)
        with working(address, study):
            await_lines(tmp_path, 1)
            search.kill()
            search.communicate(timeout=PATIENCE_S)
            await_true(lambda: n_jobs(address, tmp_path) == 0)
            await_true(lambda: is_free(tmp_path / "lock"))
    finally:
        search.kill()
        (tmp_path / "go").touch()
    assert len(lines(tmp_path, "started")) == 1


def n_jobs(address: DatabaseAddress, folder: Path) -> int:
    with Database(address).reading() as connection:
        if connection is None:
            return 0
        query = select(func.count()).where(JOBS.c.content.contains(str(folder)))
        return int(connection.execute(query).scalar_one())
