"""The queue of jobs in a database: claims in their order, one worker each, and what becomes of the dead."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, inspect, select, text, update

from bbopt.database_address import DatabaseAddress
from bbopt.errors import StateError, UnavailableError
from bbopt.process_identity import ProcessIdentity
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import MAX_KILLED, EndedJob, JobKind, JobResult, NewJob, Wish
from bbopt.stores.sql import processes
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.job_statements import due_values
from bbopt.stores.sql.jobs import SqlJobQueue
from bbopt.stores.sql.processes import HEARTBEAT_S, OwnProcess
from bbopt.stores.sql.schema import (
    JOBS,
    PROCESSES,
    SCHEMA,
    SCHEMA_VERSION,
)
from tests.children import run_child
from tests.stores.folder.mounts import enlarge, small_disk
from tests.stores.sql.databases import KINDS, as_version, database_for
from tests.stores.sql.test_processes import let_time_pass

ALL = tuple(JobKind)
ELSEWHERE = replace(ProcessIdentity.current(), host="another-host")

CLAIM_ALL = """
import json, sys
from pathlib import Path
from bbopt.database_address import DatabaseAddress
from bbopt.stores.job_queue import EndedJob, JobKind
from bbopt.stores.sql.job_statements import due_values
from bbopt.stores.sql.jobs import SqlJobQueue
from bbopt.runs import JobStatus

queue, found, ended = SqlJobQueue(DatabaseAddress.read(sys.argv[1], Path()), sys.argv[2]), [], []
with queue.attend(3):
    print("there", flush=True)
    sys.stdin.readline()
    while claimed := queue.exchange(ended, 3, tuple(JobKind)):
        found += [job.id for job in claimed]
        ended = [EndedJob(job.id, JobStatus.DONE, {}) for job in claimed]
print(json.dumps(found))
"""


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseAddress:
    return database_for(request.param, tmp_path)


class Members:
    """Members of one study's queue; each says that it is of another host, so that its heartbeats count."""

    def __init__(self, address: DatabaseAddress, study: str) -> None:
        self.address, self.study = address, study
        self.database = Database(address)
        self.stack = ExitStack()

    def join(self, n_slots: int = 0) -> SqlJobQueue:
        queue = SqlJobQueue(self.address, self.study)
        queue._own = OwnProcess(
            queue._database, identity=ELSEWHERE, heartbeat_s=3600, on_appearing=queue._join
        )
        self.stack.enter_context(queue.attend(n_slots))
        return queue

    def silence(self, queue: SqlJobQueue) -> None:
        """Let others take it for dead, and find that out."""
        let_time_pass(self.database, 2.5 * HEARTBEAT_S, queue._own.token)
        with SqlJobQueue(self.address, self.study).attend():
            pass

    def row(self, job: int) -> dict[str, object]:
        with self.database.reading() as connection:
            assert connection is not None
            found = connection.execute(select(JOBS).where(JOBS.c.id == job)).mappings().first()
        return dict(found or {})

    def set(self, job: int, **values: object) -> None:
        with self.database.writing() as connection:
            connection.execute(update(JOBS).where(JOBS.c.id == job).values(values))


@pytest.fixture
def members(address: DatabaseAddress) -> Iterator[Members]:
    members = Members(address, f"jobs-{uuid.uuid4().hex}")
    with members.stack:
        yield members


def job(name: str = "", kind: JobKind = JobKind.COMMAND, priority: float = 1.0) -> NewJob:
    return NewJob(kind, {"argv": [name]}, {"name": name}, priority)


def run(name: str = "") -> NewJob:
    return job(name, JobKind.SEARCH_RUN)


def done(number: int, result: str = "") -> EndedJob:
    return EndedJob(number, JobStatus.DONE, {"result": result})


def take(queue: SqlJobQueue, n: int = 1) -> list[int]:
    return [one.id for one in queue.exchange([], n, ALL)]


