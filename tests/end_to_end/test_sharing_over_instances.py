"""Several searches over instances in one folder: each makes its runs, whatever the others are doing."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import processes_in, wait_for
from tests.journals import read_journal

TARGET = """#!/bin/sh
# a runtime that depends on the instance and on x, spent asleep
instance=${1#i}; seed=$5; shift 5
echo "$$" >> started
seconds=$(awk -v x="$2" -v i="$instance" 'BEGIN { printf "%.3f", 0.02 + 0.004 * i + 0.2 * (x - 0.3) ^ 2 }')
sleep "$seconds"
echo "Result of this algorithm run: SAT, $seconds, 0, $seconds, $seed"
"""
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
instances = instances.txt
run-obj = RUNTIME
cutoff-time = 2
deterministic = true
runcount-limit = 12
validation = false
"""


@pytest.fixture
def over_instances(folder: ScenarioFolder) -> Iterator[ScenarioFolder]:
    folder.write("target.sh", TARGET, executable=True)
    folder.write("params.pcs", "x real [0, 1] [0.9]\n")
    folder.write("scenario.txt", SCENARIO)
    folder.write("instances.txt", "".join(f"i{number}\n" for number in range(20)))
    yield folder
    for pid in processes_in(folder.path):  # where a test has failed
        os.kill(pid, signal.SIGKILL)


def start(folder: ScenarioFolder, seed: int, *arguments: str) -> subprocess.Popen[str]:
    words = ("--scenario", "scenario.txt", "--seed", str(seed), "--shared-model-mode", "true", *arguments)
    return subprocess.Popen(
        folder.command(*words), cwd=folder.path, env=folder.environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def journal(folder: ScenarioFolder, seed: int) -> Path:
    return folder.output / f"live-rundata-{seed}.json"


def executed(folder: ScenarioFolder, seed: int) -> list[RecordedRun]:
    runs = read_journal(journal(folder, seed), read_pcs(folder.path / "params.pcs")).runs
    return [run for run in runs if run.reused_from is None]


@pytest.mark.parametrize(
    ("n_searches", "arguments"),
    [
        (2, ()),
        (2, ("--cores", "2")),
        (3, ("--deterministic", "false")),
        (2, ("--run-obj", "QUALITY")),
        (2, ("--engine", "random")),
    ],
)
def test_each_makes_its_runs_and_none_is_made_twice(
    over_instances: ScenarioFolder, n_searches: int, arguments: tuple[str, ...]
) -> None:
    folder, seeds = over_instances, range(1, n_searches + 1)
    processes = [start(folder, seed, *arguments) for seed in seeds]
    outputs = [process.communicate(timeout=100)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * n_searches, outputs
    runs = [run.request for seed in seeds for run in executed(folder, seed)]
    assert len(runs) == 12 * n_searches
    made = Counter((run.configuration, run.instance.name, run.seed, run.cutoff_s) for run in runs)
    assert sum(made.values()) - len(made) <= 1, "work was done twice"
    assert all("algorithm run limit (12 runs) has been reached" in output for output in outputs)


def test_one_that_is_killed_holds_up_nobody(over_instances: ScenarioFolder) -> None:
    folder = over_instances
    victim, survivor = (start(folder, seed, "--kill-grace", "0.1") for seed in (1, 2))
    path = journal(folder, 1)
    wait_for(lambda: path.exists() and path.read_text().count("\n") > 4, 30)
    victim.kill()
    victim.communicate(timeout=30)
    survivor.communicate(timeout=100)
    assert len(executed(folder, 2)) == 12


def test_one_that_is_stopped_holds_up_nobody(over_instances: ScenarioFolder) -> None:
    """It has claimed the run of the default that both begin with."""
    folder = over_instances
    stopped = start(folder, 1)
    wait_for((folder.path / "started").exists, 30)
    stopped.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, stopped.pid, os.WSTOPPED)
    try:
        other = start(folder, 2)
        other.communicate(timeout=100)
        assert len(executed(folder, 2)) == 12
    finally:
        stopped.send_signal(signal.SIGCONT)
        stopped.communicate(timeout=100)
    assert len(executed(folder, 1)) == 12


def test_one_that_waits_for_another_can_be_stopped(over_instances: ScenarioFolder) -> None:
    """With one configuration and one instance there is nothing else to do."""
    folder = over_instances
    folder.write("params.pcs", "x categorical {0.5} [0.5]\n")
    folder.write("instances.txt", "i1\n")
    folder.write("target.sh", TARGET.replace('sleep "$seconds"', "sleep 60"), executable=True)
    busy = start(folder, 1, "--run-obj", "QUALITY", "--cutoff-time", "100")
    wait_for((folder.path / "started").exists, 30)
    held_up = start(folder, 2, "--run-obj", "QUALITY", "--cutoff-time", "100")
    log = folder.output / "log-run2.txt"
    wait_for(lambda: log.exists() and "Detected new source" in log.read_text(), 30)
    held_up.send_signal(signal.SIGTERM)
    assert "interrupted by SIGTERM" in held_up.communicate(timeout=30)[0]
    busy.send_signal(signal.SIGTERM)
    busy.communicate(timeout=30)
    assert (held_up.returncode, busy.returncode) == (143, 143)
    assert (folder.path / "started").read_text().count("\n") == 1
