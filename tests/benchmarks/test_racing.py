"""Simulated solvers are what their shapes say, and races over them end with tables."""

from __future__ import annotations

import math
import statistics

import pytest

from benchmarks.racing import main, search
from benchmarks.tasks.solvers import HELD_OUT, SHAPES, SimulatedSolver, SolverShape

SMALL = SolverShape(reals=3, categoricals=1, instances=30, unsolvable=0.3, hard=0.3, features=2)


def test_the_expected_par10_is_that_of_runs() -> None:
    solver = SimulatedSolver(SMALL, 1)
    configuration, cutoff_s = solver.space.default, SMALL.cutoff_s
    costs = [
        needed_s if needed_s < cutoff_s else 10 * cutoff_s
        for one in solver.test
        if math.isfinite(one.hardness)
        for seed in range(50)
        for needed_s in [solver.seconds(configuration, one.name, seed)]
    ]
    # The deviation of the configuration on each instance is drawn once, and seeds share it.
    error = statistics.stdev(costs) / math.sqrt(len(costs) / 50)
    assert abs(statistics.fmean(costs) - solver.penalised(configuration)) < 3 * error


def test_a_seed_gives_the_same_solver_and_another_one_another() -> None:
    one, same, other = (SimulatedSolver(SMALL, seed) for seed in (1, 1, 2))
    default = one.space.default
    assert one.training == same.training != other.training
    assert one.seconds(default, "training0", 5) == same.seconds(default, "training0", 5)
    assert one.penalised(default) == same.penalised(default) != other.penalised(default)


def test_shares_of_instances_are_unsolvable_and_hard() -> None:
    hardness = [one.hardness for seed in range(10) for one in SimulatedSolver(SMALL, seed).test]
    assert 0.25 < sum(map(math.isinf, hardness)) / len(hardness) < 0.35
    hard = [h for h in hardness if math.log10(1.0) <= h < math.log10(4.5)]
    assert len(hard) / len(hardness) > 0.25
    assert not any(math.log10(4.5) < h < math.inf for h in hard)


def test_a_search_says_what_it_has_come_to_after_each_budget() -> None:
    solver = SimulatedSolver(SMALL, 3)
    found = search(solver, 3, {"engine": "random"}, (10.0, 200.0))
    assert len(found.ratios) == 2
    assert 0 < found.ratios[1] < 3
    assert found.configurations > 10
    assert 5 < found.instances <= SMALL.instances
    assert 0 < found.in_vain < 0.5


def test_tables(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--solvers", "easy", "no trouble", "--seeds", "0-1", "--budgets", "10"]
    assert main([*words, "--options", "engine=random", "exec-mode=ROAR"]) == 0
    printed = capsys.readouterr().out
    assert "easy: engine=random" in printed
    assert "all: exec-mode=ROAR" in printed
    assert "+0.000 +- 0.000 | 0, 0" in printed  # both are the same search
    assert main(["--solvers", "nothing"]) == 2
    assert "no simulated solver 'nothing'" in capsys.readouterr().err
    assert main(["--options", "engine"]) == 2
    assert not SHAPES.keys() & HELD_OUT.keys()
