"""What the model learns from: canonical rows, whenever they are looked at."""

from __future__ import annotations

import numpy as np

from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.runs import NO_INSTANCE, Instance, InstanceSet, Origin, Run, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration, parse_pcs
from tests.engines.spaces import MIXED


def run(
    configuration: Configuration, cost: float, instance: Instance = NO_INSTANCE, *, is_censored: bool = False
) -> Run:
    request = RunRequest(configuration, instance, 1, 10.0, 1, Origin("test", 0))
    return Run(request, RunResult(RunStatus.SAT, 0.0, 0.0, cost), cost, is_censored)


def test_rows_are_canonical_whenever_they_are_looked_at() -> None:
    space = parse_pcs(MIXED)
    rng = np.random.default_rng(0)
    rows = space.decode(rng.random((200, space.n_params)))  # inactive parameters anywhere
    canonical = space.canonical(rows)
    assert (canonical != rows).any(axis=1).sum() > 50
    data = TrainingData(space)
    for n, configuration in enumerate(space.configurations(rows), start=1):
        data.add(run(configuration, float(n)), failed=n % 5 == 0)
        if n in {1, 2, 3, 60, 64, 65, 66, 130}:  # it grows at 64 and 128
            assert np.array_equal(data.rows, canonical[:n])
    assert np.array_equal(data.best_rows(3), canonical[:3])
    assert np.array_equal(data.rows, canonical)
    assert np.array_equal(data.rows, canonical)
    assert np.array_equal(data.costs, np.arange(1.0, 201.0))
    assert data.failed.sum() == 40


def test_rows_of_configurations_are_left_alone() -> None:
    space = parse_pcs(MIXED)
    raw = space.configuration({"algo": "three", "depth": "7", "rate": "0.5", "size": "s"})
    before = raw.row.copy()
    data = TrainingData(space)
    data.add(run(raw, 1.0), failed=False)
    assert not np.array_equal(data.rows[0], before)
    assert np.array_equal(raw.row, before)


def test_failures_are_the_last_whose_rows_are_good() -> None:
    space = parse_pcs("q integer [0, 5] [0]\n")
    data = TrainingData(space)
    for q, (cost, failed) in enumerate([(3e9, False), (1e9, True), (2e9, False), (1e9, True)]):
        data.add(run(space.configuration({"q": str(q)}), cost), failed=failed)
    assert data.best_rows(3)[:, 0].tolist() == [2, 0, 1]


def test_runs_know_their_configuration_and_instance() -> None:
    space = parse_pcs("q integer [0, 5] [0]\n")
    a, b = Instance("a"), Instance("b")
    data = TrainingData(space, InstanceSet((a, b)))
    one, two = (space.configuration({"q": q}) for q in "12")
    data.add(run(one, 1.0, b), failed=False)
    data.add(run(two, 2.0, a), failed=False)
    data.add(run(one, 3.0, a, is_censored=True), failed=False)
    data.add(run(one, 9.0, Instance("of another scenario")), failed=False)
    assert len(data) == 3
    assert data.n_configurations == 2
    assert data.configuration_numbers.tolist() == [0, 1, 0]
    assert data.instance_numbers.tolist() == [1, 0, 0]
    assert data.censored.tolist() == [False, False, True]
