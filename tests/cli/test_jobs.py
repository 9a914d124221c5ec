"""`bbopt jobs list`, `view`, `status`, `monitor`, `set` and `delete` on both kinds of databases."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import update

from bbopt.batch_job import BatchJob
from bbopt.cli import batch_words
from bbopt.cli.job_lists import numbers_text
from bbopt.cli.job_words import job_numbers
from bbopt.cli.jobs_monitor import _lines, _Picture
from bbopt.cli.main import run
from bbopt.errors import InputError, UnavailableError
from bbopt.runs import JobStatus
from bbopt.stores import EndedJob, JobChoice, JobCounts, JobKind, JobRow, Member, NewGroup, NewJob, Wish
from bbopt.stores.sql import SqlJobQueue, SqlJobTable, SqlStore
from bbopt.stores.sql.processes import HEARTBEAT_S
from bbopt.stores.sql.schema import PROCESSES
from tests.executors.stand_ins import stand_in
from tests.executors.test_queue_executor import queued, working
from tests.stores.searches import IDENTITY, SPACE
from tests.stores.searches import run as recorded_run
from tests.stores.sql.databases import KINDS, database_for
from tests.stores.sql.test_job_table import claim, elsewhere, end, fall_silent
from tests.target.processes import await_true, is_alive, request, shell


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.out.splitlines()]


Jobs = Callable[..., Said]


@pytest.fixture(params=KINDS)
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> SqlJobQueue:
    return SqlJobQueue(database_for(request.param, tmp_path), str(tmp_path))


@pytest.fixture
def table(queue: SqlJobQueue) -> SqlJobTable:
    return SqlJobTable(queue._database.address, queue._study.name)


@pytest.fixture
def jobs(queue: SqlJobQueue, capsys: pytest.CaptureFixture[str]) -> Jobs:
    """`bbopt jobs` with a command and its arguments, on the queue."""

    def called(command: str, *arguments: str) -> Said:
        address = ("--study", queue._study.name)
        capsys.readouterr()
        code = run(["jobs", command, queue._database.address.text, *arguments, *address])
        return Said(code, *capsys.readouterr())

    return called


@pytest.fixture
def added(queue: SqlJobQueue) -> list[int]:
    """Three jobs with other values of lr, the second one done, the third one failed, and one of a search."""
    new = [NewJob(JobKind.SETTINGS, {"scenario": 1}, {"lr": lr, "n": "8"}) for lr in ("0.1", "0.2", "0.3")]
    numbers = queue.add([*new, NewJob(JobKind.SEARCH_RUN, {"order": {"argv": ["true"]}}, {"x": "1"})])
    table = SqlJobTable(queue._database.address, queue._study.name)
    table.set_priority(numbers[1:3], 2.0)
    with queue.attend(2):
        claim(queue, 2)
        queue.exchange([EndedJob(numbers[1], JobStatus.DONE, {"quality": 0.25})], 0, ())
        end(queue, numbers[2], JobStatus.ERR_RUN, "no result\nthe last lines")
    table.set_priority(numbers[1:3], 1.0)
    return numbers


def statuses(table: SqlJobTable) -> list[str]:
    return [row.status.word for row in table.jobs(JobChoice())]


def test_they_are_listed(jobs: Jobs, added: list[int]) -> None:
    said = jobs("list")
    assert (said.code, said.err) == (0, "")
    names, first, second, third, last = said.lines
    assert names == ["job", "status", "kind", "took", "where", "result", "settings", "reason"]
    assert first == [str(added[0]), "queued", "settings", "-", "-", "-", "lr=0.1", "n=8", "-"]
    assert second[:3] == [str(added[1]), "done", "settings"]
    assert second[-4:] == ["0.25", "lr=0.2", "n=8", "-"]
    assert third[-2:] == ["no", "result"]
    assert last[:3] == [str(added[3]), "queued", "search-run"]


def test_some_are_listed(jobs: Jobs, added: list[int]) -> None:
    def listed(*selection: str) -> list[int]:
        return [int(line[0]) for line in jobs("list", *selection).lines[1:]]

    first, second, third, last = added
    assert listed("lr=1e-1") == [first]
    assert listed("n=8") == [first, second, third]
    assert listed("n=8", f"{second}-{last}") == [second, third]
    assert listed(f"{first},{last}") == [first, last]
    assert listed("--status", "failed,done") == [second, third]
    assert listed("--status", "2", "--status", "ERR_RUN") == [second, third]
    assert listed("--priority", "1") == added
    said = jobs("list", "--priority", "3")
    assert (said.code, said.out, said.err) == (0, "", "no jobs\n")


def test_they_are_listed_for_programs(jobs: Jobs, added: list[int]) -> None:
    found = [json.loads(line) for line in jobs("list", "--json").out.splitlines()]
    assert [one["job"] for one in found] == added
    assert [one["status"] for one in found] == ["queued", "done", "failed", "queued"]
    assert (found[1]["result"], found[1]["code"]) == ({"quality": 0.25}, 2)
    assert (found[2]["reason"], found[2]["settings"]) == (
        "no result\nthe last lines",
        {"lr": "0.3", "n": "8"},
    )


def test_one_is_viewed(jobs: Jobs, added: list[int]) -> None:
    said = jobs("view", str(added[2]))
    assert said.code == 0
    assert ["status", "failed", "(ERR_RUN,", "5)"] in said.lines
    assert ["settings", "lr=0.3", "n=8"] in said.lines
    assert ["reason", "no", "result"] in said.lines
    assert ["the", "last", "lines"] in said.lines
    assert ["content.scenario", "1"] in said.lines
    assert json.loads(jobs("view", str(added[2]), "--json").out)["content"] == {"scenario": 1}
    said = jobs("view", str(added[3] + 1))
    assert (said.code, "there is no such job" in said.err) == (1, True)
    assert jobs("view").code == 1


def test_they_are_counted(jobs: Jobs, added: list[int], queue: SqlJobQueue) -> None:
    with queue.attend(3):
        claim(queue)
        said = jobs("status")
        assert said.code == 0
        assert said.lines[:4] == [["queued", "1"], ["running", "1"], ["done", "1"], ["failed", "1"]]
        assert ["1", "no", "result"] in said.lines
        assert said.out.endswith("\n1 worker with 3 slots, 1 busy\n")
        told = json.loads(jobs("status", "--json").out)
    assert (told["queued"], told["running"], told["cancelled"], told["look_crashed"]) == (1, 1, 0, 0)
    assert (told["reasons"], told["workers"], told["slots"]) == ({"no result": 1}, 1, 3)


def test_a_status_is_set(jobs: Jobs, added: list[int], table: SqlJobTable) -> None:
    said = jobs("set", "--from-status", "failed", "--status", "queued", "--dry-run")
    assert (said.code, said.lines[-1]) == (0, ["1", "job", "would", "be", "set", "to", "queued"])
    assert statuses(table) == ["queued", "done", "failed", "queued"]
    said = jobs("set", "--from-status", "failed", "--status", "queued")
    assert (said.code, said.out, said.err) == (0, "1 job is set to queued\n", "")
    said = jobs("set", "n=8", "--status", "CANCELED", "--priority", "7")
    assert (said.code, said.out) == (0, "3 jobs are set to cancelled and given the priority 7\n")
    assert statuses(table) == ["cancelled"] * 3 + ["queued"]


def test_what_is_spared_is_said(jobs: Jobs, added: list[int], table: SqlJobTable, queue: SqlJobQueue) -> None:
    with queue.attend(1):
        assert claim(queue) == [added[0]]
        said = jobs("set", "--all", "--status", "queued")
        assert (said.code, said.out) == (1, "2 jobs are set to queued\n")
        assert said.err == (
            f"left as it was, since a worker has it (--status cancelled ends that): {added[0]}\n"
            f"left as it was, since a search asks for it (bbopt stop ends runs of searches): {added[3]}\n"
        )
        assert statuses(table) == ["running", "queued", "queued", "queued"]
        said = jobs("delete", f"{added[0]},{added[3]}", str(added[3] + 9))
        assert (said.code, said.out) == (1, "0 jobs are deleted\n")
        assert f"there is no job {added[3] + 9}\n" in said.err
        assert f"(--force takes it away): {added[0]}\n" in said.err
        assert jobs("set", str(added[0]), "--status", "cancelled").code == 0
        assert queue.look() == {added[0]: Wish.END}
        said = jobs("delete", f"{added[0]},{added[3]}", "--force")
        assert (said.code, said.out) == (0, "2 jobs are deleted\n")
        assert queue.look() == {added[0]: Wish.LOST}


def test_the_priority_of_a_search_s_job_takes_force(jobs: Jobs, added: list[int], table: SqlJobTable) -> None:
    assert jobs("set", str(added[3]), "--priority", "5").code == 1
    assert jobs("set", str(added[3]), "--priority", "5", "--force").code == 0
    row = table.job(added[3])
    assert row is not None
    assert row.priority == 5


MEANINGLESS = [
    ("delete", (), "it is not said which jobs"),
    ("set", ("--status", "queued"), "it is not said which jobs"),
    ("set", ("--all",), "it is not said what to set"),
    ("set", ("--all", "--status", "running"), "a job is running where a worker has it"),
    ("set", ("--all", "--status", "finished"), "this is no status of a job"),
    ("set", ("--all", "--status", "done", "--from-status", "finished"), "this is no status of a job"),
    ("delete", ("lr",), "this selects no jobs"),
    ("delete", ("=1",), "this selects no jobs"),
    ("delete", ("9-7",), "this selects no jobs"),
    ("list", ("--status", "x"), "this is no status of a job"),
    ("view", ("1,2",), "one job is needed"),
]


def test_words_that_mean_nothing_change_nothing(jobs: Jobs, table: SqlJobTable, added: list[int]) -> None:
    for command, arguments, problem in MEANINGLESS:
        said = jobs(command, *arguments)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith(f"bbopt: error: command line: {problem}")
    assert statuses(table) == ["queued", "done", "failed", "queued"]


def test_they_are_all_deleted(jobs: Jobs, added: list[int], table: SqlJobTable) -> None:
    said = jobs("delete", "--all", "--dry-run", "--force")
    assert said.lines[-1] == ["4", "jobs", "would", "be", "deleted"]
    assert len(statuses(table)) == 4
    assert jobs("delete", "--all", "--force").out == "4 jobs are deleted\n"
    assert statuses(table) == []


def test_the_monitor_shows_what_there_is_once(jobs: Jobs, queue: SqlJobQueue) -> None:
    queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.1"}), NewJob(JobKind.COMMAND, {}, {"lr": "0.2"})])
    said = jobs("monitor", "--once")
    assert said.code == 0
    assert said.lines == [["queued", "2"], ["running", "0"], ["done", "0"], ["failed", "0"]]
    with queue.attend(2):
        first, second = claim(queue, 2)
        queue.show({first: ["run", 1, 7, 0.25, []]})
        said = jobs("monitor", "--once")
        assert said.code == 0
        under_way = said.lines[said.lines.index(["under", "way"]) :]
        assert under_way[1] == ["job", "for", "heard", "of", "where", "latest", "settings"]
        assert under_way[2][0] == str(first)
        assert under_way[2][-5:] == ["0.25", "at", "step", "7", "lr=0.1"]
        assert [line[-1] for line in said.lines if line[1:2] == ["on"]] == ["working"]
        end(queue, second, JobStatus.ERR_RUN, "over the memory limit")
        said = jobs("monitor", "--once")
    assert said.code == 1
    assert ["1", "over", "the", "memory", "limit"] in said.lines


def test_the_monitor_puts_back_what_looks_crashed(jobs: Jobs, queue: SqlJobQueue, table: SqlJobTable) -> None:
    (number,) = queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.1"})])
    with elsewhere(queue) as other:
        claim(other)
        fall_silent(other)
        said = jobs("monitor", "--once")
        assert (said.code, said.lines[1]) == (1, ["running", "1", "1", "of", "them", "look", "crashed"])
        assert ["look", "crashed"] in said.lines
        assert jobs("list").lines[1][:2] == [str(number), "running?"]
        said = jobs("monitor", "--once", "--relaunch", "--dry-run")
        assert (said.code, said.lines[-1][-1]) == (1, str(number))
        assert statuses(table) == ["running"]
        said = jobs("monitor", "--once", "--relaunch")
        assert said.code == 0
        assert f"put back, since their workers have died: {number}\n" in said.out
        assert statuses(table) == ["queued"]
        assert jobs("list").lines[1] == [str(number), "queued", "lr=0.1"]


SQUEUE = 'echo asked >> "$0.calls"; [ "$(cat "$0.word")" = fails ] && exit 1; echo 17 "$(cat "$0.word")"'


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What SLURM says of job 17, in which this process is, stands in this file."""
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    stand_in(tmp_path / "bin", "squeue", SQUEUE, monkeypatch)
    return tmp_path / "bin" / "squeue.word"


