"""The forest against scikit-learn's own predictions and a brute-force variance."""

import numpy as np
import pytest

from bbopt.surrogate import Forest, ForestSettings, OneHot


def data(n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    X = rng.random((n, 4))
    X[:, 1] = (np.floor(X[:, 1] * 5) + 0.5) / 5  # five choices
    return X, np.sin(6 * X[:, 0]) + (X[:, 1] == 0.5) + 0.1 * rng.normal(size=n)


def fitted(settings: ForestSettings, seed: int = 1) -> tuple[Forest, np.ndarray]:
    X, y = data()
    forest = Forest(OneHot(np.array([0, 5, 0, 2])), settings, np.random.default_rng(seed))
    forest.fit(X, y)
    return forest, X


def test_prediction_is_the_law_of_total_variance_over_the_trees() -> None:
    forest, X = fitted(ForestSettings(n_trees=7, split_min=10))
    mean, variance = forest.predict(X[:30])
    features = OneHot(np.array([0, 5, 0, 2]))(X[:30]).astype(np.float32)
    tree_means, leaf_variances = [], []
    for tree in forest._trees:
        leaf = tree.apply(features)
        tree_means.append(tree.predict(features)[:, 0])
        leaf_variances.append(tree.impurity[leaf])
    np.testing.assert_allclose(mean, np.mean(tree_means, axis=0), atol=1e-9)
    np.testing.assert_allclose(variance, np.var(tree_means, axis=0) + np.mean(leaf_variances, axis=0))


def test_same_generator_gives_the_same_forest() -> None:
    one, X = fitted(ForestSettings(), seed=5)
    two, _ = fitted(ForestSettings(), seed=5)
    other, _ = fitted(ForestSettings(), seed=6)
    np.testing.assert_array_equal(one.predict(X)[0], two.predict(X)[0])
    assert not np.array_equal(one.predict(X)[0], other.predict(X)[0])


def test_without_bootstrap_and_with_whole_trees_the_data_is_reproduced() -> None:
    forest, X = fitted(ForestSettings(bootstrap=False, split_min=2))
    mean, variance = forest.predict(X)
    np.testing.assert_allclose(mean, data()[1])
    np.testing.assert_allclose(variance, 1e-14, atol=1e-12)


def test_split_min_keeps_nodes_whole() -> None:
    forest, X = fitted(ForestSettings(split_min=1000, bootstrap=False))
    mean, _ = forest.predict(X)
    np.testing.assert_allclose(mean, data()[1].mean())


def test_one_point_is_enough() -> None:
    forest = Forest(OneHot(np.array([0])), ForestSettings(), np.random.default_rng(0))
    forest.fit(np.array([[0.5]]), np.array([2.0]))
    mean, variance = forest.predict(np.array([[0.1], [0.9]]))
    np.testing.assert_allclose(mean, 2.0)
    assert np.all(variance > 0)


@pytest.mark.parametrize("bad", [{"n_trees": 0}, {"ratio_features": 0.0}, {"ratio_features": 1.5}])
def test_settings_are_validated(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        ForestSettings(**bad)  # type: ignore[arg-type]


def test_one_hot_expands_categories_of_more_than_two() -> None:
    one_hot = OneHot(np.array([0, 3, 2]))
    X = np.array([[0.2, 0.5 / 3, 0.25], [0.7, 2.5 / 3, 0.75], [0.0, 1.5 / 3, 0.75]])
    expected = [[0.2, 0.25, 1, 0, 0], [0.7, 0.75, 0, 0, 1], [0.0, 0.75, 0, 1, 0]]
    np.testing.assert_allclose(one_hot(X), expected)
    assert one_hot.n_features == 5


def test_best_splits_find_a_step_at_once_and_random_ones_do_not() -> None:
    X = np.linspace(0, 1, 40)[:, None]
    y = (X[:, 0] > 0.5).astype(float)

    def n_nodes(best_splits: bool) -> list[int]:
        settings = ForestSettings(bootstrap=False, best_splits=best_splits)
        forest = Forest(OneHot(np.array([0])), settings, np.random.default_rng(0))
        forest.fit(X, y)
        return [tree.node_count for tree in forest._trees]

    assert n_nodes(best_splits=True) == [3] * 10
    assert max(n_nodes(best_splits=False)) > 3
