"""Marginal predictions against brute force: every candidate with every instance, through scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

from bbopt.surrogate.flat_trees import FoldedTree, InstanceRanks
from bbopt.surrogate.marginal import MarginalForest


def forest(  # type: ignore[no-untyped-def]
    X: np.ndarray, y: np.ndarray, n_trees: int = 4, split_min: int = 2, seed: int = 0, kind=ExtraTreeRegressor
) -> list:
    rng = np.random.default_rng(seed)
    trees = []
    for i in range(n_trees):
        rows = rng.integers(len(y), size=len(y))
        tree = kind(min_samples_split=split_min, max_features=0.8, random_state=i)
        trees.append(tree.fit(X[rows].astype(np.float32), y[rows]).tree_)
    return trees


def data(
    n: int, p: int, instances: np.ndarray, seed: int = 0, grid: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Configuration features that were run, rows of configuration and instance, and responses."""
    rng = np.random.default_rng(seed)
    configurations = rng.random((n, p)) if grid == 0 else rng.integers(0, grid, (n, p)) / grid
    X = np.hstack([configurations, instances[rng.integers(len(instances), size=n)]])
    y = np.sin(4 * X).sum(axis=1) + X[:, 0] * X[:, -1] + 0.1 * rng.normal(size=n)
    return configurations, X, y