@pytest.mark.parametrize(
    "queue", ["sqlite"], indirect=True
)  # others on a server would take the silent for dead
@pytest.mark.parametrize(
    ("word", "is_silent", "code", "said"),
    [
        ("RUNNING", False, 0, None),
        ("FAILED", False, 1, "runs no more; slurm 17 is over (FAILED)."),
        ("OUT_OF_MEMORY", True, 1, "runs no more; slurm 17 is over (OUT_OF_MEMORY)."),
        ("PENDING", True, 1, "runs no more; slurm 17 waits to begin anew (PENDING)."),
        ("SUSPENDED", True, 1, "although slurm 17 runs (SUSPENDED)."),
        ("fails", True, 1, "runs no more."),
    ],
)
def test_a_batch_system_tells_a_crashed_worker_from_one_that_waits_or_runs(
    word: str, is_silent: bool, code: int, said: str | None, jobs: Jobs, queue: SqlJobQueue, slurm: Path
) -> None:
    slurm.write_text(word)
    (number,) = queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.1"})])
    with elsewhere(queue) as other:
        claim(other)
        if is_silent:
            fall_silent(other)
        answer = jobs("check")
    assert answer.code == code
    first, *rest = answer.out.splitlines()
    if said is None:
        assert (first, rest) == ("1 jobs under way, 0 look crashed.", [f"slurm: 1 {word}"])
    else:
        assert first.startswith(f"Job {number} looks crashed: ")
        assert first.endswith(said)
        assert (f"slurm: 1 {word}" in rest) == (word != "fails")
    assert answer.err == ("squeue has failed: exit code 1\n" if word == "fails" else "")


