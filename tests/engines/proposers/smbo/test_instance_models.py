"""Models of several instances: they find what is good on average, whatever instances it was seen on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from bbopt.engines import Problem
from bbopt.engines.proposers.smbo import ModelChoice, ModelSettings, instance_forest
from bbopt.engines.proposers.smbo.instance_features import principal_components
from bbopt.engines.proposers.smbo.instance_responses import MarginalModel, ResponseScale
from bbopt.engines.proposers.smbo.model_settings import modelling_for
from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.runs import (
    Instance,
    InstanceSet,
    Objective,
    Origin,
    QualityObjective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from bbopt.space import parse_pcs
from bbopt.surrogate import MarginalForest

SPACE = parse_pcs("a real [0, 1] [0.5]\nb real [0, 1] [0.5]\nc categorical {x, y, z} [x]\n")
INSTANCES = InstanceSet(
    tuple(Instance(f"i{k}", features=(("size", float(k)), ("odd", k % 2), ("same", 1.0))) for k in range(8))
)
RUNTIME, QUALITY = RuntimeObjective(50.0), QualityObjective()


def level(values: dict[str, str]) -> float:
    return 2 * abs(float(values["a"]) - 0.3) + 0.5 * float(values["b"]) + 0.5 * (values["c"] == "y")


def filled(objective: Objective, n_configurations: int, seed: int = 0) -> TrainingData:
    """Each configuration on one to four instances, every fourth run capped where it can be."""
    rng = np.random.default_rng(seed)
    data = TrainingData(SPACE, INSTANCES)
    number = 0
    for configuration in SPACE.configurations(SPACE.sample(n_configurations, rng)):
        for k in rng.permutation(8)[: rng.integers(1, 5)]:
            needed_s = 10 ** (level(configuration.values) + k / 4 - 1.5 + rng.normal(0, 0.1))
            is_runtime = objective is RUNTIME
            cutoff_s = 2.0 if is_runtime and number % 4 == 0 else 50.0
            timeout = is_runtime and needed_s >= cutoff_s
            request = RunRequest(
                configuration, INSTANCES.instances[k], 1, cutoff_s, 5, Origin("test", number)
            )
            status = RunStatus.TIMEOUT if timeout else RunStatus.SAT
            quality = level(configuration.values) + float(k) + rng.normal(0, 0.1)
            result = RunResult(status, min(needed_s, cutoff_s), -1, quality)
            data.add(Run.valued(request, result, objective), failed=False)
            number += 1
    return data


@pytest.mark.parametrize("rule", [ModelChoice.FOREST, ModelChoice.GP])
@pytest.mark.parametrize("objective", [RUNTIME, QUALITY])
def test_the_model_ranks_configurations_by_their_mean_over_all_instances(
    rule: ModelChoice, objective: Objective
) -> None:
    data = filled(objective, 60)
    settings = ModelSettings(surrogate=rule, log_responses=objective is RUNTIME)
    problem = Problem(SPACE, objective, (), None, 1, instances=INSTANCES, deterministic=False)
    model = modelling_for(problem, settings).fit(data, (), np.random.default_rng(0))
    fresh = SPACE.configurations(SPACE.sample(100, np.random.default_rng(9)))
    mean, variance = model.predict(np.stack([c.row for c in fresh]))
    assert spearmanr(mean, [level(c.values) for c in fresh])[0] > 0.7
    assert (variance > 0).all()
    assert math.isfinite(model.best)
    good = [level(c.values) for c in SPACE.configurations(model.good_rows)]
    assert np.mean(good) < np.median([level(c.values) for c in fresh])
    assert model.cost_at(model.good_rows[0]) < model.cost_at(fresh[int(np.argmax(mean))].row)


@pytest.mark.parametrize("is_plain", [False, True])
def test_trees_of_a_large_forest_stop_growing_but_for_a_plain_one(
    is_plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = filled(RUNTIME, 60)
    problem = Problem(SPACE, RUNTIME, (), None, 1, instances=INSTANCES, deterministic=False)
    settings = ModelSettings(surrogate=ModelChoice.FOREST, plain_forest=is_plain)

    def nodes() -> int:
        model = modelling_for(problem, settings).fit(data, (), np.random.default_rng(0))
        assert isinstance(model, MarginalModel)
        assert isinstance(model.surrogate, MarginalForest)
        assert model.is_slow == (len(data) > instance_forest.LARGE_FOREST)
        return sum(tree.n_nodes for tree in model.surrogate._trees)

    grown = nodes()
    monkeypatch.setattr(instance_forest, "LARGE_FOREST", 20)
    monkeypatch.setattr(instance_forest, "_RUNS_PER_SPLIT", 10)
    assert nodes() == grown if is_plain else nodes() < 0.5 * grown


def test_the_process_wants_more_where_a_configuration_was_run_less() -> None:
    data = filled(RUNTIME, 40)
    problem = Problem(SPACE, RUNTIME, (), None, 1, instances=INSTANCES, deterministic=False)
    modelling = modelling_for(problem, ModelSettings(surrogate=ModelChoice.GP, log_responses=True))
    model = modelling.fit(data, (), np.random.default_rng(0))
    numbers = data.configuration_numbers
    counts = np.bincount(numbers)
    rows = np.stack([data.rows[numbers == n][0] for n in range(len(counts))])
    _, variance = model.predict(rows)
    assert variance[counts == 4].mean() < variance[counts == 1].mean()


def test_pending_runs_are_counted() -> None:
    data = filled(RUNTIME, 30)
    problem = Problem(SPACE, RUNTIME, (), None, 1, instances=INSTANCES, deterministic=False)
    modelling = modelling_for(problem, ModelSettings(surrogate=ModelChoice.GP, log_responses=True))
    pending = SPACE.configurations(SPACE.sample(1, np.random.default_rng(77)))
    row = pending[0].row[None, :]
    before = modelling.fit(data, (), np.random.default_rng(0)).predict(row)
    after = modelling.fit(data, pending, np.random.default_rng(0)).predict(row)
    assert after[0][0] == pytest.approx(before[0][0], abs=1e-2)
    assert after[1][0] < before[1][0]


def test_expected_costs_go_from_the_runtime_to_the_penalty() -> None:
    scale = ResponseScale.of(RUNTIME, takes_logarithms=True)
    assert scale.expected_costs(np.array([-1.0, 5.0]), 0.1) == pytest.approx([0.1, 500.0])
    rising = scale.expected_costs(np.linspace(-2, 4, 100), 0.3)
    assert (np.diff(rising) > 0).all()
    assert ResponseScale.of(QUALITY, takes_logarithms=False).expected_costs(np.array([-7.0]), 1.0) == -7.0


def test_components_leave_out_what_says_nothing_and_fill_what_is_missing() -> None:
    features = np.array([[1.0, 5.0, np.nan], [2.0, 5.0, 1.0], [4.0, 5.0, 3.0], [3.0, 5.0, np.nan]])
    components = principal_components(features, 7)
    assert components.shape == (4, 2)
    assert np.isfinite(components).all()
    assert principal_components(features, 1).shape == (4, 1)
    for nothing in (np.empty((4, 0)), np.full((4, 2), 3.0), np.full((4, 1), np.nan)):
        assert np.array_equal(principal_components(nothing, 7), np.zeros((4, 1)))