class TestOrder:
    def test_the_most_urgent_comes_first_then_the_oldest(self, members: Members) -> None:
        asker, worker = members.join(), members.join(2)
        added = asker.add([job("a"), job("b", priority=2.0), job("c"), job("d", priority=-0.5)])
        (late,) = asker.add([job("e", priority=2.0)])
        a, b, c, d = added
        assert added == sorted(added)
        assert take(worker, 2) == [b, late]
        assert [take(worker) for _ in range(4)] == [[a], [c], [d], []]

    def test_many_are_added_in_their_order(self, members: Members) -> None:
        numbers = members.join().add([job(str(n)) for n in range(5200)])
        assert numbers == sorted(set(numbers))
        (first, *_) = numbers
        assert members.row(numbers[5100])["settings"] == {"name": "5100"}
        assert take(members.join(1)) == [first]

    def test_only_the_kinds_that_are_asked_for(self, members: Members) -> None:
        asker, worker = members.join(), members.join(1)
        asker.add([job("a", JobKind.SETTINGS, priority=5.0), job("b")])
        (claimed,) = worker.exchange([], 5, (JobKind.COMMAND, JobKind.SEARCH_RUN))
        assert (claimed.kind, claimed.content, claimed.settings) == (
            JobKind.COMMAND,
            {"argv": ["b"]},
            {"name": "b"},
        )
        assert worker.exchange([], 5, ()) == []

    def test_studies_are_apart(self, members: Members, address: DatabaseAddress) -> None:
        other = Members(address, members.study + "-other")
        with other.stack:
            (number,) = members.join().add([job()])
            assert take(other.join(1)) == []
            assert other.join().state().n_queued == 0
            assert take(members.join(1)) == [number]


class TestOneWorkerEach:
    def test_processes_that_claim_at_a_time(self, members: Members) -> None:
        """Hundreds of jobs, each claimed once; results of each are put down with the next claim."""
        numbers = members.join().add([run(str(n)) for n in range(200)])
        arguments = (CLAIM_ALL, members.address.text, members.study)
        with ExitStack() as stack:
            children = [stack.enter_context(run_child(*arguments, stdin=subprocess.PIPE)) for _ in range(3)]
            for child in children:
                assert child.stdout is not None
                assert child.stdout.readline().strip() == "there"
            answers = [child.communicate("go\n", timeout=60)[0] for child in children]
        found = Counter(number for answer in answers for number in json.loads(answer))
        assert found == Counter(numbers)
        with members.database.reading() as connection:
            assert connection is not None
            ours = JOBS.c.id.in_(numbers)
            query = select(func.count()).where(ours, JOBS.c.status == JobStatus.DONE, JOBS.c.owner.is_(None))
            assert connection.execute(query).scalar_one() == len(numbers)

    def test_threads_that_claim_at_a_time(self, members: Members) -> None:
        numbers = members.join().add([run(str(n)) for n in range(60)])
        workers = [members.join(1) for _ in range(4)]

        def work(worker: SqlJobQueue) -> list[int]:
            found = []
            while claimed := take(worker):
                found += claimed
            return found

        with ThreadPoolExecutor(4) as pool:
            found = [number for numbers in pool.map(work, workers) for number in numbers]
        assert sorted(found) == numbers


