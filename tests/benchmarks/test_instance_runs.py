"""Simulated runtimes over instances: the engine meets what the case says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bbopt.runs import RunStatus
from benchmarks.comparison.instance_runs import (
    InstanceCase,
    SimulatedSolver,
    instance_engine,
    measure_instance_memory,
    timed_runs,
)
from benchmarks.overhead import instance_table

CASE = InstanceCase(n_instances=6, n_features=3)


def test_the_engine_races_over_the_instances_with_capping() -> None:
    engine, solver = instance_engine(CASE, {"intensification-percentage": "1e-9"}), SimulatedSolver(CASE)
    instances, cutoffs, kinds, statuses = set(), set(), set(), set()
    for _ in range(120):
        request = engine.ask()
        assert request is not None
        result = solver.run(request)
        engine.tell(request, result)
        instances.add(request.instance.name)
        cutoffs.add(request.cutoff_s)
        kinds.add(request.origin.kind)
        statuses.add(result.status)
    assert instances == {f"instance{i}" for i in range(6)}
    assert max(cutoffs) == CASE.cutoff_s
    assert len(cutoffs) > 5
    assert {"default", "model"} <= kinds
    assert statuses == {RunStatus.SAT, RunStatus.TIMEOUT}
    assert engine.incumbent is not None


def test_features_reach_the_instances() -> None:
    engine = instance_engine(CASE, {})
    request = engine.ask()
    assert request is not None
    number = int(request.instance.name.removeprefix("instance"))
    values = [value for _, value in request.instance.features]
    np.testing.assert_allclose(values, CASE.features()[number])


def test_a_run_ends_at_its_cutoff() -> None:
    request = instance_engine(CASE, {}).ask()
    assert request is not None
    long, short = SimulatedSolver(CASE).run(request), SimulatedSolver(CASE)
    cut = short.run(dataclasses.replace(request, cutoff_s=long.runtime_s / 2))
    assert (cut.status, cut.runtime_s) == (RunStatus.TIMEOUT, long.runtime_s / 2)


def test_every_run_has_its_own_time() -> None:
    own_s = timed_runs(CASE, 30, {})
    assert len(own_s) == 30
    assert min(own_s) >= 0
    assert sum(own_s) > 0


def test_the_table_has_the_lengths_that_were_reached() -> None:
    own_s = [0.001] * 90 + [0.002] * 10
    lines = instance_table(CASE, own_s, [20, 100, 300]).splitlines()
    cells = [[word.strip() for word in line.strip("|").split("|")] for line in lines[2:]]
    assert cells == [["20", "1.0", "1.0", "1.0"], ["100", "1.5", "1.1", "2.0"]]  # of the last 20 at least


@pytest.mark.slow
def test_memory_is_measured_with_a_model_at_the_end() -> None:
    use = measure_instance_memory(CASE, 300)
    assert use.n_runs == 300
    assert 0 < use.before <= use.told <= use.asked
