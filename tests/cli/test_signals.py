"""Signals to a command: each counts."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ScenarioFolder, folder

__all__ = ["folder"]

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("n_signals", "told"), [(1, "SIGTERM\nin time\n"), (2, "SIGTERM\nat once\n")])
def test_signals_in_the_middle_of_a_long_computation_all_count(n_signals: int, told: str) -> None:
    script = """
        from bbopt.cli.signals import signals_stop
        try:
            with signals_stop(lambda name, _: print(name, flush=True)):
                print("started", flush=True)
                sum(range(40_000_000))  # in C, where Python calls no handlers
            print("in time")
        except KeyboardInterrupt:
            print("at once")
    """
    process = subprocess.Popen(
        [sys.executable, "-c", "if True:" + script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    for _ in range(n_signals):
        time.sleep(0.1)
        process.terminate()
    assert process.communicate(timeout=60)[0] == told


def test_a_closed_terminal_asks_for_one_end_however_often_it_says_so() -> None:
    script = """
        import os, signal
        from bbopt.cli.signals import handling_signals
        with handling_signals(lambda number: print(signal.Signals(number).name, flush=True)):
            for number in (signal.SIGHUP, signal.SIGHUP, signal.SIGHUP, signal.SIGTERM):
                os.kill(os.getpid(), number)
    """
    done = subprocess.run(
        [sys.executable, "-c", "if True:" + script], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == "SIGHUP\nSIGTERM\n"


SWALLOWS = """
import os, signal
try:
    os.kill(os.getpid(), signal.{})
    sum(range(10))
except BaseException:
    raise ImportError("Importing the numpy C-extensions failed")
"""


@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_while_libraries_are_imported_ends_the_command(
    folder: ScenarioFolder, tmp_path: Path, number: str, code: int
) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "numpy.py").write_text(SWALLOWS.format(number))
    done = folder.tune(PYTHONPATH=f"{tmp_path / 'library'}:{ROOT}")
    assert (done.returncode, done.stderr) == (code, "bbopt: interrupted\n")
    assert not folder.output.exists()


def test_nobody_can_swallow_a_signal_that_comes_before_anything_has_begun() -> None:
    script = """
        import os, signal
        from bbopt.cli.signals import handling_signals, interrupt, let_signals_end_at_once
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        let_signals_end_at_once()
        os.kill(os.getpid(), signal.SIGHUP)
        try:
            with handling_signals(interrupt):
                os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt as error:
            print("undone", *error.args, flush=True)
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except BaseException:
            print("swallowed", flush=True)
    """
    done = subprocess.run(
        [sys.executable, "-c", "if True:" + script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (143, "undone 15\n")