class TestTheDead:
    def test_what_it_was_at_is_another_ones_and_it_can_not_write_any_more(self, members: Members) -> None:
        asker, lost, other = members.join(), members.join(1), members.join(1)
        (number,) = asker.add([run()], are_own=True)
        assert take(lost) == [number]
        let_time_pass(members.database, 1.5 * HEARTBEAT_S, lost._own.token)
        other._own.beat()
        assert (lost.look(), take(other)) == ({number: Wish.NOTHING}, [])
        members.silence(lost)
        assert members.row(number)["status"] == JobStatus.START
        (again,) = other.exchange([], 1, ALL)
        assert (again.id, again.n_killed) == (number, 1)
        lost._own.beat()  # it comes back
        assert lost.look() == {number: Wish.LOST}
        lost.show({number: [1, 2]})
        lost.give_back([number])
        assert lost.exchange([done(number, "of the dead")], 0, ALL) == []
        assert (asker.take_results(), asker.take_latest()) == ([], {})
        assert other.look() == {number: Wish.NOTHING}
        other.exchange([done(number, "of the other")], 0, ALL)
        assert asker.take_results() == [JobResult(number, {"result": "of the other"})]
        assert asker.take_results() == []
        asker.add([run()], are_own=True)
        assert members.row(number) == {}

    def test_the_same_worker_may_get_it_again(self, members: Members) -> None:
        """Its second claim is not its first one."""
        asker, worker = members.join(), members.join(2)
        (number,) = asker.add([run()], are_own=True)
        take(worker)
        first = dict(worker._held)
        members.silence(worker)
        worker._own.beat()
        assert take(worker) == [number]
        second, worker._held = worker._held, first
        worker.exchange([done(number, "first")], 0, ALL)
        assert asker.take_results() == []
        worker._held = second
        worker.exchange([done(number, "second")], 0, ALL)
        assert [one.result for one in asker.take_results()] == [{"result": "second"}]

    def test_a_worker_of_this_host_has_its_time_too(self, members: Members) -> None:
        """What its supervisors have to end would else be begun meanwhile by another."""
        worker, other = members.join(1), members.join(1)
        (number,) = members.join().add([job()])
        take(worker)
        with members.database.writing() as connection:
            row = update(PROCESSES).where(PROCESSES.c.token == worker._own.token)
            connection.execute(row.values(host=ProcessIdentity.current().host, pid=2**22 + 1))
        other._own.beat()
        assert take(other) == []
        assert (other.state().n_slots, other.state().n_queued, other.state().n_running) == (1, 1, 0)
        members.silence(worker)
        assert take(other) == [number]

    def test_a_worker_that_is_stopped_is_none(self, members: Members) -> None:
        worker = SqlJobQueue(members.address, members.study)
        worker._own = OwnProcess(worker._database, heartbeat_s=3600, on_appearing=worker._join)
        with worker.attend(1):
            (number,) = members.join().add([job()])
            take(worker)
            members.silence(worker)  # its process lives, and is one of this host
            assert worker.look() == {number: Wish.LOST}
            assert take(members.join(1)) == [number]

    def test_who_was_told_of_meanwhile_is_left_alone(
        self, members: Members, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It tells that it lives between the look at the heartbeats and the end of those found dead."""
        if members.address.file is not None:
            pytest.skip("SQLite has one writer at a time")
        worker, other = members.join(1), members.join(1)
        (number,) = members.join().add([job()])
        take(worker)
        let_time_pass(members.database, 2.5 * HEARTBEAT_S, worker._own.token)
        real = processes.holders

        def late(connection: Connection, database: Database) -> dict[str, processes.Holder]:
            found = real(connection, database)
            monkeypatch.setattr(processes, "holders", real)
            worker._own.beat()
            return found

        monkeypatch.setattr(processes, "holders", late)
        other._own.beat()
        assert worker.look() == {number: Wish.NOTHING}

    def test_a_job_that_kills_its_workers_fails(self, members: Members) -> None:
        asker = members.join()
        (number,) = asker.add([run()], are_own=True)
        (peoples,) = asker.add([job()])
        for n in range(MAX_KILLED):
            worker = members.join(1)
            assert [one.n_killed for one in worker.exchange([], 2, ALL)] == [n, n]
            members.silence(worker)
        assert take(members.join(1), 2) == []
        assert asker.take_results() == [JobResult(number, None, f"{MAX_KILLED} workers have died of it")]
        row = members.row(peoples)
        assert (row["status"], row["n_killed"], row["owner"]) == (JobStatus.ERR_RUN, MAX_KILLED, None)

    def test_to_leave_is_not_to_die(self, members: Members) -> None:
        (number,) = members.join().add([job()])
        for _ in range(MAX_KILLED + 1):
            queue = SqlJobQueue(members.address, members.study)
            with queue.attend(1):
                assert take(queue) == [number]
        assert members.row(number)["n_killed"] == 0

    def test_what_the_dead_have_asked_for_is_gone(self, members: Members) -> None:
        asker, worker = members.join(), members.join(1)
        begun, waiting = asker.add([run("a"), run("b")], are_own=True)
        (peoples,) = asker.add([job("c")])
        take(worker)
        members.silence(asker)
        assert (members.row(begun), members.row(waiting)) == ({}, {})
        assert worker.look() == {begun: Wish.LOST}
        asker._own.beat()
        assert (asker.own_jobs(), worker.state().n_askers) == ({}, 1)
        assert take(worker) == [peoples]

    def test_a_member_that_was_thought_dead_is_one_again_before_it_owns_anything(
        self, members: Members
    ) -> None:
        """Or what it has would belong to nobody."""
        asker, worker = members.join(), members.join(1)
        for queue in (asker, worker):
            members.silence(queue)
        assert worker.state()[:2] == (0, 0)
        (number,) = asker.add([run()], are_own=True)
        assert (worker.state()[:2], take(worker)) == ((0, 1), [])
        worker._own.beat()
        assert take(worker) == [number]
        assert worker.state()[:2] == (1, 1)
        members.silence(worker)
        assert members.row(number)["status"] == JobStatus.START
        members.silence(asker)
        assert members.row(number) == {}

    def test_a_lease_ends_before_others_may_take_what_one_has(
        self, members: Members, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        worker, (number,) = members.join(1), members.join().add([job()])
        take(worker)
        assert 0 < worker.lease_s < 2 * HEARTBEAT_S
        before = worker.lease_s
        with monkeypatch.context() as patched:

            @contextmanager
            def broken(**_: bool) -> Iterator[Connection]:
                raise UnavailableError("no database")
                yield

            patched.setattr(worker._database, "writing", broken)
            with pytest.raises(UnavailableError):
                worker._own.beat()
        assert worker.lease_s <= before
        real = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: real() + 2 * HEARTBEAT_S - 1)
        assert worker.lease_s < 0
        assert take(worker) == []
        assert worker.lease_s < 0
        (another,) = members.join().add([job()])
        assert take(worker) == [another]
        assert worker.lease_s > 0
        assert worker.look() == dict.fromkeys([number, another], Wish.NOTHING)


class TestWhoAsks:
    def test_results_come_once_and_those_of_others_not(self, members: Members) -> None:
        one, other, worker = members.join(), members.join(), members.join(3)
        a, b = (queue.add([run()], are_own=True)[0] for queue in (one, other))
        (peoples,) = one.add([job()])
        take(worker, 3)
        ended = [EndedJob(a, JobStatus.ERR_START, {}, "no such program \0 here"), done(b), done(peoples)]
        worker.exchange(ended, 0, ALL)
        assert one.take_results() == [JobResult(a, None, "no such program � here")]
        assert other.take_results() == [JobResult(b, {"result": ""})]
        row = members.row(peoples)
        assert (row["status"], row["result"]) == (JobStatus.DONE, {"result": ""})
        assert one.take_results() == other.take_results() == []

    def test_a_result_that_was_taken_goes_with_the_next_job(
        self, members: Members, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Or the next after it, where the database was out of reach; and it does not come again."""
        asker, worker = members.join(), members.join(1)
        (number,) = asker.add([run()], are_own=True)
        assert take(worker) == [number]
        worker.exchange([done(number)], 0, ALL)
        assert [one.id for one in asker.take_results()] == [number]
        with monkeypatch.context() as patched:
            patched.setattr(asker._database, "_prepare", lambda: fail("out of reach"))
            with pytest.raises(UnavailableError):
                asker.add([run()], are_own=True)
        assert (asker.take_results(), asker.own_jobs()) == ([], {})
        assert members.row(number)["status"] == JobStatus.DONE
        added = asker.add([run(), run()], are_own=True)
        assert (list(asker.own_jobs()), members.row(number)) == (added, {})

    def test_what_is_withdrawn_is_gone_or_wished_for(self, members: Members) -> None:
        asker, worker = members.join(), members.join(1)
        begun, waiting, other = asker.add([run("a"), run("b"), run("c")], are_own=True)
        take(worker)
        assert asker.withdraw([begun, waiting], Wish.END) == [waiting]
        assert worker.look() == {begun: Wish.END}
        assert asker.withdraw([begun], Wish.END_AT_ONCE) == []
        assert worker.look() == {begun: Wish.END_AT_ONCE}
        assert sorted(asker.own_jobs()) == [begun, other]
        assert members.join().withdraw([other], Wish.END) == []  # another one's
        asker.forget([begun])
        assert worker.look() == {begun: Wish.LOST}
        worker.exchange([done(begun)], 0, ALL)
        assert asker.take_results() == []

    @pytest.mark.parametrize("how", ["killed", "given back", "left"])
    def test_what_is_not_wanted_is_not_begun_again(self, members: Members, how: str) -> None:
        asker, worker = members.join(), SqlJobQueue(members.address, members.study)
        (number,) = asker.add([run()], are_own=True)
        with worker.attend(1):
            take(worker)
            asker.withdraw([number], Wish.END)
            if how == "killed":
                members.silence(worker)
            elif how == "given back":
                worker.give_back([number])
        assert (asker.own_jobs(), take(members.join(1))) == ({}, [])

    def test_how_far_jobs_have_come_is_told_once(self, members: Members) -> None:
        asker, worker = members.join(), members.join(1)
        (number,) = asker.add([run()], are_own=True)
        take(worker)
        worker.show({number: ["u", 1, 2, 0.5, []]})
        assert asker.take_latest() == {number: ["u", 1, 2, 0.5, []]}
        assert asker.take_latest() == {}
        worker.show({number: ["u", 2, 4, float("inf"), []]})
        assert asker.take_latest() == {number: ["u", 2, 4, float("inf"), []]}

    def test_digests_tell_which_is_which(self, members: Members) -> None:
        asker = members.join()
        a, b = asker.add([replace(run(), digest="x"), run()], are_own=True)
        assert asker.own_jobs() == {a: "x", b: None}


class TestWhoWorks:
    def test_what_is_given_back_is_the_next_ones(self, members: Members) -> None:
        one, other = members.join(1), members.join(1)
        (number,) = members.join().add([job()])
        take(one)
        one.give_back([number, 2**40])
        (again,) = other.exchange([], 1, ALL)
        assert (again.id, again.n_killed) == (number, 0)
        one.give_back([number])
        assert other.look() == {number: Wish.NOTHING}

    @pytest.mark.parametrize("ended", [done(0, "x"), EndedJob(0, JobStatus.ERR_RUN, {}, "it was ended")])
    def test_what_was_cancelled_meanwhile_stays_so_unless_it_is_done(
        self, members: Members, ended: EndedJob
    ) -> None:
        worker = members.join(1)
        (number,) = members.join().add([job()])
        take(worker)
        members.set(number, status=JobStatus.CANCELED.value, wish=Wish.END.value)
        assert worker.look() == {number: Wish.END}
        worker.exchange([ended._replace(id=number)], 0, ALL)
        row = members.row(number)
        expected = JobStatus.DONE if ended.status is JobStatus.DONE else JobStatus.CANCELED
        assert (row["status"], row["owner"], row["claim"]) == (expected, None, None)

    def test_what_was_cancelled_is_not_put_back(self, members: Members) -> None:
        worker = members.join(1)
        (number,) = members.join().add([job()])
        take(worker)
        members.set(number, status=JobStatus.CANCELED.value, wish=Wish.END.value)
        members.silence(worker)
        row = members.row(number)
        assert (row["status"], row["owner"], row["n_killed"]) == (JobStatus.CANCELED, None, 0)
        assert take(members.join(1)) == []

    def test_a_claim_of_which_nothing_was_heard_is_put_back(
        self, members: Members, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        worker = members.join(2)
        heard, unheard = members.join().add([job("a"), job("b")])
        take(worker)
        with monkeypatch.context() as patched:
            patched.setattr(worker._database, "writing", losing_answers(worker._database))
            with pytest.raises(UnavailableError):
                take(worker)
        assert members.row(unheard)["status"] == JobStatus.RUNNING
        assert worker.look() == {heard: Wish.NOTHING}
        row = members.row(unheard)
        assert (row["status"], row["owner"], row["n_killed"]) == (JobStatus.START, None, 0)

    def test_a_result_of_which_nothing_was_heard_is_put_down_once(
        self, members: Members, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asker, worker = members.join(), members.join(1)
        (number,) = asker.add([run()], are_own=True)
        take(worker)
        with monkeypatch.context() as patched:
            patched.setattr(worker._database, "writing", losing_answers(worker._database))
            with pytest.raises(UnavailableError):
                worker.exchange([done(number, "x")], 0, ALL)
        assert asker.take_results() == [JobResult(number, {"result": "x"})]
        worker.exchange([done(number, "x")], 0, ALL)
        assert asker.take_results() == []

    def test_to_leave_while_the_database_is_out_of_reach(
        self, members: Members, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        worker = SqlJobQueue(members.address, members.study)
        (number,) = members.join().add([job()])
        with monkeypatch.context() as patched, worker.attend(1):
            take(worker)
            patched.setattr(worker._database, "_prepare", lambda: fail("out of reach"))
        members.silence(worker)
        assert take(members.join(1)) == [number]


def fail(what: str) -> None:
    raise UnavailableError(what)


def losing_answers(database: Database) -> Callable[..., AbstractContextManager[Connection]]:
    real = database.writing

    @contextmanager
    def unheard(**options: bool) -> Iterator[Connection]:
        with real(**options) as connection:
            yield connection
        raise UnavailableError("the connection was lost")

    return unheard


def test_a_claim_survives_the_death_of_a_server(members: Members, monkeypatch: pytest.MonkeyPatch) -> None:
    """And results of people's jobs the loss of power; a search's result alone is not waited for."""
    worker = members.join(1)
    members.join().add([run(), run(), job()])
    heard: list[str] = []
    real = worker._database.writing

    def writing(**options: bool) -> AbstractContextManager[Connection]:
        heard.extend(name for name, is_on in options.items() if is_on)
        return real(**options)

    def log_position(of: str) -> int:
        with members.database.reading() as connection:
            assert connection is not None
            query = f"SELECT pg_current_wal_{of}_lsn() - '0/0'::pg_lsn"
            return 0 if members.address.file else int(connection.exec_driver_sql(query).scalar_one())

    def exchange(*ended: EndedJob, kinds: Sequence[JobKind] = ALL) -> int:
        before = log_position("insert")
        (claimed,) = worker.exchange(ended, 1, kinds)
        assert members.address.file or log_position("flush") > before
        return claimed.id

    monkeypatch.setattr(worker._database, "writing", writing)
    first = exchange()
    second = exchange(done(first))
    assert worker.exchange([done(second)], 1, [JobKind.SEARCH_RUN]) == []
    third = exchange()
    worker.exchange([done(third)], 1, ALL)
    assert heard == [*["one_by_one"] * 4, "durable"]


def test_a_look_for_something_to_claim_writes_nothing(members: Members) -> None:
    """Else every look would wait for the disk."""
    worker = members.join(1)
    if members.address.file is not None:
        pytest.skip("SQLite does not begin its turn")
    with members.database.writing() as connection:
        given = {**due_values(ALL, ()), "study": worker._ensure_study(connection), "n": 1}
        given |= {"own_token": worker._own.token, "own_claim": "x", "own_name": "me"}
        assert connection.execute(worker._statements.claim, given).all() == []
        assert connection.exec_driver_sql("SELECT txid_current_if_assigned()").scalar() is None


def test_a_disk_that_fills_up_and_is_cleared(tmp_path: Path) -> None:
    """What was reported done is; the result that found no room is put down later, by the same claim."""
    with small_disk(tmp_path / "disk", 700) as disk:
        members = Members(database_for("sqlite", disk), "full")
        with members.stack:
            numbers, worker = members.join().add([job() for _ in range(100)]), members.join(1)
            ended: list[EndedJob] = []
            reported: list[int] = []
            with pytest.raises(StateError, match=r"disk is full|disk I/O") as caught:  # noqa: PT012
                while True:
                    claimed = worker.exchange(ended, 1, ALL)
                    reported += [one.id for one in ended]
                    ended = [done(one.id, "x" * 20000) for one in claimed]
            assert not isinstance(caught.value, UnavailableError)
            assert worker.look() == {ended[0].id: Wish.NOTHING}
            enlarge(disk, 8192)
            worker.exchange(ended, 0, ALL)
            reported += [one.id for one in ended]
            assert reported == numbers[: len(reported)]
            assert all(members.row(number)["status"] == JobStatus.DONE for number in reported)
            assert members.join().state().n_queued == len(numbers) - len(reported)


class TestScenarios:
    def test_they_are_kept_once(self, members: Members, address: DatabaseAddress) -> None:
        one, other = members.join(), members.join(1)
        number = one.keep_scenario({"a": 1, "b": "\0\udc80"})
        assert other.keep_scenario({"b": "\0\udc80", "a": 1}) == number
        assert one.keep_scenario({"a": 2}) != number
        assert other.scenario(number) == {"a": 1, "b": "\0\udc80"}
        with pytest.raises(StateError, match=f"has no scenario {2**40}"):
            one.scenario(2**40)
        with ThreadPoolExecutor(4) as pool:
            queues = [SqlJobQueue(address, members.study) for _ in range(4)]
            assert len(set(pool.map(lambda queue: queue.keep_scenario({"at": "once"}), queues))) == 1

    def test_looking_makes_nothing(self, tmp_path: Path) -> None:
        queue = SqlJobQueue(database_for("sqlite", tmp_path), "study")
        assert queue.state() == (0, 0, 0, 0, False)
        assert (queue.own_jobs(), queue.take_results(), queue.take_latest()) == ({}, [], {})
        assert list(tmp_path.iterdir()) == []


def test_the_first_version_of_the_tables_gets_a_queue(tmp_path: Path) -> None:
    address = database_for("sqlite", tmp_path)
    with Database(address).writing() as connection:
        as_version(connection, 1)
        connection.execute(text("INSERT INTO bbopt_studies (name, created_at) VALUES ('old', 0)"))
    queue = SqlJobQueue(address, "old")
    assert queue.state() == (0, 0, 0, 0, False)
    with queue.attend(1):
        (number,) = queue.add([job()])
        assert take(queue) == [number]
    with Database(address).reading() as connection:
        assert connection is not None
        assert connection.execute(select(SCHEMA.c.version)).scalar_one() == SCHEMA_VERSION
        assert connection.execute(text("SELECT count(*) FROM bbopt_studies")).scalar_one() == 1
        indexes = {index["name"] for index in inspect(connection).get_indexes(JOBS.name)}
        assert "bbopt_jobs_due" in indexes