def brute_force(trees: list, instances: np.ndarray, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance from `tree_.predict` and `tree_.apply`, one instance after the other."""
    means = np.zeros((len(trees), len(features)))
    within = np.zeros_like(means)
    for instance in instances:
        X = np.hstack([features, np.tile(instance, (len(features), 1))]).astype(np.float32)
        for i, tree in enumerate(trees):
            means[i] += tree.predict(X)[:, 0] / len(instances)
            within[i] += tree.impurity[tree.apply(X)] / len(instances)
    return means.mean(axis=0), np.maximum(means.var(axis=0) + within.mean(axis=0), 1e-14)


def assert_equals_brute_force(trees: list, instances: np.ndarray, features: np.ndarray) -> None:
    got = MarginalForest(trees, features.shape[1], instances).predict(features)
    for value, expected in zip(got, brute_force(trees, instances, features), strict=True):
        np.testing.assert_allclose(value, expected, rtol=0, atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 120),
    p=st.integers(0, 5),
    q=st.integers(0, 4),
    k=st.integers(1, 40),
    grid=st.sampled_from([0, 1, 3]),
    split_min=st.sampled_from([2, 10]),
    kind=st.sampled_from([ExtraTreeRegressor, DecisionTreeRegressor]),
)
def test_it_is_the_mean_over_all_instances(  # type: ignore[no-untyped-def]
    seed: int, n: int, p: int, q: int, k: int, grid: int, split_min: int, kind
) -> None:
    """Also with features that all share few values, so that thresholds and values meet, and with none."""
    rng = np.random.default_rng(seed)
    q = max(q, 1 - p)
    instances = rng.normal(size=(k, q)) if grid == 0 else rng.integers(0, grid, (k, q)) / grid
    configurations = rng.random((n, p)) if grid == 0 else rng.integers(0, grid, (n, p)) / grid
    X = np.hstack([configurations, instances[rng.integers(k, size=n)]])
    trees = forest(X, rng.normal(size=n), seed=seed, split_min=split_min, kind=kind)
    assert_equals_brute_force(trees, instances, np.vstack([configurations[:20], rng.random((10, p))]))


def test_many_instances() -> None:
    instances = np.random.default_rng(1).random((1000, 10))
    _, X, y = data(2000, 8, instances)
    features = np.random.default_rng(2).random((15, 8))
    assert_equals_brute_force(forest(X, y, split_min=5), instances, features)


def test_instances_other_than_those_trained_on() -> None:
    """Far away ones, too, so that whole subtrees are reached by none, and the root splits off nothing."""
    rng = np.random.default_rng(1)
    _, X, y = data(300, 3, rng.random((50, 4)))
    trees = forest(X, y)
    for instances in (rng.random((7, 4)), rng.random((7, 4)) + 10, np.full((1, 4), -5.0)):
        assert_equals_brute_force(trees, instances, rng.random((20, 3)))


def test_one_instance_is_a_plain_prediction() -> None:
    instances = np.random.default_rng(1).random((30, 4))
    configurations, X, y = data(200, 3, instances)
    trees = forest(X, y)
    mean, _ = MarginalForest(trees, 3, instances[:1]).predict(configurations)
    points = np.hstack([configurations, np.tile(instances[0], (200, 1))]).astype(np.float32)
    plain = np.mean([tree.predict(points)[:, 0] for tree in trees], axis=0)
    np.testing.assert_allclose(mean, plain, rtol=0, atol=1e-9)


def test_an_instance_given_twice_counts_twice() -> None:
    instances = np.random.default_rng(1).random((3, 2))
    configurations, X, y = data(200, 3, instances)
    trees = forest(X, y)
    repeated = instances[[0, 0, 1, 2]]
    assert_equals_brute_force(trees, repeated, configurations[:30])
    once, _ = MarginalForest(trees, 3, instances).predict(configurations)
    twice, _ = MarginalForest(trees, 3, repeated).predict(configurations)
    assert np.abs(once - twice).max() > 1e-3


def test_thresholds_are_compared_as_scikit_learn_does() -> None:
    """Values in float32 against thresholds in float64, equality going left."""
    instances = np.array([[0.1], [0.1 + 1e-9], [0.1 + 2e-8], [0.2], [0.3]])
    X = np.hstack([np.zeros((5, 1)), instances])
    trees = forest(X, np.arange(5.0), n_trees=20, kind=DecisionTreeRegressor)
    used = np.concatenate([tree.threshold[tree.feature == 1] for tree in trees])
    assert len(used) > 20
    at_thresholds = np.concatenate([used, np.nextafter(used, 1), np.nextafter(used, 0)])[:, None]
    assert_equals_brute_force(trees, at_thresholds, np.zeros((1, 1)))


def test_responses_that_differ_between_instances_only_are_no_uncertainty() -> None:
    instances = np.linspace(0, 1, 20)[:, None]
    X = np.hstack([np.repeat([[0.0], [1.0]], 20, axis=0), np.tile(instances, (2, 1))])
    y = 5 * X[:, 1]
    tree = DecisionTreeRegressor().fit(X.astype(np.float32), y).tree_
    mean, variance = MarginalForest([tree], 1, instances).predict(np.array([[0.0], [1.0]]))
    np.testing.assert_allclose(mean, y.mean())
    np.testing.assert_allclose(variance, 1e-14)


def test_leaf_variances_count_when_leaves_are_kept_large() -> None:
    instances = np.random.default_rng(1).random((10, 2))
    configurations, X, y = data(200, 2, instances)
    _, variance = MarginalForest(forest(X, y, n_trees=1, split_min=50), 2, instances).predict(configurations)
    assert np.all(variance > 1e-3)


def test_folding_takes_out_what_configurations_do_not_decide() -> None:
    instances = np.random.default_rng(1).random((20, 3))
    _, X, _ = data(200, 2, instances)
    ranks = InstanceRanks(instances)
    by_instance = ExtraTreeRegressor(random_state=0).fit(X.astype(np.float32), X[:, 2:].sum(axis=1))
    X[:, :2] = 0.5  # splits on instance features only
    alone = ExtraTreeRegressor(random_state=0).fit(X.astype(np.float32), X[:, 2:].sum(axis=1))
    assert FoldedTree(alone.tree_, 2, ranks).n_nodes == 1 < alone.tree_.node_count
    assert 1 < FoldedTree(by_instance.tree_, 2, ranks).n_nodes < by_instance.tree_.node_count


def test_the_trees_stay_as_they_are() -> None:
    instances = np.random.default_rng(1).random((20, 3))
    configurations, X, y = data(200, 2, instances)
    (tree,) = forest(X, y, n_trees=1)
    before = {name: value.copy() for name, value in tree.__getstate__().items() if hasattr(value, "copy")}
    MarginalForest([tree], 2, instances).predict(configurations)
    after = tree.__getstate__()
    assert before
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name])


def test_no_candidates_no_predictions() -> None:
    instances = np.random.default_rng(1).random((20, 3))
    _, X, y = data(50, 2, instances)
    mean, variance = MarginalForest(forest(X, y), 2, instances).predict(np.empty((0, 2)))
    assert mean.shape == variance.shape == (0,)


@pytest.mark.parametrize(
    ("n_configuration_features", "instances", "message"),
    [
        (2, np.zeros((4, 3)), "must have 5 features and one output, got 4 features"),
        (2, np.zeros((0, 2)), "k >= 1"),
        (2, np.zeros(2), "k >= 1"),
        (2, np.array([[0.0, np.nan]]), "finite"),
    ],
)
def test_what_does_not_fit_is_refused(
    n_configuration_features: int, instances: np.ndarray, message: str
) -> None:
    _, X, y = data(50, 2, np.random.default_rng(1).random((20, 2)))
    with pytest.raises(ValueError, match=message):
        MarginalForest(forest(X, y), n_configuration_features, instances)


def test_a_forest_without_trees_and_features_of_another_width_are_refused() -> None:
    instances = np.random.default_rng(1).random((20, 2))
    _, X, y = data(50, 2, instances)
    with pytest.raises(ValueError, match="at least one tree"):
        MarginalForest([], 2, instances)
    with pytest.raises(ValueError, match=r"\(m, 2\), got \(5, 4\)"):
        MarginalForest(forest(X, y), 2, instances).predict(X[:5])
