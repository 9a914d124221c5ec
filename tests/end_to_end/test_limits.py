"""Limits and measured times, as options of a scenario."""

from __future__ import annotations

import re
import sys

import pytest

from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import Sleeping, processes_in, runs, started
from tests.target.processes import MISBEHAVING

RESULT = "Result for SMAC: SAT, 0.5, 0, 0.25, -1"


def test_memory_limit(folder: ScenarioFolder) -> None:
    program = f"{sys.executable} -S {MISBEHAVING / 'allocates.py'}"
    done = folder.bbopt("call", "--scenario", "scenario.txt", "--algo", program, "--memory-limit", "100")
    assert done.returncode == 1
    assert "status:     CRASHED" in done.stdout
    assert "used more memory than memory-limit allows" in done.stdout


def test_output_limit(folder: ScenarioFolder) -> None:
    folder.write("target.sh", "#!/bin/sh\nexec yes\n", executable=True)
    done = folder.bbopt("call", "--scenario", "scenario.txt", "--output-limit", "0.5")
    assert done.returncode == 1
    assert "more than output-limit allows" in done.stdout


@pytest.mark.parametrize(
    ("source", "label"), [("reported", None), ("walltime", "wall-clock"), ("cputime", "CPU time")]
)
def test_runtime_from(folder: ScenarioFolder, source: str, label: str | None) -> None:
    folder.write("target.sh", f"#!/bin/sh\necho '{RESULT}'\n", executable=True)
    done = folder.bbopt("call", "--scenario", "scenario.txt", "--runtime-from", source)
    assert done.returncode == 0
    lines = [line.strip().partition(":") for line in done.stdout.splitlines()]
    seconds = {name: float(rest.split()[0]) for name, _, rest in lines if rest.endswith(" s")}
    assert seconds["runtime"] == pytest.approx(0.5 if label is None else seconds[label], abs=0.001)


def test_what_limits_is_said_once(folder: ScenarioFolder) -> None:
    words = ("--scenario", "scenario.txt", "--runcount-limit", "3", "--seed", "1", "--engine", "random")
    done = folder.bbopt(*words, "--memory-limit", "1000")
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).count("Runs are measured and limited by means of") == 1


@pytest.mark.parametrize(
    ("name", "value"), [("memory-limit", "0"), ("output-limit", "much"), ("runtime-from", "clock")]
)
def test_bad_values(folder: ScenarioFolder, name: str, value: str) -> None:
    done = folder.bbopt("check", "--scenario", "scenario.txt", f"--{name}", value)
    assert done.returncode == 1
    assert f"{name} can't have this value" in done.stderr
    assert value in done.stderr


HANGS = """import time
print("val_loss: 0.25", flush=True)
time.sleep(600)
"""


def test_run_wallclock_limit(folder: ScenarioFolder) -> None:
    """What a program has reported counts, though it never ends."""
    folder.write("train.py", HANGS)
    done = folder.bbopt(
        "call", "--scenario", "scenario.txt", "--algo", f"{sys.executable} -S train.py",
        "--call-format", "argparse", "--result-pattern", r"quality: val_loss: (\S+)",
        "--run-wallclock-limit", "3",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "status:     TIMEOUT" in done.stdout
    assert "quality:    0.25" in done.stdout
    assert "had to be ended for run-wallclock-limit" in done.stdout + done.stderr


def test_a_search_may_end_what_is_under_way_at_its_wallclock_limit(sleeping: Sleeping) -> None:
    folder = sleeping(600)
    done = folder.tune("--wallclock-limit", "2", "--wallclock-limit-ends-runs", "true", "--kill-grace", "0.2")
    assert done.returncode == 0, done.stderr
    assert re.search(r"Reason: wall-clock time limit \(2\.\d+ s\) has been reached\.", done.stdout)
    assert started(folder) == 1
    assert runs(folder) == ()
    assert processes_in(folder.path) == []
