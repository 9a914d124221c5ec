"""Standard output and error that are closed, full, or whose reader or terminal goes away."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ScenarioFolder, folder

__all__ = ["folder"]

ROOT = Path(__file__).resolve().parents[2]


def in_shell(words: str, redirections: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m bbopt {words} {redirections}"], cwd=cwd, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("words", ["--version", "--help"])
def test_a_command_that_has_only_to_print_fails_where_it_cannot(words: str) -> None:
    done = in_shell(words, ">/dev/full")
    assert done.returncode == 255
    assert done.stderr == (
        "bbopt: error: standard output can't be written\n  got:      No space left on device\n"
    )
    assert in_shell(words, ">/dev/full 2>/dev/full").returncode == 255


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "bbopt", "--help"]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("redirections", [">&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(folder: ScenarioFolder, redirections: str) -> None:
    done = in_shell("--scenario scenario.txt --seed 1 --runcount-limit 2", redirections, folder.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    lines = (folder.output / "live-rundata-1.json").read_text().splitlines()
    assert len(lines) == 3


def test_errors_have_nowhere_to_go_but_the_exit_code() -> None:
    done = in_shell("nonsense", "2>&-")
    assert (done.returncode, done.stdout) == (1, "")


SCRIPT = """
import os, sys
from bbopt.cli.streams import open_standard_streams, outlive_the_output
open_standard_streams()
{}
print("read")
sys.stdout.flush()
input()
try:
    print("unread")
    sys.stdout.flush()
    print("goes on", file=sys.stderr)
except Exception as error:
    print(type(error).__name__, error.got, file=sys.stderr)
print("into nothing")
"""


@pytest.mark.parametrize(
    ("first", "told"), [("", "OutputError Input/output error\n"), ("outlive_the_output()", "goes on\n")]
)
def test_a_terminal_that_is_closed(first: str, told: str) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(first)], cwd=ROOT, stdin=subprocess.PIPE, stdout=theirs,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while not shown.endswith(b"\n"):  # ends: a terminal without a process at its other end gives an error
        shown += os.read(ours, 100)
    assert shown == b"read\r\n"
    os.close(ours)
    assert process.communicate("\n", timeout=60)[1] == told
    assert process.returncode == 0
