"""Searches with budgets, by the command: killed and gone on with, in company, up to a limit, and refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest

from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, started, wait_for
from tests.journals import read_journal

TARGET = """#!/bin/sh
# quality = (x - 0.3)^2 + 1 / budget; the budget is the fourth argument, and in the environment.
test "$4" = "$BBOPT_BUDGET" || exit 3
echo x >> started
sleep "${PAUSE:-0}"
awk -v x="$7" -v b="$4" 'BEGIN {
  printf "Result of this algorithm run: SAT, 0.01, 0, %.12f, -1\\n", (x - 0.3) ^ 2 + 1 / b
}'
"""
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
racer = hyperband
budget-max = 9
"""
ROUND = {1: 9, 3: 6, 9: 5}
"""How many runs of each budget a round of Hyperband has."""


@pytest.fixture
def budgets(folder: ScenarioFolder) -> Iterator[ScenarioFolder]:
    folder.write("target.sh", TARGET, executable=True)
    folder.write("params.pcs", "x real [0, 1] [0.9]\n")
    folder.write("scenario.txt", SCENARIO)
    yield folder
    kill_all_in(folder.path)


def runs(folder: ScenarioFolder, seed: int = 1) -> tuple[RecordedRun, ...]:
    path = folder.output / f"live-rundata-{seed}.json"
    return read_journal(path, read_pcs(folder.path / "params.pcs")).runs


def made(recorded: tuple[RecordedRun, ...]) -> list[tuple[int, str]]:
    return [(run.request.runlength, run.request.configuration.call_text()) for run in recorded]


def counts(*recorded: tuple[RecordedRun, ...]) -> Counter[int]:
    own = [run for one in recorded for run in one if run.reused_from is None]
    return Counter(run.request.runlength for run in own)


