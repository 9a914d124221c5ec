"""A search with budgets, as a user starts it: a program that prints what it has come to, epoch by epoch."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_metrics import runs_in

TRAIN = """#!/bin/sh
# Trains for $1 epochs; the loss is (x - 0.3)^2 + 1 / epochs.
awk -v x="$5" -v n="$1" 'BEGIN {
  for (e = 1; e <= n; e++) printf "epoch %d loss: %.6f\\n", e, (x - 0.3) ^ 2 + 1 / e
}'
"""
SCENARIO = """algo = ./train.sh {runlength}
call-format = argparse
metric = loss
pcs-file = params.pcs
use-instances = false
deterministic = true
budget-max = 27
"""


@pytest.mark.slow
def test_cheap_runs_come_first_and_the_incumbent_was_run_in_full(folder: ScenarioFolder) -> None:
    folder.write("train.sh", TRAIN, executable=True)
    folder.write("scenario.txt", SCENARIO)
    done = folder.tune("--runcount-limit", "25")
    assert done.returncode == 0, done.stderr
    first = runs_in(folder)
    done = folder.tune("--runcount-limit", "40", "--resume", "auto")
    assert done.returncode == 0, done.stderr
    runs = runs_in(folder)
    assert [run["r-quality"] for run in runs[:25]] == [run["r-quality"] for run in first]
    budgets = [run["r-bbopt-runlength"] for run in runs]
    assert budgets[:7] == [1] * 7
    assert set(budgets) == {1, 3, 9, 27}
    in_full = [run["r-quality"] for run in runs if run["r-bbopt-runlength"] == 27]
    assert min(in_full) < 0.05
    assert f"with estimated mean loss: {min(in_full)}" in done.stdout
    assert "Sample call for this final incumbent:" in done.stdout
    assert "./train.sh 27 " in done.stdout


def test_what_has_no_course_over_budgets_is_refused(folder: ScenarioFolder) -> None:
    for options, what in (
        (["--run-obj", "RUNTIME", "--algo-cutoff-time", "5"], "here runtimes are minimised"),
        (["--engine", "sobol", "--racer", "auto"], "a design is fixed beforehand"),
    ):
        done = folder.tune("--budget-max", "9", *options)
        assert done.returncode != 0
        assert what in done.stderr
