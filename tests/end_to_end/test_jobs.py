"""Jobs of people, added and executed by workers with real programs: runs of a scenario, and commands.

The commands are called within this process, which saves the second that each takes to be imported.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from bbopt.cli.main import run
from bbopt.database_address import StudyAddress
from bbopt.runs import JobStatus
from bbopt.stores import JobChoice, JobRow, job_queue_at, job_table_at
from bbopt.stores.sql import Database
from tests.end_to_end.conftest import ScenarioFolder
from tests.stores.sql.databases import KINDS, database_for

SCENARIO = ("--scenario", "scenario.txt")
DONE, ERR_RUN, ERR_START = JobStatus.DONE, JobStatus.ERR_RUN, JobStatus.ERR_START
SECRET = "sEcret-5150"


class Done(NamedTuple):
    """What a command has given."""

    returncode: int
    stdout: str
    stderr: str


class Queue:
    """A study of its own in a database."""

    def __init__(self, folder: ScenarioFolder, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.address = database_for(kind, folder.path)
        self.study = str(folder.path)
        self.url = self.address.text.replace("bbopt@", f"bbopt:{SECRET}@")
        self._capsys = capsys

    def call(self, *words: str) -> Done:
        self._capsys.readouterr()
        return Done(run(words), *self._capsys.readouterr())

    def add(self, *words: str) -> str:
        done = self.call("jobs", "add", self.url, "--study", self.study, *words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def work(self, *options: str) -> Done:
        return self.call("worker", self.url, "--study", self.study, "-n", "0", *options)

    def trusting(self, *options: str) -> Done:
        return self.work("--trust", *options)

    @property
    def jobs(self) -> list[JobRow]:
        return job_table_at(StudyAddress(self.address, self.study)).jobs(JobChoice())

    def all_text(self) -> str:
        with Database(self.address).reading() as connection:
            assert connection is not None
            names = ("bbopt_jobs", "bbopt_scenarios", "bbopt_studies", "bbopt_processes")
            return "\n".join(
                str(row) for name in names for row in connection.execute(text(f"SELECT * FROM {name}"))
            )


@pytest.fixture(autouse=True)
def _in_the_folder(folder: ScenarioFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.path)


@pytest.fixture(params=KINDS)
def queue(
    request: pytest.FixtureRequest, folder: ScenarioFolder, capsys: pytest.CaptureFixture[str]
) -> Queue:
    return Queue(folder, request.param, capsys)


@pytest.fixture
def sqlite(folder: ScenarioFolder, capsys: pytest.CaptureFixture[str]) -> Queue:
    return Queue(folder, "sqlite", capsys)


def quality(row: JobRow) -> float | None:
    assert row.result is not None
    found: float | None = row.result["quality"]
    return found


def test_runs_of_a_scenario(queue: Queue) -> None:
    added = queue.add(*SCENARIO, "x={{0.3,0.5,0.3}}", "colour={{red,blue}}")
    assert "Added 4 jobs" in added
    assert "2 jobs skipped: the same as others that are there already" in added
    assert "Added 0 jobs" in queue.add(*SCENARIO, "x=0.5", "colour=red")
    assert "Added 1 job" in queue.add(*SCENARIO, "x=0.5", "colour=red", "--force", "--priority", "3")
    done = queue.trusting()
    assert (done.returncode, done.stderr) == (0, "")
    assert "The worker ends: no job is left. Jobs: 5 done, 0 failed." in done.stdout
    found = [(row.settings["x"], row.settings["colour"], row.status) for row in queue.jobs]
    assert found[:3] == [("0.3", "red", DONE), ("0.3", "blue", DONE), ("0.5", "red", DONE)]
    assert [quality(row) for row in queue.jobs] == pytest.approx([0, 0.1, 0.04, 0.14, 0.04])
    first = min(queue.jobs, key=lambda row: row.started_at or 0)
    assert first.number == queue.jobs[-1].number
    assert SECRET not in queue.all_text()


def test_commands(queue: Queue) -> None:
    added = queue.add("--metric", "loss", "--", "sh", "-c", "echo loss: {{0.5,0.25}}; exit {{0,3}}")
    assert "Added 4 jobs" in added
    done = queue.trusting("--cores", "2")
    assert done.returncode == 0
    assert [(row.status, quality(row)) for row in queue.jobs] == [
        (DONE, 0.5),
        (ERR_RUN, None),
        (DONE, 0.25),
        (ERR_RUN, None),
    ]
    assert "exit status 3" in queue.jobs[1].reason
    assert queue.jobs[1].settings == {"command": 'sh -c "echo loss: 0.5; exit 3"'}


def test_a_worker_with_a_scenario_makes_its_runs_and_leaves_the_rest(queue: Queue) -> None:
    queue.add(*SCENARIO, "x=0.3", "colour=red")
    queue.add("--", "touch", "touched")
    done = queue.work(*SCENARIO)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Jobs: 1 done, 0 failed." in done.stdout
    assert [row.status for row in queue.jobs] == [DONE, JobStatus.START]
    assert not (queue.folder.path / "touched").exists()
    assert queue.trusting().returncode == 0
    assert [row.status for row in queue.jobs] == [DONE, DONE]
    assert (queue.folder.path / "touched").exists()


def test_jobs_of_other_scenarios_are_left_for_others(sqlite: Queue) -> None:
    """Also where they are the more urgent ones, and a job on an instance that is not listed."""
    sqlite.add(*SCENARIO, "x=0.3", "--priority", "5", "--instance", "/etc/passwd")
    (sqlite.folder.path / "params.pcs").write_text("x real [0, 1] [0.9]\n")
    sqlite.add(*SCENARIO, "x=0.5")
    done = sqlite.work(*SCENARIO)
    assert "Jobs: 1 done, 0 failed." in done.stdout
    assert "is left for others: it is of another scenario" in done.stdout
    assert [row.status for row in sqlite.jobs] == [JobStatus.START, DONE]


def test_a_worker_at_the_wrong_queue_ends(sqlite: Queue) -> None:
    sqlite.add(*SCENARIO, "--repeat", "25")
    (sqlite.folder.path / "params.pcs").write_text("x real [0, 1] [0.9]\n")
    done = sqlite.work(*SCENARIO)
    assert done.returncode == 1
    assert "The worker ends: 20 jobs are none that it may execute. Jobs: 0 done" in done.stdout
    assert {row.status for row in sqlite.jobs} == {JobStatus.START}


def test_it_makes_the_runs_of_searches_itself(queue: Queue) -> None:
    """The same as without workers, also with folders, whose files it fills itself."""
    queue.folder.write(
        "scenario.txt", (queue.folder.path / "scenario.txt").read_text() + "parameters-file = p.json\n"
    )
    options = ("--runs", "4", "--engine", "random", "--validation", "false")
    with job_queue_at(StudyAddress(queue.address, queue.study)).attend():
        pass  # makes the database
    assert queue.folder.tune(*options).returncode == 0
    alone = (queue.folder.output / "traj-run-1.txt").read_text()
    shutil.rmtree(queue.folder.output)
    worker = subprocess.Popen(
        queue.folder.command("worker", queue.url, *SCENARIO, "--study", queue.study, "--max-jobs", "4"),
        cwd=queue.folder.path, env=queue.folder.environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        place = ("--executor", "queue", "--storage", queue.url, "--study", queue.study)
        done = queue.folder.tune(*options, *place)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Jobs: 4 done, 0 failed." in worker.communicate(timeout=60)[0]
    finally:
        worker.kill()
        worker.communicate(timeout=60)
    shared = (queue.folder.output / "traj-run-1.txt").read_text()
    assert [line.split(", ")[-2:] for line in shared.splitlines()] == [
        line.split(", ")[-2:] for line in alone.splitlines()
    ]
    folders = sorted(path.name for path in (queue.folder.output / "runs").iterdir())
    assert folders == [f"1-{number}" for number in range(1, 5)]


def test_without_a_scenario_a_server_must_be_trusted(
    folder: ScenarioFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = Queue(folder, "postgresql", capsys)
    queue.add("--", "true")
    done = queue.work()
    assert done.returncode == 1
    assert "expected: --scenario FILE, or --trust" in done.stderr
    assert SECRET not in done.stderr
    assert [row.status for row in queue.jobs] == [JobStatus.START]


def test_another_node_needs_the_target_only(sqlite: Queue, tmp_path: Path) -> None:
    """At its own path, with --workdir; neither the scenario nor the parameter file."""
    folder = sqlite.folder
    sqlite.add(*SCENARIO, "x=0.3", "colour={{red,blue}}")
    for name in ("scenario.txt", "params.pcs"):
        (folder.path / name).unlink()
    node = tmp_path / "node"
    node.mkdir()
    shutil.move(folder.path / "target.sh", node / "target.sh")
    failed = sqlite.work("--max-jobs", "1")
    assert [row.status for row in sqlite.jobs] == [ERR_START, JobStatus.START]
    assert "scenario.txt:1:8: the target's program" in sqlite.jobs[0].reason
    assert failed.returncode == 0
    assert sqlite.work("--workdir", str(node)).returncode == 0
    assert quality(sqlite.jobs[1]) == pytest.approx(0.1)


def test_a_worker_ends_where_all_jobs_fail(sqlite: Queue) -> None:
    sqlite.add("--repeat", "5", "--", "false")
    done = sqlite.work("--max-failures", "3")
    assert done.returncode == 1
    assert "The worker ends: 3 jobs in a row have failed. Jobs: 0 done, 3 failed." in done.stdout
    assert [row.status for row in sqlite.jobs] == [ERR_RUN] * 3 + [JobStatus.START] * 2


def test_limits_and_folders_are_as_in_a_search(sqlite: Queue) -> None:
    options = ("--run-folders", "true", "--run-wallclock-limit", "0.5", "--kill-grace", "0.2")
    sqlite.add(*options, "--", "sh", "-c", "echo $BBOPT_RUN_ID > note; exec sleep {{0,100}}")
    assert sqlite.work("--cores", "2").returncode == 0
    first, second = [row.result for row in sqlite.jobs]
    assert first is not None
    assert second is not None
    assert (first["status"], second["status"]) == ("SAT", "TIMEOUT")
    assert [row.status for row in sqlite.jobs] == [DONE, DONE]
    assert Path(first["run_folder"], "note").read_text() == f"job-{sqlite.jobs[0].number}\n"


def test_a_rehearsal_writes_nothing(sqlite: Queue) -> None:
    shown = sqlite.add(*SCENARIO, "x={{0.1,0.2}}", "--dry-run")
    assert shown.splitlines()[:2] == ["colour=green x=0.1", "colour=green x=0.2"]
    assert "2 jobs would be added" in shown
    assert not (sqlite.folder.path / "runs.db").exists()


def test_where_jobs_go_where_nobody_says_so(sqlite: Queue) -> None:
    """Runs to the study of their scenario, commands to the only one there is."""
    name = sqlite.folder.path.name
    for words in ((*SCENARIO, "x=0.5"), ("--", "true")):
        assert f"to study {name} in" in sqlite.call("jobs", "add", "sqlite:///new.db", *words).stdout
    done = sqlite.call("worker", "sqlite:///new.db", "-n", "0", *SCENARIO)
    assert "Jobs: 1 done, 0 failed." in done.stdout
    words = ("jobs", "add", "sqlite:///new.db?study=other", *SCENARIO, "x=0.5")
    assert "to study other in" in sqlite.call(*words).stdout
    done = sqlite.call("worker", "sqlite:///new.db?study=other", "-n", "0", *SCENARIO)
    assert "Jobs: 1 done, 0 failed." in done.stdout
    assert "study jobs in" in sqlite.call("jobs", "add", "sqlite:///other.db", "--", "true").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("x=0.5",), "nothing says what is to be run"),
        ((*SCENARIO, "x"), "this is no setting"),
        ((*SCENARIO, "x=2"), "illegal value for parameter 'x'"),
        ((*SCENARIO, "y=2"), "unknown parameter 'y'"),
        ((*SCENARIO, "x=0.5", "x=0.6"), "x is given twice"),
        ((*SCENARIO, "x={{0.5"), "braces are not closed"),
        ((*SCENARIO, "x=0.5", "--"), "no command is given"),
        ((*SCENARIO, "x=0.5", "--", "true"), "a command of its own has no settings"),
        (("--seed", "3", "--", "true"), "a command of its own has no settings"),
        (("--", "run", "postgresql://me:s3cret@host/db"), "the command has a password in it"),
        (("--metric-pattern", "loss: (", "--", "true"), "metric-pattern"),
        (("--scenario", "none.txt", "x=1"), "the scenario file does not exist"),
        (("--frobnicate", *SCENARIO), "unknown option --frobnicate"),
    ],
)
def test_what_is_wrong_is_told_at_once(sqlite: Queue, words: tuple[str, ...], message: str) -> None:
    done = sqlite.call("jobs", "add", sqlite.url, *words)
    assert done.returncode == 1
    assert message in done.stderr
    assert "s3cret" not in done.stderr
    assert not (sqlite.folder.path / "runs.db").exists()


def test_a_scenario_and_trust_do_not_go_together(sqlite: Queue) -> None:
    done = sqlite.work(*SCENARIO, "--trust")
    assert done.returncode == 1
    assert "a worker that trusts the database needs no scenario" in done.stderr


def test_jobs_that_come_after_others(queue: Queue) -> None:
    queue.add(*SCENARIO, "x={{0.25,0.5}}")
    first = [job.number for job in queue.jobs]
    after = ("--after", "x=0.25", f"--after={first[1]}")
    said = queue.add(*SCENARIO, "x=0.25", *after, "--dry-run")
    assert "1 job would be added" in said
    assert "Added 1 job" in queue.add(
        *SCENARIO, "x=0.25", *after
    )  # one that comes after nothing is another one
    assert "1 job skipped" in queue.add(*SCENARIO, "x=0.25", *after)
    queue.add(f"--after={first[1]}", "--", "touch", "done.txt")
    *_, later, command = queue.jobs
    assert later.reason == f"waits for 2 jobs of group x=0.25 {first[1]}"
    assert command.reason == f"waits for 1 job of group {first[1]}"
    table = job_table_at(StudyAddress(queue.address, queue.study))
    table.cancel(first[1:], ends_runs=False)
    queue.trusting()
    assert [job.status.name for job in queue.jobs] == ["DONE", "CANCELED", "START", "START"]
    assert queue.jobs[2].reason.endswith(f"in vain: job {first[1]} was cancelled")
    table.set_status(first[1:], JobStatus.START)
    queue.trusting()
    assert {job.status for job in queue.jobs} == {DONE}
    assert (queue.folder.path / "done.txt").exists()
    refused = queue.call(
        "jobs", "add", queue.url, "--study", queue.study, *SCENARIO, "x=0.25", "--after", "x=0.75"
    )
    assert (refused.returncode, "no job is meant by this" in refused.stderr) == (1, True)
