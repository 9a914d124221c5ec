"""The forest over configurations and instances, against brute force over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from bbopt.surrogate import ForestSettings, InstanceForest, OneHot

SIZES = np.array([0, 3, 0])
INSTANCES = np.random.default_rng(0).normal(size=(7, 2))


def points(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    unit = rng.random((n, 3))
    unit[:, 1] = (rng.integers(3, size=n) + 0.5) / 3
    return np.column_stack([unit, rng.integers(len(INSTANCES), size=n)])


def response(X: np.ndarray) -> np.ndarray:
    instance = INSTANCES[X[:, -1].astype(int)]
    return np.sin(4 * X[:, 0]) + (X[:, 1] > 0.6) * instance[:, 0] + 0.3 * instance[:, 1]


def fitted(*, takes_logarithms: bool, **settings: float) -> InstanceForest:
    forest = InstanceForest(
        OneHot(SIZES),
        ForestSettings(**settings),  # type: ignore[arg-type]
        INSTANCES,
        np.random.default_rng(1),
        takes_logarithms=takes_logarithms,
    )
    X = points(400, 2)
    forest.fit(X, response(X))
    return forest


def everywhere(unit: np.ndarray) -> np.ndarray:
    """Each of the points (m, 3) on each instance: (m * k, 4), one point's instances together."""
    k = len(INSTANCES)
    return np.column_stack([np.repeat(unit, k, axis=0), np.tile(np.arange(k), len(unit))])


def test_it_learns_both_sides() -> None:
    X = points(200, 3)
    mean, variance = fitted(takes_logarithms=False).predict(X)
    assert np.corrcoef(mean, response(X))[0, 1] > 0.9
    assert (variance > 0).all()


def test_the_marginal_mean_is_the_mean_over_the_instances() -> None:
    forest, unit = fitted(takes_logarithms=False), points(20, 4)[:, :3]
    mean, _ = forest.marginal().predict(OneHot(SIZES)(unit))
    brute = forest.predict(everywhere(unit))[0].reshape(len(unit), -1).mean(axis=1)
    np.testing.assert_allclose(mean, brute, atol=1e-9)


@pytest.mark.parametrize("split_min", [2, 20])
def test_logarithms_are_averaged_as_what_they_stand_for(split_min: int) -> None:
    forest, unit = (
        fitted(takes_logarithms=True, n_trees=1, bootstrap=False, split_min=split_min),
        points(20, 5)[:, :3],
    )
    mean, _ = forest.marginal().predict(OneHot(SIZES)(unit))
    X = points(400, 2)  # the training points of `fitted`
    features = forest._joined(X)
    tree = forest._grown[0].tree
    trained = tree.apply(features)
    leaf_means = {leaf: (10.0 ** response(X)[trained == leaf]).mean() for leaf in set(trained)}
    leaves = tree.apply(forest._joined(everywhere(unit)))
    brute = np.array([leaf_means[leaf] for leaf in leaves]).reshape(len(unit), -1).mean(axis=1)
    np.testing.assert_allclose(mean, np.log10(brute), atol=1e-9)
