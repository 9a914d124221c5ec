"""`bbopt run-limited` as wrapper writers use it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.target.processes import MISBEHAVING, PATIENCE_S, alive_with, await_true, is_alive, misbehaving

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "bbopt", "run-limited")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def marker() -> Iterator[str]:
    """A word that marks processes; at the end of the test none with it may be alive."""
    word = f"marker-{uuid.uuid4()}"
    yield word
    assert alive_with(word) == []


def run(*words: str, **settings: object) -> subprocess.CompletedProcess[str]:
    given = {"capture_output": True, "text": True, "env": ENVIRONMENT, "timeout": 60, **settings}
    return subprocess.run([*COMMAND, *words], check=False, **given)  # type: ignore[call-overload,no-any-return]


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *words], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def supervisor_below(process: subprocess.Popen[str]) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0])


def results(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def seconds(text: str) -> float:
    assert re.fullmatch(r"[0-9]+\.[0-9]+s", text)
    return float(text[:-1])


def test_a_command_that_ends_by_itself() -> None:
    done = run("--", "sh", "-c", "cat; echo oops >&2; exit 7", input="some input\n")
    assert (done.returncode, done.stdout) == (0, "some input\n")
    first, *rest = done.stderr.splitlines()
    assert first == "oops"
    found = results("\n".join(rest))
    assert list(found) == ["starttime", "returnvalue", "walltime", "cputime", "memory"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:\d\d", found["starttime"])
    assert found["returnvalue"] == "7"
    assert 0 < seconds(found["walltime"]) < 60
    assert 0 <= seconds(found["cputime"]) < 60
    assert re.fullmatch(r"[1-9][0-9]*B", found["memory"])


def test_a_command_that_a_signal_ends() -> None:
    found = results(run("--", "sh", "-c", "kill -SEGV $$").stderr)
    assert (found["exitsignal"], "returnvalue" in found, "terminationreason" in found) == ("11", False, False)


@pytest.mark.parametrize(
    ("limits", "program", "reason"),
    [
        (("--cpu", "0.3"), ("burns_below.py",), "cputime"),
        (("--cpu=0.3",), ("burning_daemon.py",), "cputime"),
        (("--wall", "0.4", "--grace", "0.2"), ("ignores_sigterm.py",), "walltime"),
        (("--memory", "100"), ("allocates.py",), "memory"),
        (("--memory", "100", "--grace", "600"), ("allocates.py", "stubborn"), "memory"),
    ],
)
def test_a_command_that_exceeds_a_limit(
    limits: tuple[str, ...], program: tuple[str, ...], reason: str, marker: str
) -> None:
    name, *arguments = program
    done = run(*limits, "--", *misbehaving(name, marker, *arguments))
    assert done.returncode == 0
    assert results(done.stderr)["terminationreason"] == reason
    assert alive_with(marker) == []


def test_output_is_passed_on_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "result"
    done = run("--output", "0.1", "--result", str(file), "--", "yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) > 100_000
    assert set(done.stdout.splitlines()[:1000]) == {"y"}
    assert results(file.read_text())["terminationreason"] == "files-size"


def test_output_below_its_limit_arrives_completely() -> None:
    script = "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; echo end >&2"
    done = run("--output", "1", "--", "sh", "-c", script)
    assert done.stdout == "".join(f"line {i}\n" for i in range(2000))
    assert done.stderr.startswith("end\n")


def test_output_that_nobody_reads_does_not_stop_the_clock(marker: str) -> None:
    process = start("--output", "100", "--wall", "1.5", "--", *misbehaving("flood.py", "1000", marker))
    await_true(lambda: len(alive_with(marker)) == 3)
    await_true(lambda: len(alive_with(marker)) == 2)  # bbopt's own; what was printed waits for us
    out, errors = process.communicate(timeout=60)
    assert results(errors)["terminationreason"] == "walltime"
    assert len(out) > 65536
    assert process.returncode == 0


def test_two_signals_end_the_waiting_for_a_reader(marker: str) -> None:
    process = start("--output", "100", "--", *misbehaving("flood.py", "1", marker))
    assert select.select([process.stdout], [], [], PATIENCE_S)[0]
    process.send_signal(signal.SIGTERM)
    await_true(lambda: len(alive_with(marker)) == 2)
    process.send_signal(signal.SIGTERM)
    await_true(lambda: not alive_with(marker))
    out, errors = process.communicate(timeout=60)
    assert results(errors)["terminationreason"] == "killed"
    assert len(out) > 0


def test_output_that_nobody_wants() -> None:
    with start("--output", "100", "--", "yes") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert results(process.stderr.read())["exitsignal"] == str(int(signal.SIGPIPE))


def test_the_command_has_the_terminal_of_its_caller() -> None:
    """Its input and output are bbopt's own, not pipes to it."""
    master, slave = pty.openpty()
    done = run("--", "sh", "-c", "test -t 0 && test -t 1", stdin=slave, stdout=slave, capture_output=False,
               stderr=subprocess.PIPE)  # fmt: skip
    os.close(master)
    os.close(slave)
    assert results(done.stderr)["returnvalue"] == "0"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_tree(signum: int, marker: str) -> None:
    process = start("--grace", "0.3", "--", *misbehaving("ignores_sigterm.py", marker))
    await_true(lambda: len(set(alive_with(marker)) - {process.pid}) >= 3)  # the supervisor, and the two
    process.send_signal(signum)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signum
    assert results(errors)["terminationreason"] == "killed"
    assert alive_with(marker) == []


