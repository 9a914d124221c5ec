"""Commands whose supervisors are stopped (SIGSTOP): signals end them all the same, with all that runs."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bbopt.runs import RunStatus
from tests.end_to_end.conftest import TARGET, ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, processes_in, runs, started, wait_for

N_ANSWERED = 3
STUBBORN = TARGET.replace(
    "shift 5\n",
    "shift 5\ntrap '' TERM\necho x >> started\n"
    "for i in 1 2 3; do mkdir answer$i 2>/dev/null && break || i=; done\n"
    '[ -n "$i" ] || while :; do sleep 0.1; done\n',
    1,
)
"""Answers as many runs; the others ignore SIGTERM and never end."""


def answer_nothing(folder: ScenarioFolder) -> None:
    """As if it had answered them all."""
    folder.write("started", "x\n" * N_ANSWERED)
    for i in range(1, N_ANSWERED + 1):
        (folder.path / f"answer{i}").mkdir()


TUNE = ("--scenario", "scenario.txt", "--seed", "1")
VALIDATE = ("validate", *TUNE, "--random-configurations", "6", "--validate-test-instances", "false")


@pytest.fixture(autouse=True)
def _leave_nothing_behind(folder: ScenarioFolder) -> Iterator[None]:
    yield
    kill_all_in(folder.path)


def supervisors_in(path: Path) -> list[int]:
    return [pid for pid in processes_in(path) if b"bbopt.target.supervisor.main" in of(pid, "cmdline")]


def is_stopped(pid: int) -> bool:
    return of(pid, "stat").rpartition(b")")[2].split()[:1] == [b"T"]


def of(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""  # it has ended


def start_and_stop_supervisors(folder: ScenarioFolder, *command: str) -> subprocess.Popen[str]:
    """The command, once it executes a run that never ends and its supervisors are stopped."""
    n_recorded = 0 if (folder.path / "answer1").exists() else N_ANSWERED
    process = subprocess.Popen(
        folder.command(*command), cwd=folder.path, env=folder.environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: started(folder) > N_ANSWERED, 60)
    if command[0] == "--scenario":
        wait_for(lambda: len(runs(folder)) == n_recorded, 60)
    wait_for(lambda: all_stopped(folder.path))
    return process


def all_stopped(path: Path) -> bool:
    """Whether all supervisors are; those that are not, which may have begun just now, are asked to."""
    running = [pid for pid in supervisors_in(path) if not is_stopped(pid)]
    for pid in running:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    return not running


@pytest.mark.parametrize(
    ("n_signals", "grace_s", "code"), [(1, "0.3", 143), (2, "600", 143)], ids=["1 signal", "2 signals"]
)
@pytest.mark.parametrize(
    "command",
    [TUNE, (*TUNE, "--cores", "3"), (*TUNE, "--cluster", "local"), VALIDATE, ("call", *TUNE)],
    ids=["tune", "three slots", "cluster", "validate", "call"],
)
def test_signals_end_a_command_whose_supervisors_are_stopped(
    folder: ScenarioFolder, command: tuple[str, ...], n_signals: int, grace_s: str, code: int
) -> None:
    folder.write("target.sh", STUBBORN, executable=True)
    if "call" in command:
        answer_nothing(folder)
    process = start_and_stop_supervisors(folder, *command, "--kill-grace", grace_s)
    process.terminate()
    if n_signals == 2:
        wait_for(lambda: not all(map(is_stopped, supervisors_in(folder.path))))  # the first was heard
        assert process.poll() is None
        process.terminate()
    _, errors = process.communicate(timeout=90)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert supervisors_in(folder.path) == []
    wait_for(lambda: processes_in(folder.path) == [])
    if command[0] == "--scenario":
        assert [run.result.status for run in runs(folder)] == [RunStatus.SAT] * N_ANSWERED


@pytest.mark.parametrize("command", [TUNE, ("call", *TUNE)], ids=["tune", "call"])
def test_kill_9_with_stopped_supervisors_leaves_no_process_behind(
    folder: ScenarioFolder, command: tuple[str, ...]
) -> None:
    folder.write("target.sh", STUBBORN, executable=True)
    answer_nothing(folder)
    process = start_and_stop_supervisors(folder, *command, "--kill-grace", "0.3")
    process.kill()
    process.communicate()
    wait_for(lambda: processes_in(folder.path) == [])


def test_a_search_whose_supervisor_is_stopped_for_a_while_goes_on(folder: ScenarioFolder) -> None:
    whole = folder.tune("--rungroup", "whole", "--runcount-limit", "6")
    assert whole.returncode == 0, whole.stderr
    folder.write("target.sh", TARGET.replace("shift 5\n", "shift 5\necho x >> started\nsleep 0.3\n"), True)
    process = folder.start("--runcount-limit", "6")
    wait_for(lambda: started(folder) > N_ANSWERED)
    (supervisor,) = supervisors_in(folder.path)
    os.kill(supervisor, signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2.5)
    os.kill(supervisor, signal.SIGCONT)
    process.communicate(timeout=90)
    assert process.returncode == 0
    assert [run.result.status for run in runs(folder)] == [RunStatus.SAT] * 6
    calls = [[run.request.configuration for run in runs(folder, name)] for name in ("work", "whole")]
    assert calls[0] == calls[1]
