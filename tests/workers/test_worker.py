"""A worker in this process, with real supervisors and a real database: what it takes, and when it ends."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bbopt.database_address import DatabaseAddress
from bbopt.errors import UnavailableError
from bbopt.executors import RunOrders
from bbopt.executors.queue_messages import job_of, run_from
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import ClaimedJob, EndedJob, JobKind, Wish
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.jobs import SqlJobQueue
from bbopt.stores.sql.processes import HEARTBEAT_S
from bbopt.stores.sql.schema import JOBS, PROCESSES
from bbopt.target import TargetCommand
from bbopt.target.supervisor.wire import EndedBy
from bbopt.workers import SearchRuns, Worker, WorkerEnd, WorkerSettings
from bbopt.workers import worker as implementation
from tests.stores.sql.databases import KINDS, database_for
from tests.target.processes import PATIENCE_S, RESULT, await_true, request, shell

LOCKED = 'exec 9> lock; flock --nonblock 9 || echo twice >> overlaps; echo "$$" >> started; '


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseAddress:
    return database_for(request.param, tmp_path)


class Asking:
    """Who asks for runs, as a search does, and knows what has become of them."""

    def __init__(self, address: DatabaseAddress, folder: Path) -> None:
        self.address, self.folder = address, folder
        self.study = f"worker-{uuid.uuid4().hex}"
        self.queue = self.another()

    def another(self) -> SqlJobQueue:
        return SqlJobQueue(self.address, self.study)

    def ask(self, *scripts: str, grace_s: float = 0.3) -> list[int]:
        jobs = []
        for script in scripts:
            orders = RunOrders(TargetCommand(shell(script), self.folder, str(self.folder)), grace_s=grace_s)
            jobs.append(job_of(request(), orders.order(request(), 0)))
        return self.queue.add(jobs, are_own=True)

    def statuses(self) -> dict[int, tuple[int, int]]:
        """Status and number of dead workers of each job."""
        with Database(self.address).reading() as connection:
            assert connection is not None
            query = select(JOBS).where(JOBS.c.asker == self.queue._own.token).order_by(JOBS.c.id)
            return {row.id: (row.status, row.n_killed) for row in connection.execute(query)}

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().split() if path.exists() else []

    def take(self) -> dict[int, EndedBy]:
        return {one.id: run_from(one)[0].ended_by for one in self.queue.take_results()}


@pytest.fixture
def asking(address: DatabaseAddress, tmp_path: Path) -> Iterator[Asking]:
    asking = Asking(address, tmp_path)
    with asking.queue.attend():
        yield asking


def worker_of(asking: Asking, **settings: Any) -> Worker:
    return Worker(asking.another(), [SearchRuns()], WorkerSettings(**settings))


@contextmanager
def at_work(worker: Worker) -> Iterator[Callable[[], WorkerEnd]]:
    """The worker in a thread of its own; what is given waits for its end."""
    ends: list[WorkerEnd] = []
    thread = threading.Thread(target=lambda: ends.append(worker.run()))
    thread.start()

    def end() -> WorkerEnd:
        thread.join(PATIENCE_S)
        (found,) = ends
        return found

    try:
        yield end
    finally:
        worker.stop()
        worker.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


ANSWER, FAIL = f"echo '{RESULT}'", "exit 3"


class TestEnds:
    def test_so_many_jobs(self, asking: Asking) -> None:
        numbers = asking.ask(ANSWER, ANSWER, ANSWER)
        end = worker_of(asking, n_jobs=2, n_slots=2).run()
        assert end == ("it has had 2 jobs", 2, 0, False)
        assert asking.take() == dict.fromkeys(numbers[:2], EndedBy.EXIT)
        assert asking.statuses()[numbers[2]] == (JobStatus.START, 0)

    def test_until_none_is_left(self, asking: Asking) -> None:
        assert worker_of(asking, n_jobs=0).run() == ("no job is left", 0, 0, False)
        numbers = asking.ask(ANSWER, ANSWER)
        assert worker_of(asking, n_jobs=0).run() == ("no job is left", 2, 0, False)
        assert list(asking.take()) == numbers

    def test_what_a_dead_worker_was_at_is_left(self, asking: Asking) -> None:
        """It waits for the end of a lease, and who works until none is left waits with it."""
        (number,) = asking.ask(ANSWER)
        dead = asking.another()
        with dead.attend(1):
            dead.exchange([], 1, tuple(JobKind))
            with Database(asking.address).writing() as connection:
                row = update(PROCESSES).where(PROCESSES.c.token == dead._own.token)
                connection.execute(row.values(pid=2**22 + 1))
            with at_work(worker_of(asking, n_jobs=0)) as end:
                await_true(lambda: asking.queue.state().n_slots == 1)
                silence(asking, dead)
                assert end() == ("no job is left", 1, 0, False)
        assert list(asking.take()) == [number]

    def test_too_many_failures_in_a_row(self, asking: Asking) -> None:
        numbers = asking.ask(FAIL, ANSWER, FAIL, FAIL, ANSWER)
        end = worker_of(asking, max_failures=2).run()
        assert end == ("2 jobs in a row have failed", 1, 3, True)
        assert list(asking.take()) == numbers[:4]

    def test_programs_that_can_not_be_started(self, asking: Asking) -> None:
        asking.folder /= "missing"
        (number,) = asking.ask(ANSWER)
        assert worker_of(asking, max_failures=1).run() == ("1 jobs in a row have failed", 0, 1, True)
        assert asking.take() == {number: EndedBy.SPAWN}

    def test_nothing_to_do_for_a_while(self, asking: Asking) -> None:
        asking.ask(ANSWER)
        end = worker_of(asking, idle_end_s=0.2, max_failures=1).run()
        assert end == ("there was nothing to do for 0.2 s", 1, 0, False)

    def test_its_time_is_over(self, asking: Asking) -> None:
        numbers = asking.ask(ANSWER, ANSWER)
        end = worker_of(asking, last_claim_s=1e-9).run()
        assert end == ("its time is over", 0, 0, False)
        assert list(asking.statuses()) == numbers

    def test_the_search_is_over(self, asking: Asking) -> None:
        search = asking.another()
        with at_work(worker_of(asking)) as end:
            with search.attend():
                asking.ask(ANSWER)
                await_true(asking.take)
            asking.queue._own.let_go()  # the last one who asks
            assert end() == ("no search is under way and no job is left", 1, 0, False)
        asking.queue._own.hold()

    def test_to_finish(self, asking: Asking) -> None:
        numbers = asking.ask(f"echo >> started; echo begun >> started; sleep 0.3; {ANSWER}", ANSWER)
        worker = worker_of(asking)
        with at_work(worker) as end:
            await_true(lambda: asking.lines("started"))
            worker.finish()
            assert end() == ("it was asked to end", 1, 0, False)
        assert asking.take() == {numbers[0]: EndedBy.EXIT}
        assert asking.statuses()[numbers[1]] == (JobStatus.START, 0)

    @pytest.mark.parametrize("is_hurried", [False, True])
    def test_to_stop(self, asking: Asking, is_hurried: bool) -> None:
        """The job is given back, when nothing is left of its run; the second time without any grace."""
        grace_s = 600.0 if is_hurried else 0.3
        (number,) = asking.ask(f"trap '' TERM; {LOCKED} while :; do sleep 0.05; done", grace_s=grace_s)
        worker = worker_of(asking)
        with at_work(worker) as end:
            await_true(lambda: asking.lines("started"))
            worker.stop()
            if is_hurried:
                worker.stop()
            assert end() == ("it was asked to end", 0, 0, False)
        assert asking.statuses() == {number: (JobStatus.START, 0)}
        assert is_free(asking.folder / "lock")

    @pytest.mark.parametrize("is_ended", [True, False])
    def test_whoever_ends_it_has_ended_its_runs_as_well(
        self, asking: Asking, is_ended: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A batch system sends SIGTERM to all processes of a job, and the run may be over first."""
        monkeypatch.setattr(implementation, "_SIGTERM_FOR_ALL_S", PATIENCE_S if is_ended else 0.01)
        (number,) = asking.ask("echo >> ended; echo now >> ended; kill -TERM $$; sleep 60")
        worker = worker_of(asking, n_jobs=1)
        with at_work(worker) as end:
            await_true(lambda: asking.lines("ended"))
            if is_ended:
                worker.stop()
            assert end().n_done + end().n_failed == (0 if is_ended else 1)
        assert list(asking.statuses().values()) == (
            [(JobStatus.START, 0)] if is_ended else [(JobStatus.DONE, 0)]
        )
        assert list(asking.take()) == ([] if is_ended else [number])