def test_a_second_signal_does_not_wait(marker: str) -> None:
    process = start("--grace", "600", "--", *misbehaving("ignores_sigterm.py", marker))
    await_true(lambda: len(set(alive_with(marker)) - {process.pid}) >= 3)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in {128 + signal.SIGTERM, 128 + signal.SIGINT}
    assert results(errors)["exitsignal"] == "9"


def test_killed_itself_it_leaves_nothing(marker: str) -> None:
    process = start("--grace", "0.3", "--", *misbehaving("ignores_sigterm.py", marker))
    await_true(lambda: len(set(alive_with(marker)) - {process.pid}) >= 3)
    process.kill()
    process.communicate()
    await_true(lambda: not alive_with(marker))


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_its_stopped_supervisor_leaves_nothing(marker: str, signum: int, code: int) -> None:
    process = start("--grace", "0.3", "--", *misbehaving("ignores_sigterm.py", marker))
    await_true(lambda: len(set(alive_with(marker)) - {process.pid}) >= 3)
    os.kill(supervisor_below(process), signal.SIGSTOP)
    process.send_signal(signum)
    process.communicate(timeout=60)
    assert process.returncode == code
    await_true(lambda: not alive_with(marker))


def test_its_hung_supervisor_is_given_up(marker: str) -> None:
    script = (
        "import sys, time\nfrom bbopt.cli.main import run\nfrom bbopt.target import patience\n"
        "from bbopt.target.supervisor.supervision import _Supervision\n"
        "_Supervision.run = lambda _: time.sleep(600)\n"
        "patience._HURRIED_END_S = 0.2\nsys.exit(run(sys.argv[1:]))"
    )
    words = ("run-limited", "--grace", "600", "--", *misbehaving("ignores_sigterm.py", marker))
    process = subprocess.Popen([sys.executable, "-c", script, *words], env=ENVIRONMENT)
    await_true(lambda: len(set(alive_with(marker)) - {process.pid}) >= 3)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in {128 + signal.SIGTERM, 128 + signal.SIGINT}
    assert alive_with(marker) == []


