"""Runs that come to nothing are ended while they are under way, with all their processes."""

from __future__ import annotations

import csv
import io
import json
import os
import signal

import pytest

from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, processes_in, wait_for

TRAIN = """#!/bin/sh
# Falls to x within 16 epochs. Where x is above 5, it has got stuck after the 9th, with a process of its own.
trap '' TERM
x=${2%%.*}
awk -v x="$2" -v n=$((x > 5 ? 9 : 16)) 'BEGIN {
  for (e = 1; e <= n; e++) printf "epoch %d loss: %.4f\\n", e, x + 1 / e
}'
test $x -gt 5 || exit 0
touch stuck-$x
sleep 600 &
wait
"""
SCENARIO = """algo = ./train.sh
call-format = argparse
metric = loss
pcs-file = params.pcs
use-instances = false
deterministic = true
kill-grace = 0.2
engine = csv
design = rows.csv
stop-hopeless = curve
"""
ROWS = ("1.5", "1.0", "2.0", "3.0", "60.0", "50.0", "0.5", "40.0")


@pytest.fixture
def training(folder: ScenarioFolder) -> ScenarioFolder:
    folder.write("train.sh", TRAIN, executable=True)
    folder.write("params.pcs", "x real [0, 100] [1]\n")
    folder.write("scenario.txt", SCENARIO)
    folder.write("rows.csv", "\n".join(("x", *ROWS)) + "\n")
    return folder


def table(folder: ScenarioFolder) -> list[dict[str, str]]:
    text = folder.bbopt("export", str(folder.output), "--to", "csv").stdout
    return list(csv.DictReader(io.StringIO(text)))


def check(folder: ScenarioFolder) -> None:
    """All rows are on record, those that got stuck with their curves, and nothing is left of them."""
    rows = {float(row["x"]): row for row in table(folder)}
    assert set(rows) == set(map(float, ROWS))
    for x, row in rows.items():
        assert row["status"] == ("hopeless" if x > 5 else "SAT")
        if x > 5:
            assert row["reason"].startswith("ended as hopeless: ")
            assert f"{x + 1 / 8:g} at step 8 would come to" in row["reason"]
            assert float(row["loss"]) == pytest.approx(x + 1 / 9, abs=1e-4)
    journal = (folder.output / "live-rundata-1.json").read_text().splitlines()
    runs = [json.loads(line.strip("[],")) for line in journal if "r-run-result" in line]
    killed = [run for run in runs if run["r-run-result"] == "KILLED"]
    assert len(killed) == 3
    assert all(run["r-bbopt-curve"].split()[-1].startswith("9:") for run in killed)
    best = json.loads(folder.bbopt("best", str(folder.output), "--json").stdout)
    assert best["settings"] == {"x": 0.5}
    assert processes_in(folder.path) == []
    status = folder.bbopt("status", str(folder.output)).stdout
    assert " hopeless " in status
    assert " hopeless " in folder.bbopt("table", str(folder.output)).stdout


@pytest.mark.parametrize("executor", ["local", pytest.param("dask", marks=pytest.mark.slow)])
def test_stuck_runs_are_ended_and_nothing_is_left_of_them(training: ScenarioFolder, executor: str) -> None:
    try:
        done = training.tune("--executor", executor)
        assert done.returncode == 0, done.stderr
        check(training)
    finally:
        kill_all_in(training.path)


def test_a_search_that_was_killed_goes_on_as_if_it_had_not_been(training: ScenarioFolder) -> None:
    rule = "stop-hopeless = curve"
    training.write("scenario.txt", SCENARIO.replace(rule, "stop-hopeless = none"))
    process = training.start()
    try:
        wait_for((training.path / "stuck-60").exists)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert len(table(training)) == 4
        training.write("scenario.txt", SCENARIO)
        half = training.tune("--resume", "auto", "--runs", "6")
        assert half.returncode == 0, half.stderr
        assert [row["status"] for row in table(training)] == ["SAT"] * 4 + ["hopeless"] * 2
        done = training.tune("--resume", "auto")
        assert done.returncode == 0, done.stderr
        check(training)
    finally:
        kill_all_in(training.path)


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (SCENARIO.replace("metric = loss\n", "run-obj = QUALITY\n"), "stop-hopeless = curve, and no metric"),
        (SCENARIO.replace("= curve", "= always"), "none, curve, median"),
        (
            SCENARIO.replace("engine = csv\ndesign = rows.csv\n", "racer = hyperband\nbudget-max = 81\n"),
            "stop-hopeless is for runs in full, and racer = hyperband makes runs at several budgets",
        ),
    ],
)
def test_what_can_not_be_judged_is_refused(training: ScenarioFolder, scenario: str, expected: str) -> None:
    training.write("scenario.txt", scenario)
    done = training.tune()
    assert done.returncode == 1
    assert expected in done.stderr
    assert "scenario.txt:" in done.stderr
