"""`bbopt dispatch` as people use it: on a SLURM and a Grid Engine where these are, and on this machine."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bbopt.runs import JobStatus
from bbopt.stores import JobChoice
from bbopt.stores.sql import SqlJobTable
from bbopt.stores.wiring import study_at
from tests.end_to_end.test_interruptions import processes_in, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]
BBOPT = (sys.executable, "-m", "bbopt")
EXPERIMENT = """
import os

def experiment(state, channel):
    state.y = state.x * 2
    state.job = os.environ.get("SLURM_JOB_ID", "") + os.environ.get("JOB_ID", "")
    return channel.COMPLETE
"""


def problem(probe: str, *arguments: str) -> str | None:
    """Why there is no such batch system to test with."""
    if shutil.which(probe) is None:
        return f"{probe} is not installed"
    try:
        done = subprocess.run([probe, *arguments], capture_output=True, timeout=5)
    except subprocess.TimeoutExpired:
        return f"{probe} does not answer"
    return None if done.returncode == 0 and done.stdout.strip() else f"{probe} finds no batch system"


SYSTEMS = {"slurm": problem("sinfo", "-h"), "sge": problem("qstat", "-f")}


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if SYSTEMS[name] is not None:
        pytest.skip(str(SYSTEMS[name]))
    return name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ex.py").write_text(EXPERIMENT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def bbopt(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*BBOPT, *arguments], cwd=folder, capture_output=True, text=True, timeout=100)


def statuses(folder: Path, study: str) -> list[JobStatus]:
    table = SqlJobTable((address := study_at(f"sqlite:///{folder}/j.db", study)).database, address.study)
    return [row.status for row in table.jobs(JobChoice())]


def test_a_batch_system_runs_commands_and_workers_of_two_phases(system: str, folder: Path) -> None:
    said = bbopt(
        folder,
        "dispatch",
        "--cluster",
        system,
        "--repeat-jobs",
        "2",
        "--",
        "sh",
        "-c",
        "echo it is $0",
        "a b",
    )
    assert said.returncode == 0, said.stderr
    assert [line.partition(" ")[2] for line in said.stdout.splitlines()] == [
        "sh -c 'echo it is $0' \"a b\""
    ] * 2
    (logs,) = (folder / "LOGS").iterdir()
    wait_for(lambda: sum("it is a b" in path.read_text() for path in logs.iterdir()) == 2, 60)

    table = "sqlite:///j.db?table=t"
    bbopt(folder, "sqlschedules", table, "ex.experiment", "phase=1", "x={{1,2}}")
    bbopt(folder, "sqlschedules", table, "ex.experiment", "phase=1", "--", "x={{}}", "--", "phase=2")
    worker = (*BBOPT, "sql", "-n", "0", table, ".")
    said = bbopt(
        folder, "dispatch", "--cluster", system, "--watch", table, "--interval", "0.5", "--max-workers", "2",
        "--log-dir", "WORKERS", *worker,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[-1].startswith("Watching ends: no job is left. Workers: ")
    shown = bbopt(folder, "sqlstatus", "--all", "--print=y", "--print=job", table).stdout.splitlines()
    assert len(shown) == 4
    for line in shown:
        assert "status=2" in line
        assert line.rpartition("job=")[2].isdigit()


def test_workers_of_this_machine_end_with_the_command(folder: Path) -> None:
    bbopt(folder, "jobs", "add", "sqlite:///j.db", "--", "sh", "-c", "touch began-$$; sleep {{600,601,602}}")
    place = ("dispatch", "--local", "--watch", "sqlite:///j.db", "--interval", "0.1", "--max-workers", "2")
    worker = (*BBOPT, "worker", "sqlite:///j.db")
    watching = subprocess.Popen([*BBOPT, *place, *worker], cwd=folder, stdout=subprocess.PIPE, text=True)
    wait_for(lambda: len(list(folder.glob("began-*"))) == 2, 60)
    watching.send_signal(signal.SIGTERM)
    out, _ = watching.communicate(timeout=60)
    assert watching.returncode == 128 + signal.SIGTERM
    assert out.splitlines()[-1] == "Watching ends: it was asked to end. Workers: 2 started."
    assert processes_in(folder) == []
    assert statuses(folder, "jobs") == [JobStatus.START] * 3
