"""Jobs of people, added and executed by real workers: runs of a scenario, and commands."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from bbopt.database_address import StudyAddress
from bbopt.runs import JobStatus
from bbopt.stores import JobChoice, JobRow, job_table_at
from bbopt.stores.sql import Database
from tests.end_to_end.conftest import ScenarioFolder
from tests.stores.sql.databases import KINDS, database_for

SCENARIO = ("--scenario", "scenario.txt")
DONE, ERR_RUN, ERR_START = JobStatus.DONE, JobStatus.ERR_RUN, JobStatus.ERR_START
SECRET = "sEcret-5150"


class Queue:
    """A study of its own in a database."""

    def __init__(self, folder: ScenarioFolder, kind: str) -> None:
        self.folder = folder
        self.address = database_for(kind, folder.path)
        self.study = str(folder.path)
        self.url = self.address.text.replace("bbopt@", f"bbopt:{SECRET}@")

    @property
    def is_sqlite(self) -> bool:
        return self.address.file is not None

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command about it: `URL` stands for its address."""
        words = tuple(self.url if word == "URL" else word for word in words)
        before = words.index("--") if "--" in words else len(words)
        return self.folder.bbopt(*words[:before], "--study", self.study, *words[before:])

    def add(self, *words: str) -> str:
        done = self.call("jobs", "add", "URL", *words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def work(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.call("worker", "URL", "-n", "0", *options)

    def trusting(self, *options: str) -> subprocess.CompletedProcess[str]:
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


@pytest.fixture(params=KINDS)
def queue(request: pytest.FixtureRequest, folder: ScenarioFolder) -> Queue:
    return Queue(folder, request.param)


@pytest.fixture
def sqlite(folder: ScenarioFolder) -> Queue:
    return Queue(folder, "sqlite")


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


def test_it_makes_the_runs_of_searches_itself(queue: Queue) -> None:
    """The same as without workers, also with folders, whose files it fills itself."""
    queue.folder.write(
        "scenario.txt", (queue.folder.path / "scenario.txt").read_text() + "parameters-file = p.json\n"
    )
    options = ("--runs", "6", "--engine", "random", "--validation", "false")
    assert queue.folder.tune(*options).returncode == 0
    alone = (queue.folder.output / "traj-run-1.txt").read_text()
    shutil.rmtree(queue.folder.output)
    worker = subprocess.Popen(
        queue.folder.command("worker", queue.url, *SCENARIO, "--study", queue.study, "--max-jobs", "6"),
        cwd=queue.folder.path, env=queue.folder.environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        place = ("--executor", "queue", "--storage", queue.url, "--study", queue.study)
        done = queue.folder.tune(*options, *place)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Jobs: 6 done, 0 failed." in worker.communicate(timeout=60)[0]
    finally:
        worker.kill()
    shared = (queue.folder.output / "traj-run-1.txt").read_text()
    assert [line.split(", ")[-2:] for line in shared.splitlines()] == [
        line.split(", ")[-2:] for line in alone.splitlines()
    ]
    folders = sorted(path.name for path in (queue.folder.output / "runs").iterdir())
    assert folders == [f"1-{number}" for number in range(1, 7)]


def test_without_a_scenario_a_server_must_be_trusted(folder: ScenarioFolder) -> None:
    queue = Queue(folder, "postgresql")
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
    assert first is not None and second is not None
    assert (first["status"], second["status"]) == ("SAT", "TIMEOUT")
    assert [row.status for row in sqlite.jobs] == [DONE, DONE]
    assert Path(first["run_folder"], "note").read_text() == f"job-{sqlite.jobs[0].number}\n"


def test_a_rehearsal_writes_nothing(sqlite: Queue) -> None:
    shown = sqlite.add(*SCENARIO, "x={{0.1,0.2}}", "--dry-run")
    assert shown.splitlines()[:2] == ["colour=green x=0.1", "colour=green x=0.2"]
    assert "2 jobs would be added" in shown
    assert sqlite.address.file is not None and not sqlite.address.file.exists()


def test_where_jobs_go_where_nobody_says_so(folder: ScenarioFolder) -> None:
    """Runs to the study of their scenario, commands to the only one there is."""
    for words in ((*SCENARIO, "x=0.5"), ("--", "true")):
        done = folder.bbopt("jobs", "add", "sqlite:///new.db", *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"to study {folder.path.name} in" in done.stdout
    done = folder.bbopt("worker", "sqlite:///new.db", "-n", "0", *SCENARIO)
    assert "Jobs: 1 done, 0 failed." in done.stdout
    assert "study jobs in" in folder.bbopt("jobs", "add", "sqlite:///other.db", "--", "true").stdout
