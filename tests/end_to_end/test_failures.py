"""Failed runs are never best, and what does not look right is told."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from bbopt.exports import read_trajectory
from bbopt.space import read_pcs
from bbopt.stores import RecordedRuns
from tests.end_to_end.conftest import ScenarioFolder
from tests.journals import read_journal

TARGET = """#!/bin/sh
# squared errors in dollars, about (60,000 $)^2; large x end as the file `end` says
shift 6
case $1 in 0.[6-9]*|1*) . ./end ;; esac
awk -v x="$1" 'BEGIN {
  printf "Result for SMAC: SAT, 0.01, 0, %.12g, -1\\n", 3e9 * (1 + (x - 0.2) * (x - 0.2))
}'
"""
FEW = ("--runcount-limit", "12")


def losses(folder: ScenarioFolder, end: str = "exit 3", default: str = "0.5") -> ScenarioFolder:
    """Tuned in twelve runs, of which some have an x above 0.6."""
    folder.write("target.sh", TARGET, executable=True)
    folder.write("end", end)
    folder.write("params.pcs", f"x real [0, 1] [{default}]\n")
    return folder


def answered(status: str, quality: str) -> str:
    return f'echo "Result for SMAC: {status}, 0.01, 0, {quality}, -1"; exit'


def journal(folder: ScenarioFolder, seed: int = 1) -> RecordedRuns:
    return read_journal(folder.output / f"live-rundata-{seed}.json", read_pcs(folder.path / "params.pcs"))


def warnings(folder: ScenarioFolder) -> str:
    return (folder.output / "log-warn1.txt").read_text()


@pytest.mark.parametrize("engine", ["smbo", "smac3"])
@pytest.mark.parametrize("default", ["0.5", "0.9"])
def test_a_crash_is_never_best_beside_losses_above_its_quality(
    folder: ScenarioFolder, engine: str, default: str
) -> None:
    losses(folder, default=default)
    done = folder.tune(*FEW, "--engine", engine, "--abort-on-first-run-crash", "false")
    assert done.returncode == 0, done.stderr
    by_status: dict[str, list[float]] = {}
    for run in journal(folder).runs:
        by_status.setdefault(run.result.status.value, []).append(run.result.quality)
    assert set(by_status["CRASHED"]) == {1e9}  # SMAC v2's number, in its files
    assert min(by_status["SAT"]) >= 3e9
    row = read_trajectory(folder.output / "traj-run-1.txt")[-1]
    assert row.performance == min(by_status["SAT"])
    assert f"best: seed 1, cost {row.performance}" in folder.bbopt("status", str(folder.output)).stdout
    assert "has worked" not in done.stdout


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_a_search_with_crashes_goes_on_as_if_it_had_not_been_interrupted(
    folder: ScenarioFolder, n: int
) -> None:
    losses(folder, default="0.9")
    always = ("--abort-on-first-run-crash", "false", "--rungroup")
    folder.tune(*FEW, *always, "whole")
    folder.tune("--runcount-limit", str(n), *always, "work")
    folder.tune(*FEW, *always, "work", "--restore-scenario", str(folder.output / "state-run1"))
    whole = read_journal(
        folder.output.parent / "whole/live-rundata-1.json", read_pcs(folder.path / "params.pcs")
    )
    assert [run.request for run in journal(folder).runs] == [run.request for run in whole.runs]


def test_a_search_in_which_nothing_worked_says_so(folder: ScenarioFolder) -> None:
    losses(folder)
    folder.tune("--runcount-limit", "4", seed=2)
    folder.write("end", "exit 3")
    folder.write("params.pcs", "x real [0.7, 1] [0.8]\n")
    done = folder.tune("--runcount-limit", "2", "--abort-on-first-run-crash", "false")
    assert done.returncode == 0, done.stderr
    assert "SMAC's final incumbent: config" in done.stdout
    assert "[WARN ] no run of the final incumbent has worked (config " in done.stdout
    for told in (done.stdout, warnings(folder)):
        assert "(internal ID: 0x0002): 1 CRASHED). `bbopt call --scenario " in told
        assert "scenario.txt --config \"-x '0." in told
    assert "target.sh" in done.stdout.splitlines()[-3]  # what Sparkle reads

    shown = folder.bbopt("status", str(folder.output)).stdout
    assert "best: seed 2, cost 3" in shown
    for path in folder.output.glob("*2*"):
        if path.is_file():
            path.unlink()
    shown = folder.bbopt("status", str(folder.output)).stdout
    assert "No run has worked: `bbopt call" in shown


def test_a_terminal_shows_that_nothing_worked(folder: ScenarioFolder) -> None:
    losses(folder, default="0.9")
    folder.write("params.pcs", "x real [0.7, 1] [0.8]\n")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        folder.command(
            "--scenario", "scenario.txt", "--seed", "1", "--runcount-limit", "2",
            "--abort-on-first-run-crash", "false",
        ),
        cwd=folder.path, env=folder.environment(TERM="xterm", COLUMNS="300"),
        stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    os.close(master)
    assert process.wait(60) == 0
    assert b"warning: no run of the final incumbent has worked" in shown
    assert b"failed " in shown


def test_an_unsat_that_becomes_the_incumbent_is_told_once(folder: ScenarioFolder) -> None:
    losses(folder, answered("UNSAT", "$(awk -v x=$1 'BEGIN { print 9 - x }')"))
    folder.tune(*FEW, "--initial-challengers", "-x '0.7'", "--initial-challengers", "-x '0.8'")
    told = warnings(folder)
    assert told.count("UNSAT") == 2  # in one message
    assert told.count("has a run that answered UNSAT") == 1
    assert "unsat-is-failure = true" in told
    assert read_trajectory(folder.output / "traj-run-1.txt")[-1].performance < 9


def test_unsat_may_mark_settings_that_are_invalid(folder: ScenarioFolder) -> None:
    losses(folder, answered("UNSAT", "0"))
    done = folder.tune(*FEW, "--initial-challengers", "-x '0.7'", "--unsat-is-failure", "true")
    found = journal(folder)
    assert found.identity is not None
    assert found.identity.context == (("unsat-is-failure", "true"),)
    assert 0 in {run.result.quality for run in found.runs}  # as it was answered
    row = read_trajectory(folder.output / "traj-run-1.txt")[-1]
    assert row.performance >= 3e9
    assert "UNSAT" not in warnings(folder)
    shown = folder.bbopt("status", str(folder.output)).stdout.splitlines()
    n_unsat = sum(run.result.status.value == "UNSAT" for run in found.runs)
    assert shown[1].split()[3:5] == ["12", str(n_unsat)]
    assert f"best: seed 1, cost {row.performance}" in shown
    assert done.returncode == 0, done.stderr


def test_over_instances_invalid_settings_contradict_nothing(folder: ScenarioFolder) -> None:
    losses(folder, answered("UNSAT", "0"))
    folder.write("train.txt", "one\ntwo\n")
    given = (*FEW, "--use-instances", "true", "--instances", "train.txt", "--initial-challengers", "-x '0.7'")
    given = (*given, "--test-instances", "train.txt")
    assert "contradict each other" in folder.tune(*given).stderr
    done = folder.tune(*given, "--unsat-is-failure", "true")
    assert done.returncode == 0, done.stderr


def test_a_timeout_that_becomes_the_incumbent_is_told_once(folder: ScenarioFolder) -> None:
    losses(folder, answered("TIMEOUT", "$(awk -v x=$1 'BEGIN { print 9 - x }')"))
    folder.tune(*FEW, "--initial-challengers", "-x '0.7'", "--initial-challengers", "-x '0.8'")
    assert warnings(folder).count("has a run that was not finished in time (TIMEOUT)") == 1


def test_a_run_that_was_killed_before_it_said_anything_is_not_best(folder: ScenarioFolder) -> None:
    losses(folder, "sleep 30")
    folder.tune(
        "--runcount-limit", "3", "--initial-challengers", "-x '0.7'",
        "--cutoff-time", "0.1", "--kill-run-exceeding-captime-factor", "3",
    )  # fmt: skip
    assert "TIMEOUT" in {run.result.status.value for run in journal(folder).runs}
    assert read_trajectory(folder.output / "traj-run-1.txt")[-1].performance >= 3e9


def test_a_warm_start_does_not_begin_with_a_crash(folder: ScenarioFolder) -> None:
    losses(folder)
    folder.tune(*FEW)
    runs = journal(folder).runs
    best = min((run for run in runs if run.result.status.value == "SAT"), key=lambda run: run.result.quality)
    assert best.result.quality > min(run.result.quality for run in runs)
    warm: Path = folder.output.parent / "warm"
    folder.tune(
        "--rungroup", "warm", "--warmstart", str(folder.output / "state-run1"), "--runcount-limit", "2"
    )
    following = read_journal(warm / "live-rundata-1.json", read_pcs(folder.path / "params.pcs")).runs
    assert following[1].request.configuration == best.request.configuration