def test_a_worker_that_has_ended_meanwhile_has_not_crashed(
    jobs: Jobs, queue: SqlJobQueue, slurm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slurm.write_text("COMPLETED")
    (number,) = queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.1"})])
    with elsewhere(queue) as other:
        claim(other)
        monkeypatch.setattr(batch_words.BatchLook, "states", ended_meanwhile(other, number))
        assert jobs("check").code == 0


def ended_meanwhile(worker: SqlJobQueue, number: int) -> Callable[..., object]:
    real = batch_words.BatchLook.states

    def states(self: batch_words.BatchLook, asked: list[BatchJob]) -> object:
        found = real(self, asked)
        end(worker, number, JobStatus.DONE)
        return found

    return states


def test_the_monitor_shows_batch_jobs_and_asks_seldom(jobs: Jobs, queue: SqlJobQueue, slurm: Path) -> None:
    slurm.write_text("RUNNING")
    (number,) = queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.1"})])
    with queue.attend(1):
        claim(queue)
        assert jobs("monitor", "--once").out.count("slurm 17 RUNNING") == 2
        slurm.with_name("squeue.calls").unlink()
        slurm.write_text("fails")
        helper = threading.Timer(0.5, end, [queue, number, JobStatus.DONE])
        helper.start()
        said = jobs("monitor", "--interval", "0.05")
        helper.join()
    assert said.out.count("squeue has failed: exit code 1") == 1
    assert slurm.with_name("squeue.calls").read_text() == "asked\n"


def test_the_monitor_goes_on_until_no_job_is_left(
    jobs: Jobs, queue: SqlJobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.1"})])

    def work(crashed: SqlJobQueue) -> None:
        worker = SqlJobQueue(queue._database.address, queue._study.name)
        with worker.attend(1):
            fall_silent(crashed)
            await_true(lambda: claim(worker) == [number])
            end(worker, number, JobStatus.DONE)

    real = SqlJobTable.members

    def members(self: SqlJobTable) -> list[Member]:
        """What the first look ends with."""
        found = real(self)
        if not helper.ident:
            helper.start()
        return found

    monkeypatch.setattr(SqlJobTable, "members", members)
    with elsewhere(queue) as other:
        helper = threading.Thread(target=work, args=[other])
        claim(other)
        said = jobs("monitor", "--interval", "0.05", "--relaunch")
        helper.join()
    assert said.code == 0
    assert "  0 queued · 1 running · 0 done · 0 failed · 1 worker with 1 slot, 1 busy\n" in said.out
    assert f"put back, since their workers have died: {number}\n" in said.out
    counts = [["queued", "0"], ["running", "0"], ["done", "1"], ["failed", "0"]]
    at = said.lines.index(counts[0])  # the worker may be there still, and is shown behind them then
    assert said.lines[at : at + 4] == counts


def test_the_monitor_outlives_a_database_that_is_out_of_reach_for_a_while(
    jobs: Jobs, queue: SqlJobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.1"})])
    real, n_looks = SqlJobTable.counts, itertools.count(1)

    def counts(self: SqlJobTable) -> JobCounts:
        match next(n_looks):
            case 2 | 3:
                raise UnavailableError("the server is restarted")
            case 4:
                self.set_status([number], JobStatus.DONE)
        return real(self)

    monkeypatch.setattr(SqlJobTable, "counts", counts)
    said = jobs("monitor", "--interval", "0.01")
    assert (said.code, said.err) == (0, "")
    assert said.out.count("the server is restarted; trying again\n") == 1
    assert ["done", "1"] in said.lines


def test_the_picture_fits_into_a_terminal() -> None:
    def row(number: int) -> JobRow:
        return JobRow(number, JobStatus.RUNNING, 1.0, JobKind.COMMAND, {"lr": "0.1"}, 0.0, worker="x")

    members = [Member(n, "host", 1, 1, 2.0, True, False) for n in range(50)]
    counts = JobCounts({JobStatus.RUNNING: 90, JobStatus.ERR_RUN: 2}, [("a", 1), ("b", 1)], 40)
    picture = _Picture(counts, [row(n) for n in range(50)], [row(n) for n in range(40)], members, 9.0, {})
    for height in (30, 60, 110):
        lines = [line.plain for line in _lines(picture, height)]
        assert height - 8 <= len(lines) <= height
        assert len([line for line in lines if line.endswith(" more")]) == 3
    assert len(list(_lines(picture))) == 4 + 4 * 3 + 2 + 50 + 40 + 50


def test_the_monitor_waits_for_searches(jobs: Jobs, queue: SqlJobQueue) -> None:
    with queue.attend():
        assert _Picture(JobCounts({}), (), (), queue_members(queue), 0.0, {}).is_over is False
    assert _Picture(JobCounts({}), (), (), queue_members(queue), 0.0, {}).is_over


def queue_members(queue: SqlJobQueue) -> list[Member]:
    return SqlJobTable(queue._database.address, queue._study.name).members()


def test_a_real_worker_is_killed(jobs: Jobs, queue: SqlJobQueue, tmp_path: Path) -> None:
    with queue.attend():
        pass  # makes the database
    with (
        working(queue._database.address, queue._study.name) as worker,
        queued(shell("sleep 600"), tmp_path, queue) as executor,
    ):
        executor.submit(request())
        await_true(lambda: json.loads(jobs("status", "--json").out)["running"] == 1)
        worker.kill()
        worker.wait()
        said = jobs("monitor", "--once", "--relaunch")
        assert (said.code, "looks dead" in said.out) == (0, True), "its run may be ending"
        with queue._database.writing() as connection:
            silent = update(PROCESSES).where(PROCESSES.c.pid == worker.pid)
            connection.execute(silent.values(heartbeat_at=PROCESSES.c.heartbeat_at - 3 * HEARTBEAT_S))
        said = jobs("monitor", "--once")
        assert (said.code, "look crashed" in said.out) == (1, True)
        assert jobs("monitor", "--once", "--relaunch").code == 0
        assert json.loads(jobs("status", "--json").out)["queued"] == 1


def test_a_command_that_a_worker_executes_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    address = database_for("sqlite", tmp_path)
    script = f"echo $$ > {tmp_path}/pid; echo > {tmp_path}/begun; exec sleep 600"
    assert run(["jobs", "add", address.text, "--study", "s", "--", "sh", "-c", script]) == 0
    table = SqlJobTable(address, "s")
    with working(address, "s") as worker:
        await_true((tmp_path / "begun").exists)
        assert run(["jobs", "set", address.text, "--all", "--status", "cancelled"]) == 0
        await_true(lambda: not table.jobs(JobChoice(under_way=True)))
        assert statuses(table) == ["cancelled"]
        assert not is_alive(int((tmp_path / "pid").read_text()))
        assert worker.poll() is None


def test_a_place_with_jobs_only_has_no_search(
    queue: SqlJobQueue, added: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    address, study = queue._database.address.text, queue._study.name
    for command in ("status", "tail", "stop", "best"):
        assert run([command, address, "--study", study]) == 1
        err = capsys.readouterr().err
        assert "no search has kept anything here, there are only jobs" in err
        assert "bbopt jobs status" in err
    assert run(["table", address, "--study", study]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["job", *map(str, added[:3])]


def test_a_study_that_is_not_there_is_no_empty_queue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = database_for("sqlite", tmp_path)
    SqlJobQueue(address, "mine").add([NewJob(JobKind.COMMAND, {})])
    assert run(["jobs", "status", f"{address.text}?table=mine"]) == 0
    for place in ([address.text, "--study", "mein"], [f"{address.text}?table=mein"]):
        assert run(["jobs", "monitor", *place]) == 1
        err = capsys.readouterr().err
        assert "there is no such study" in err
        assert "did you mean mine?" in err


def test_numbers_are_read_as_they_are_shown() -> None:
    numbers = [3, 4, 5, 7, 10, 11]
    assert numbers_text(numbers) == "3-5,7,10-11"
    assert job_numbers([numbers_text(numbers)]) == numbers
    assert numbers_text(range(0, 100, 2)).endswith(",22 and more")
    with pytest.raises(InputError, match="this selects no jobs"):
        job_numbers(["1-99999999"])


def test_the_status_of_a_search_tells_of_its_workers(
    queue: SqlJobQueue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address, study = queue._database.address, queue._study.name
    with SqlStore(address, study).open(1, IDENTITY, SPACE) as recorder:
        recorder.record(recorded_run(1))
    place = ["status", address.text, "--study", study]
    assert run(place) == 0
    assert "queue:" not in capsys.readouterr().out
    with queue.attend(), elsewhere(queue, 3) as worker:
        queue.add([NewJob(JobKind.SEARCH_RUN, {}), NewJob(JobKind.SEARCH_RUN, {})], are_own=True)
        claim(worker)
        assert run(place) == 0
    counts = "1 queued · 1 running · 0 done · 0 failed"
    line = f"queue: 1 worker with 3 slots, 1 busy; 1 search; jobs: {counts}\n"
    assert line in capsys.readouterr().out


def test_several_studies_of_which_one_has_jobs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = database_for("sqlite", tmp_path)
    SqlJobQueue(address, "with").add([NewJob(JobKind.COMMAND, {})])
    with SqlStore(address, "without").open(1, IDENTITY, SPACE):
        pass
    assert run(["status", address.text]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["study", "seeds", "runs", "jobs", "output", "folder"],
        ["with", "0", "0", "yes", "-"],
        ["without", "1", "0", "-", "-"],
    ]
    assert run(["best", address.text, "--study", "with"]) == 1
    assert f"bbopt jobs status {address.text} --study with" in capsys.readouterr().err


def test_what_comes_after_is_told_to_be_set_back(jobs: Jobs, queue: SqlJobQueue, table: SqlJobTable) -> None:
    first = queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.1"})])
    later = queue.add([NewJob(JobKind.COMMAND, {}, {"lr": "0.2"}, after=NewGroup("all", tuple(first)))])
    assert jobs("list").lines[2][-7:] == ["waits", "for", "1", "job", "of", "group", "all"]
    table.set_status([*first, *later], JobStatus.DONE)
    said = jobs("set", str(first[0]), "--status", "queued", "--priority", "2")
    assert (said.code, said.out) == (0, "1 job is set to queued and given the priority 2\n")
    assert said.err == f"jobs that come after these are set back, too: {later[0]}\n"
    assert [(row.status.word, row.priority) for row in table.jobs(JobChoice())] == [
        ("queued", 2.0),
        ("queued", 1.0),
    ]
