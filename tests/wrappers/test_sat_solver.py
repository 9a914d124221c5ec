"""The wrapper for SAT solvers, with shell scripts as solvers that answer, wait, misbehave and won't go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.targets.target_calls import ROOT, Answer, environment

sys.path.insert(0, str(ROOT / "wrappers"))
import sat_solver

NO_CUTOFF = "1.7976931348623157E308"
TARGET = f"""
import sys
sys.path.insert(0, {str(ROOT / "wrappers")!r})
import sat_solver

def command(call):
    return ["./solver", *(f"--{{name}}={{value}}" for name, value in call.parameters.items()), str(call.seed)]

sys.exit(sat_solver.main(command))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "target.py").write_text(TARGET)
    (tmp_path / "problem.cnf").write_text("p cnf 1 1\n1 0\n")
    return tmp_path


def solver(folder: Path, script: str) -> None:
    (folder / "solver").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "solver").chmod(0o755)


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "target.py", *words],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(
    folder: Path, *parameters: str, cutoff: str = "5.0", seed: str = "7", instance: str = "problem.cnf"
) -> Answer:
    process = start(folder, instance, "0", cutoff, "2147483647", seed, *parameters)
    stdout, stderr = process.communicate(timeout=60)
    return Answer(process.returncode, stdout, stderr)


def wait_for(path: Path) -> str:
    for _ in range(1000):
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return text.strip()
        time.sleep(0.01)
    raise AssertionError(f"{path} was not written")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("exit_code", "status"), [(10, "SAT"), (20, "UNSAT")])
def test_the_exit_code_is_the_answer(folder: Path, exit_code: int, status: str) -> None:
    solver(folder, f"echo 'Result of this algorithm run: ABORT, 0, 0, 0, 0'; exit {exit_code}")
    answer = call(folder)
    assert answer.fields[0] == status
    assert answer.fields[2:] == ["-1", "0", "7"]
    assert answer.stdout.count("\n") == 1
    assert (answer.exit_code, answer.stderr) == (0, "")


def test_the_command_gets_parameters_and_seed(folder: Path) -> None:
    solver(folder, 'echo "$*" > arguments; exit 10')
    call(folder, "-alpha", "-1.5", "-luby", "on", seed="3")
    assert (folder / "arguments").read_text() == "--alpha=-1.5 --luby=on 3\n"
    call(folder, seed="-1")
    assert (folder / "arguments").read_text() == "None\n"


def test_without_a_cutoff(folder: Path) -> None:
    solver(folder, "ulimit -t > limit; exit 20")
    assert call(folder, cutoff=NO_CUTOFF).status == "UNSAT"
    assert (folder / "limit").read_text() == "unlimited\n"


def test_waiting_is_not_cpu_time(folder: Path) -> None:
    solver(folder, "sleep 0.6; exit 10")
    answer = call(folder)
    assert answer.status == "SAT"
    assert answer.runtime_s < 0.6


def test_the_runtime_is_the_cpu_time(folder: Path) -> None:
    work = "import time\nwhile time.process_time() < 0.5: pass\nraise SystemExit(20)"
    solver(folder, f'exec "{sys.executable}" -S -c "{work}"')
    answer = call(folder)
    assert answer.status == "UNSAT"
    assert 0.5 <= answer.runtime_s < 5


def test_a_solver_without_end_is_stopped_at_its_cutoff(folder: Path) -> None:
    solver(folder, "trap '' TERM; echo $$ > pid; while :; do :; done")
    answer = call(folder, cutoff="0.3")
    assert answer.status == "TIMEOUT"
    assert answer.runtime_s >= 0.3
    assert answer.additional == "stopped after its CPU time of 0.3 s"
    assert answer.exit_code == 0
    assert not is_running(int(wait_for(folder / "pid")))


def test_a_solver_that_only_waits_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sat_solver, "WALL_EXTRA_S", 0.2)
    ending = sat_solver.run(["sleep", "50"], cutoff_s=0.1)
    assert ending.exit_code == -signal.SIGKILL
    assert ending.cpu_s < 0.1
    assert sat_solver.verdict(ending, 0.1, sat_solver.ANSWERS) == (
        "TIMEOUT",
        "stopped after its wall-clock time of 0.7 s",
    )


