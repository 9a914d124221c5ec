"""Jobs in phases as a user has them, with commands alone, on both kinds of databases."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from bbopt.cli.main import run
from bbopt.database_address import StudyAddress
from bbopt.stores import JobChoice, JobRow, job_table_at
from tests.stores.sql.databases import KINDS, database_for

MODULE = """
import os, time

def run(state, channel):
    if state.get("awaits"):
        await_file(state.awaits)
    if state.get("told"):
        open(state.told, "x").close()
        await_file(state.awaits_then)
    if os.path.exists("fails"):
        raise ValueError("there is no such luck")
    state.loss = abs(state.lr - 0.2) + state.p1
    return channel.COMPLETE

def await_file(name):
    end = time.monotonic() + 30
    while not os.path.exists(name):
        assert time.monotonic() < end, name
        time.sleep(0.02)
"""


class User:
    """Types commands in a folder with a module, about a table."""

    def __init__(self, folder: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.table = f"{database_for(kind, folder).text}?table=phases_{uuid.uuid4().hex[:8]}"
        self.errors = ""
        (folder / "trial.py").write_text(MODULE)

    def __call__(self, *words: str, code: int = 0) -> list[str]:
        """The lines that are printed."""
        self._capsys.readouterr()
        found = run(words)
        output, self.errors = self._capsys.readouterr()
        assert found == code, self.errors
        return output.splitlines()

    def work(self, n: int = 0) -> tuple[str, ...]:
        return "sql", "-n", str(n), "--workdir", str(self.folder), "--trust", self.table, "files"

    def schedule(self, *words: str, code: int = 0) -> list[str]:
        return self("sqlschedules", self.table, "trial.run", *words, code=code)

    def status(self, *words: str) -> list[str]:
        lines = self("sqlstatus", self.table, *(words or ("--all",)))
        return [line.partition(", status=")[2].replace(" jobman.sql.priority=1.0", "") for line in lines]

    def rows(self) -> list[JobRow]:
        return job_table_at(StudyAddress.read_table(self.table, self.folder)).jobs(JobChoice())


@pytest.fixture(params=KINDS)
def user(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> User:
    monkeypatch.chdir(tmp_path)
    return User(tmp_path, request.param, capsys)


def test_three_phases(user: User) -> None:
    user.schedule("phase=1", "p1={{1,2}}", "lr={{0.1,0.2}}")
    second = ("phase=2", "lr={group:best:lr}", "x={{1,2}}")
    lines = user.schedule("--best=min(loss)", "phase=1", "--", "p1={{}}", "--", *second)
    assert [line for line in lines if line.startswith("GROUP")] == [
        "GROUP    'p1=1' of 2 jobs",
        "GROUP    'p1=2' of 2 jobs",
    ]
    assert lines[-1] == "Added 4 on 4 jobs"
    last = ("phase=2", "--", "--", "phase=3", "lr={group:min(loss):lr}", "p1={group:min(loss):p1}")
    (told, line) = user("sqlschedule", user.table, "trial.run", *last)
    assert told == "GROUP    'phase=2' of 4 jobs"
    assert line.startswith("ADDING   {'phase': 3, ")
    assert user.schedule(*last)[-1] == "Added 0 on 1 jobs"  # it is there
    waits = ["0 waits for 2 jobs of group p1=1"] * 2 + ["0 waits for 2 jobs of group p1=2"] * 2
    assert user.status() == ["0"] * 4 + waits + ["0 waits for 4 jobs of group phase=2"]

    assert user(*user.work(3)) == ["Run 3 jobs"]
    waits = ["0", "0", "0", *["0 waits for 1 job of group p1=2"] * 2, "0 waits for 4 jobs of group phase=2"]
    assert user.status() == ["2", "2", "2", *waits]
    assert user(*user.work()) == ["No more jobs to run (run 6 jobs)"]
    shown = user.status("--all", "--print=lr", "--print=p1", "--print=jobman.after", "--print=jobman.phase")
    assert shown[4:] == [
        *["2 lr=0.2 p1=1 jobman.after=p1=1 jobman.phase=2"] * 2,
        *["2 lr=0.2 p1=2 jobman.after=p1=2 jobman.phase=2"] * 2,
        "2 lr=0.2 p1=1 jobman.after=phase=2 jobman.phase=3",
    ]

    numbers = [row.number for row in user.rows()]
    lines = user("sqlstatus", "--set_status=START", user.table, str(numbers[1]))
    assert lines[-1] == "Changed the status to 0 for 1 jobs"
    after = ", ".join(str(numbers[index]) for index in (4, 5, 8))
    assert user.errors == f"jobs that come after these are set back, too: {after}\n"
    waits = [*["0 waits for 1 job of group p1=1"] * 2, "0 waits for 2 jobs of group phase=2"]
    assert user.status("--status=START") == ["0", *waits]
    assert user(*user.work()) == ["No more jobs to run (run 4 jobs)"]
    assert set(user.status()) == {"2"}


def test_a_phase_that_has_crashed_is_begun_again(user: User) -> None:
    user.schedule("p1=1", "lr=0.1")
    user.schedule("p1=1", "--", "--", "lr={group:min(loss):nothing}", "p1=2")
    (user.folder / "fails").touch()
    assert user(*user.work())[-1] == "No more jobs to run (run 1 jobs)"
    first = user.rows()[0].number
    assert user.status() == ["5", f"0 waits for 1 job of group p1=1, in vain: job {first} has failed"]
    (user.folder / "fails").unlink()
    user("sqlstatus", "--status=ERR_RUN", "--set_status=START", user.table)
    assert user(*user.work())[-1] == "No more jobs to run (run 2 jobs)"
    assert user.status() == ["2", "3"]  # there is no such result
    assert "the best job of the group has no nothing" in user.rows()[1].reason


def test_a_worker_stays_while_others_are_at_what_later_phases_wait_for(user: User) -> None:
    user.schedule("p1=1", "lr=0.1", "awaits=go")
    for own, other in (("a", "b"), ("b", "a")):  # each needs a worker of its own
        user.schedule("p1=1", "--", "--", "p1=2", "lr=0.1", f"told={own}", f"awaits_then={other}")
    with start(user) as first, start(user) as second:
        table, end_s = job_table_at(StudyAddress.read_table(user.table, user.folder)), time.monotonic() + 30
        while len(table.members()) < 2:
            assert time.monotonic() < end_s
            time.sleep(0.05)
        time.sleep(1.0)  # in which one that thinks that nothing is left is gone
        (user.folder / "go").touch()
        outputs = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert user.status() == ["2", "2", "2"]
    assert sorted(outputs) == [f"No more jobs to run (run {n} jobs)\n" for n in (1, 2)]


def start(user: User) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bbopt", *user.work()]
    return subprocess.Popen(command, cwd=user.folder, text=True, stdout=subprocess.PIPE)


def test_nothing_is_added_after_nothing(user: User) -> None:
    user.schedule("p1=1", "lr=0.1")
    for words, told in (
        (("p1=3", "--", "p1={{}}", "--", "lr=1"), "no job is meant by this"),
        (("p1=1", "--", "p2={{}}", "--", "lr=1"), "no job is meant by this"),
        (("p1=1", "--", "p1={{1,2}}", "--", "lr=1"), "no job has this value"),
        (("p1=1", "--", "--", "lr={group:lr}"), "names no result"),
        (("p1=1", "--", "--", "lr={group:best:lr}"), "which job of a group is best"),
        (("lr={group:min(loss):lr}",), "comes after none"),
        (("--", "p1=1", "--", "lr=1"), "not said which jobs"),
    ):
        user.schedule(*words, code=1)
        assert told in user.errors
    assert user.status() == ["0"]