def test_one_round_and_what_is_told_of_it(budgets: ScenarioFolder) -> None:
    done = budgets.tune("--engine", "random")
    assert done.returncode == 0, done.stderr
    assert "Reason: all brackets (3) have been run." in done.stdout
    assert "based on 1 run(s) on 1 training instance(s) at budget 9." in done.stdout
    assert "1 of 1 runs were on record" in done.stdout  # the validation's, which is in full, too
    recorded = runs(budgets)
    assert counts(recorded) == ROUND
    best = json.loads(budgets.bbopt("best", "--json", str(budgets.output)).stdout)
    full = [run.result.quality for run in recorded if run.request.runlength == 9]
    assert (best["budget"], best["cost"]) == (9, pytest.approx(min(full)))
    assert "at budget 9 (seed 1)" in budgets.bbopt("best", str(budgets.output)).stdout
    assert "budget" in budgets.bbopt("table", str(budgets.output)).stdout.splitlines()[0].split()
    status = budgets.bbopt("status", str(budgets.output)).stdout
    assert ["run", "status", "budget", "cost", "took", "ended", "settings"] in [
        line.split() for line in status.splitlines()
    ]
    checked = budgets.bbopt("check", "--scenario", "scenario.txt").stdout
    assert "budgets     1, 3, 9, hyperband with eta 3; 20 runs on each instance a round" in checked
    checked = budgets.bbopt("check", "--scenario", "scenario.txt", "--brackets", "4").stdout
    assert "hyperband with eta 3; 33 runs on each instance in 4 brackets" in checked
    checked = budgets.bbopt("check", "--scenario", "scenario.txt", "--racer", "auto").stdout
    assert "budgets     1, 3, 9, auto; each run begins anew" in checked
    again = budgets.bbopt("call", "--scenario", "scenario.txt", "--budget", "3")
    assert "1.7976931348623157E308 3 -1" in again.stdout


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "racer", ["hyperband", *(pytest.param(name, marks=SLOW) for name in ("successive-halving", "asha"))]
)
def test_killed_at_any_run_and_gone_on_with(budgets: ScenarioFolder, racer: str) -> None:
    words = ["--racer", racer, "--engine", "random", "--runcount-limit", "30", "--validation", "false"]
    whole = budgets.tune(*words, "--output-dir", "whole")
    assert whole.returncode == 0, whole.stderr
    path = budgets.path / "whole" / "work" / "live-rundata-1.json"
    expected = made(read_journal(path, read_pcs(budgets.path / "params.pcs")).runs)
    (budgets.path / "started").unlink()
    for n in (9, 12, 17):
        process = subprocess.Popen(
            budgets.command("--scenario", "scenario.txt", "--seed", "1", "--resume", "auto", *words),
            cwd=budgets.path, env=budgets.environment(PAUSE="0.1"), stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(lambda n=n: started(budgets) >= n)  # type: ignore[misc]
        process.kill()
        process.wait()
    done = budgets.tune("--resume", "auto", *words)
    assert done.returncode == 0, done.stderr
    assert made(runs(budgets)) == expected


@pytest.mark.parametrize("n", [2, pytest.param(3, marks=SLOW)])
def test_seeds_fill_one_schedule(budgets: ScenarioFolder, n: int) -> None:
    words = ["--shared-model-mode", "true", "--engine", "random", "--brackets", "6", "--validation", "false"]
    done = budgets.bbopt("--scenario", "scenario.txt", "--seeds", f"1-{n}", *words, PAUSE="0.05")
    assert done.returncode == 0, done.stderr
    recorded = [runs(budgets, seed) for seed in range(1, n + 1)]
    total = counts(*recorded)
    assert all(2 * ROUND[budget] <= total[budget] <= 2 * ROUND[budget] + 6 * n for budget in ROUND)
    assert all(len(one) > 3 for one in recorded)
    bests = [min(run.result.quality for run in one if run.request.runlength == 9) for one in recorded]
    assert len(set(bests)) == 1, "the best one is taken over by all"


def test_a_seed_that_is_killed_leaves_its_places_to_the_others(budgets: ScenarioFolder) -> None:
    words = ["--shared-model-mode", "true", "--engine", "random", "--brackets", "6", "--validation", "false"]
    processes = [
        subprocess.Popen(
            budgets.command("--scenario", "scenario.txt", "--seed", str(seed), *words),
            cwd=budgets.path, env=budgets.environment(PAUSE="0.1"), stdout=subprocess.DEVNULL,
        )
        for seed in (1, 2, 3)
    ]  # fmt: skip
    wait_for(lambda: started(budgets) >= 14, 60)
    os.kill(processes[0].pid, signal.SIGKILL)
    processes[0].wait()
    assert [process.wait(timeout=100) for process in processes[1:]] == [0, 0]
    total = counts(*(runs(budgets, seed) for seed in (1, 2, 3)))
    assert all(total[budget] >= 2 * ROUND[budget] for budget in ROUND)


def test_several_slots(budgets: ScenarioFolder) -> None:
    done = budgets.tune("--cores", "3", "--brackets", "3", "--validation", "false")
    assert done.returncode == 0, done.stderr
    assert counts(runs(budgets)) == ROUND


def test_the_incumbent_is_confirmed_when_time_is_up(budgets: ScenarioFolder) -> None:
    words = ("--budget-max", "729", "--wallclock-limit", "1", "--validation", "false", "--engine", "random")
    done = budgets.tune(*words, PAUSE="0.2")
    assert done.returncode == 0, done.stderr
    assert "Reason: wall-clock time limit" in done.stdout
    recorded = made(runs(budgets))
    assert [budget for budget, _ in recorded] == [1] * (len(recorded) - 1) + [729]
    assert "training instance(s) at budget 729." in done.stdout


def test_where_runs_are_ended_at_the_limit_nothing_is_confirmed(budgets: ScenarioFolder) -> None:
    words = ("--budget-max", "729", "--wallclock-limit", "1", "--validation", "false", "--engine", "random")
    done = budgets.tune(*words, "--wallclock-limit-ends-runs", "true", PAUSE="0.2")
    assert done.returncode == 0, done.stderr
    assert {budget for budget, _ in made(runs(budgets))} == {1}
    assert "training instance(s) at budget 1." in done.stdout


def test_what_can_not_work_is_told_before_anything_runs(budgets: ScenarioFolder) -> None:
    refused = {
        ("--budget-max", "0"): "budget-max can't have this value",
        ("--budget-min", "10"): "budget-max is below budget-min",
        ("--eta", "10"): "leaves no configuration to promote",
        ("--adaptive-capping", "true", "--run-obj", "RUNTIME", "--cutoff-time", "5"): "is for racer = racing",
        ("--algo-template", "./target.sh {params}"): "does not tell the program which",
    }
    for words, what in refused.items():
        done = budgets.tune(*words)
        assert done.returncode == 1
        assert what in done.stderr
        assert "remedy" in done.stderr or "expected" in done.stderr
    assert not (budgets.path / "started").exists()