def test_an_answer_after_the_cutoff_is_none() -> None:
    late = sat_solver.Ending(exit_code=10, cpu_s=1.001, stopped="", telling_line="s SATISFIABLE")
    assert sat_solver.verdict(late, 1.0, sat_solver.ANSWERS)[0] == "TIMEOUT"
    assert sat_solver.verdict(late, 1.1, sat_solver.ANSWERS)[0] == "SAT"


@pytest.mark.parametrize(
    ("script", "remark"),
    [
        ("echo 'ERROR! no option a, b' >&2; echo bye; exit 3", "exit code 3: ERROR! no option a; b"),
        ("echo first; echo; echo '  the last  '; exit 1", "exit code 1: the last"),
        ("exit 0", "exit code 0: no output"),
        ("kill -SEGV $$", "ended by SIGSEGV: no output"),
        ("exec yes", "ended by SIGXFSZ: y"),
    ],
)
def test_a_crash_says_why(folder: Path, script: str, remark: str) -> None:
    solver(folder, script)
    answer = call(folder)
    assert (answer.status, answer.additional, answer.exit_code) == ("CRASHED", remark, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_wrapper_that_is_ended_ends_its_solver(folder: Path, number: signal.Signals) -> None:
    solver(folder, "trap '' TERM INT HUP; echo $$ > pid; while :; do :; done")
    process = start(folder, "problem.cnf", "0", "50", "2147483647", "1")
    pid = int(wait_for(folder / "pid"))
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    answer = Answer(process.returncode, stdout, stderr)
    assert answer.status == "CRASHED"
    assert number.name in answer.additional
    assert not is_running(pid)


def test_a_solver_outlives_its_killed_wrapper_by_its_cpu_time_only(folder: Path) -> None:
    solver(folder, "echo $$ > pid; while :; do :; done")
    process = start(folder, "problem.cnf", "0", "0.5", "2147483647", "1")
    pid = int(wait_for(folder / "pid"))
    process.kill()
    process.communicate(timeout=30)
    for _ in range(3000):
        if not is_running(pid):
            return
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("the solver went on")


def test_the_solver_can_be_signalled(folder: Path) -> None:
    solver(folder, "grep -E 'Sig(Blk|Ign)' /proc/self/status > signals; exit 10")
    call(folder)
    masks = [line.split()[1] for line in (folder / "signals").read_text().splitlines()]
    assert [int(mask, 16) & 1 << (signal.SIGTERM - 1) for mask in masks] == [0, 0]


def test_the_callers_signals_are_as_before(tmp_path: Path) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    sat_solver.run(["true"], cutoff_s=5)
    with pytest.raises(sat_solver.CallError):
        sat_solver.run([str(tmp_path / "nothing")], cutoff_s=5)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_a_missing_solver(folder: Path) -> None:
    answer = call(folder)
    assert answer.status == "CRASHED"
    assert answer.additional == "can't run './solver': No such file or directory; is it installed?"
    assert answer.additional in answer.stderr


def test_a_missing_instance(folder: Path) -> None:
    answer = call(folder, instance="other.cnf")
    assert answer.status == "CRASHED"
    assert answer.additional.startswith("there is no instance file 'other.cnf'")
    assert answer.exit_code == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "got 0 of the five"),
        (("problem.cnf", "0", "5", "1"), "got 4 of the five"),
        (("problem.cnf", "0", "soon", "1", "7"), "expected a cutoff and a seed, got 'soon' and '7'"),
        (("problem.cnf", "0", "5", "1", "x"), "expected a cutoff and a seed, got '5' and 'x'"),
        (("problem.cnf", "0", "0", "1", "7"), "expected a cutoff above 0, got '0'"),
        (("problem.cnf", "0", "nan", "1", "7"), "expected a cutoff above 0, got 'nan'"),
        (("problem.cnf", "0", "5", "1", "7", "-alpha"), "parameter -alpha has no value"),
        (("problem.cnf", "0", "5", "1", "7", "alpha", "1"), "such as -alpha, got 'alpha'"),
    ],
)
def test_a_malformed_call(folder: Path, words: tuple[str, ...], message: str) -> None:
    process = start(folder, *words)
    stdout, stderr = process.communicate(timeout=30)
    answer = Answer(process.returncode, stdout, stderr)
    assert answer.status == "CRASHED"
    assert message in answer.stderr
    assert answer.exit_code == 1
