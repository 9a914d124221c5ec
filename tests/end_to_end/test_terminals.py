"""Commands whose terminal is closed: they end as SIGHUP asks for, with all their files, or go on."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys

import pytest

from bbopt.runs import RunStatus
from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import TARGET, ScenarioFolder
from tests.end_to_end.test_interruptions import processes_in, started, wait_for
from tests.journals import read_journal

N_RUNS = 12
SEARCHES = [("--seed", "1"), ("--seeds", "1-2")]

# The first terminal that the leader of a session opens becomes the session's.
ON_TERMINAL = """
import os, signal, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
for fd in range(3):
    os.dup2(terminal, fd)
signal.signal(signal.SIGHUP, getattr(signal, sys.argv[2]))
os.execv(sys.argv[3], sys.argv[3:])
"""


def close_the_terminal_of(folder: ScenarioFolder, *words: str, disposition: str) -> int:
    """The exit code of a search whose terminal, which is its own, is closed while it is under way."""
    folder.write("target.sh", TARGET.replace("shift 5\n", "shift 5\necho x >> started\nsleep 0.2\n"), True)
    command = folder.command("--scenario", "scenario.txt", "--runcount-limit", str(N_RUNS), *words)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ON_TERMINAL, os.ttyname(theirs), disposition, *command], cwd=folder.path,
        env=folder.environment(TERM="xterm"), start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: read_what_there_is(ours) and started(folder) >= 4, 60)
    os.close(theirs)
    os.close(ours)
    code = process.wait(100)
    wait_for(lambda: processes_in(folder.path) == [])
    return code


def read_what_there_is(terminal: int) -> bool:
    while select.select([terminal], [], [], 0)[0]:
        os.read(terminal, 65536)
    return True


def executed(folder: ScenarioFolder) -> list[RecordedRun]:
    space = read_pcs(folder.path / "params.pcs")
    journals = [read_journal(path, space) for path in folder.output.glob("live-rundata-*.json")]
    return [run for journal in journals for run in journal.runs if run.reused_from is None]


@pytest.mark.parametrize("words", SEARCHES, ids=["one search", "several searches"])
def test_a_closed_terminal_ends_them(folder: ScenarioFolder, words: tuple[str, ...]) -> None:
    assert close_the_terminal_of(folder, *words, disposition="SIG_DFL") == 129
    assert 0 < len(executed(folder)) < N_RUNS
    assert {run.result.status for run in executed(folder)} == {RunStatus.SAT}
    assert "Reason: interrupted by SIGHUP." in (folder.output / "log-run1.txt").read_text()


@pytest.mark.parametrize("words", SEARCHES, ids=["one search", "several searches"])
def test_where_that_signal_is_ignored_they_go_on(folder: ScenarioFolder, words: tuple[str, ...]) -> None:
    assert close_the_terminal_of(folder, *words, disposition="SIG_IGN") == 0
    n_searches = len(list(folder.output.glob("live-rundata-*.json")))
    assert len(executed(folder)) == n_searches * N_RUNS
    assert "Reason: algorithm run limit" in (folder.output / "log-run1.txt").read_text()