class TestTrouble:
    def test_a_lease_that_is_over_ends_runs_and_gives_jobs_back(
        self, asking: Asking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lease_s = 10.0
        monkeypatch.setattr(SqlJobQueue, "lease_s", property(lambda _: lease_s))
        script = f"trap '' TERM; {LOCKED} test -e go || sleep 600; {ANSWER}"
        (number,) = asking.ask(script, grace_s=600.0)
        with at_work(worker_of(asking, n_jobs=1)) as end:
            await_true(lambda: asking.lines("started"))
            lease_s = -1.0
            await_true(lambda: is_free(asking.folder / "lock"))
            (asking.folder / "go").touch()
            lease_s = 10.0
            assert end() == ("it has had 1 jobs", 1, 0, False)
        assert asking.take() == {number: EndedBy.EXIT}
        assert len(asking.lines("started")) >= 2
        assert asking.lines("overlaps") == []

    def test_a_run_ends_with_its_lease_while_nobody_looks(
        self, asking: Asking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its worker waits for a database that does not answer, say: the supervisor ends the run."""
        monkeypatch.setattr(SqlJobQueue, "lease_s", property(lambda _: 1.0))
        asking.ask(f"{LOCKED} exec sleep 600", grace_s=600.0)
        entered, goes_on = threading.Event(), threading.Event()

        def look(_: SqlJobQueue) -> dict[int, Wish]:
            entered.set()
            goes_on.wait(PATIENCE_S)
            return {}

        monkeypatch.setattr(implementation, "_LOOK_EVERY_S", 0.0)
        monkeypatch.setattr(SqlJobQueue, "look", look)
        with at_work(worker_of(asking)):
            assert entered.wait(PATIENCE_S)
            await_true(lambda: asking.lines("started"))
            await_true(lambda: is_free(asking.folder / "lock"))
            goes_on.set()

    def test_a_job_that_was_taken_away_and_comes_back_at_once(
        self, asking: Asking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The worker has room for it, and does not know yet that what it runs is not its own any more."""
        monkeypatch.setattr(implementation, "_LOOK_EVERY_S", 0.8)
        script = f"{LOCKED} test -e go || sleep 600; {ANSWER}"
        (number,) = asking.ask(script)
        worker = worker_of(asking, n_slots=2, n_jobs=1)
        with at_work(worker) as end:
            await_true(lambda: asking.lines("started"))
            (asking.folder / "go").touch()
            silence(asking, worker._queue)  # type: ignore[arg-type]
            assert end() == ("it has had 1 jobs", 1, 0, False)
        assert asking.take() == {number: EndedBy.EXIT}
        assert asking.lines("overlaps") == []

    def test_what_was_left_of_a_dead_worker_is_ended_before(self, asking: Asking) -> None:
        """Its supervisors were killed as well."""
        (number,) = asking.ask(f"{LOCKED} test -e go || sleep 600; {ANSWER}")
        killed = asking.another()
        with killed.attend(1):
            (job,) = killed.exchange([], 1, tuple(JobKind))
            silence(asking, killed)
        environment = {**os.environ, "AEATK_EXECUTION_UUID": job.content["order"]["uuid"]}
        left = subprocess.Popen(["sh", "-c", f"{LOCKED} sleep 600"], cwd=asking.folder, env=environment,
                                start_new_session=True)  # fmt: skip
        await_true(lambda: asking.lines("started"))
        (asking.folder / "go").touch()
        assert worker_of(asking, n_jobs=1).run() == ("it has had 1 jobs", 1, 0, False)
        assert left.wait(PATIENCE_S) == -9
        assert asking.take() == {number: EndedBy.EXIT}
        assert asking.lines("overlaps") == []

    def test_a_claim_of_which_nothing_was_heard(
        self, asking: Asking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = SqlJobQueue.exchange
        lost: list[ClaimedJob] = []

        def exchange(queue: SqlJobQueue, *given: Any) -> list[ClaimedJob]:
            held = dict(queue._held)
            claimed = real(queue, *given)
            if claimed and not lost:
                lost.extend(claimed)
                queue._held = held
                raise UnavailableError("the connection was lost")
            return claimed

        monkeypatch.setattr(SqlJobQueue, "exchange", exchange)
        (number,) = asking.ask(f"{LOCKED} {ANSWER}")
        assert worker_of(asking, n_jobs=0).run() == ("no job is left", 1, 0, False)
        assert asking.take() == {number: EndedBy.EXIT}
        assert (len(lost), len(asking.lines("started"))) == (1, 1)

    def test_a_result_of_which_nothing_was_heard(
        self, asking: Asking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, n_lost = SqlJobQueue.exchange, 0

        def exchange(queue: SqlJobQueue, ended: list[EndedJob], *given: Any) -> list[ClaimedJob]:
            nonlocal n_lost
            if ended and n_lost < 2:
                n_lost += 1
                if n_lost == 2:  # the second one is in the database
                    real(queue, ended, *given)
                raise UnavailableError("the connection was lost")
            return real(queue, ended, *given)

        monkeypatch.setattr(SqlJobQueue, "exchange", exchange)
        (number,) = asking.ask(f"{LOCKED} {ANSWER}")
        assert worker_of(asking, n_jobs=1).run() == ("it has had 1 jobs", 1, 0, False)
        assert asking.take() == {number: EndedBy.EXIT}
        assert (n_lost, len(asking.lines("started"))) == (2, 1)

    def test_a_job_that_is_withdrawn(self, asking: Asking) -> None:
        (number,) = asking.ask(f"{LOCKED} exec sleep 600")
        with at_work(worker_of(asking, max_failures=1, n_jobs=1)) as end:
            await_true(lambda: asking.lines("started"))
            assert asking.queue.withdraw([number], Wish.END) == []
            assert end() == ("it has had 1 jobs", 1, 0, False)
        assert asking.take() == {number: EndedBy.CANCELLED}

    def test_a_job_that_is_forgotten(self, asking: Asking) -> None:
        (number,) = asking.ask(f"trap '' TERM; {LOCKED} while :; do sleep 0.05; done", grace_s=600.0)
        with at_work(worker_of(asking, max_failures=1, idle_end_s=0.3)) as end:
            await_true(lambda: asking.lines("started"))
            asking.queue.forget([number])
            assert end() == ("there was nothing to do for 0.3 s", 0, 0, False)
        assert is_free(asking.folder / "lock")
        assert asking.queue.take_results() == []


def silence(asking: Asking, worker: SqlJobQueue) -> None:
    """Let others take the worker for dead, and find that out."""
    with Database(asking.address).writing() as connection:
        row = update(PROCESSES).where(PROCESSES.c.token == worker._own.token)
        connection.execute(row.values(heartbeat_at=PROCESSES.c.heartbeat_at - 3 * HEARTBEAT_S))
    asking.queue._own.beat()


def is_free(lock: Path) -> bool:
    """Whether no process of the run is there any more."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
