"""Signals to a command: each counts."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

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