def test_its_killed_supervisor_leaves_nothing(marker: str) -> None:
    process = start("--", *misbehaving("ignores_sigterm.py", marker))
    await_true(lambda: len(set(alive_with(marker)) - {process.pid}) >= 3)
    os.kill(supervisor_below(process), signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 255
    assert "terminationreason=failed" in errors
    assert "SIGKILL" in errors
    assert alive_with(marker) == []
    assert not is_alive(process.pid)


def test_within_a_run_of_a_target_the_marks_of_that_run_stay() -> None:
    settings = {"AEATK_EXECUTION_UUID": "outer", "AEATK_PORT": "4711"}
    done = run("--", "env", env={**ENVIRONMENT, **settings})
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert {name: seen[name] for name in settings} == settings


def test_spelling_makes_no_difference() -> None:
    found = results(run("--CPU=0.3", "--Grace", "1", "--", "sh", "-c", "while :; do :; done").stderr)
    assert found["terminationreason"] == "cputime"


def test_options_of_the_command_are_its_own() -> None:
    assert run("--", "echo", "--version", "-v", "--help").stdout == "--version -v --help\n"
    assert run("echo", "--cpu", "x").stdout == "--cpu x\n"


def test_help() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("--cpu", "--result", "terminationreason", "files-size", "Exit code"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--", "no-such-program"), ["no-such-program can't be started", "terminationreason=failed"]),
        (("--", str(MISBEHAVING / "wrong_machine")), ["exec format error"]),
        (("--cpus", "3", "--", "true"), ["unknown option --cpus", "did you mean --cpu?"]),
        (("--frobnicate", "true"), ["unknown option --frobnicate", "bbopt run-limited --help lists"]),
        (("--cpu", "0", "true"), ["cpu can't have this value", "'0'", "(0, Infinity)"]),
        (("--wall", "soon", "true"), ["wall can't have this value", "seconds"]),
        (("--memory", "nan", "true"), ["memory can't", "MB"]),
        (("--output", "inf", "true"), ["output can't"]),
        (("--grace", "-1", "true"), ["grace can't", "[0, Infinity)"]),
        (("--cpu", "-1", "--wall", "x", "true"), ["cpu can't", "wall can't"]),
        (("--cpu", "1", "--cpu", "2", "true"), ["cpu is given twice"]),
        (("--cpu",), ["--cpu needs a value"]),
        (("--result", "--cpu", "3", "true"), ["--result needs a value"]),
        (("--cpu", "3", "--"), ["one COMMAND is needed"]),
        ((), ["one COMMAND is needed"]),
        (("--result", "/no/such/folder/file", "true"), ["/no/such/folder/file", "can't be written"]),
    ],
)
def test_bad_arguments(words: tuple[str, ...], parts: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 1
    assert done.stdout == ""
    for part in parts:
        assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_full_disk() -> None:
    done = run("--result", "/dev/full", "--", "true")
    assert done.returncode == 255
    assert "can't be written" in done.stderr


def test_no_working_directory(tmp_path: Path) -> None:
    script = f"cd {tmp_path} && rmdir {tmp_path} && exec {' '.join(COMMAND)} -- true"
    done = subprocess.run(["sh", "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the working directory can't be used" in done.stderr


def test_no_more_processes() -> None:
    script = (
        "import os, sys\nfrom bbopt.cli.main import run\n"
        "def fail(): raise BlockingIOError(11, 'no more processes')\n"
        "os.fork = fail\nsys.exit(run(['run-limited', 'true']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 255
    assert "can't be started" in done.stderr
    assert "no more processes" in done.stderr


def test_no_grace() -> None:
    done = run("--wall", "0.3", "--grace", "0", "--", "sh", "-c", "trap '' TERM; while :; do :; done")
    assert results(done.stderr)["exitsignal"] == "9"


def test_it_starts_without_heavy_modules() -> None:
    script = "import sys; from bbopt.cli.main import run; run(['run-limited', 'true']); print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "bbopt.cli.run_limited" in modules
    assert not {"numpy", "subprocess", "tempfile", "asyncio", "rich", "bbopt.scenario", "bbopt.runs"} & set(
        modules
    )
