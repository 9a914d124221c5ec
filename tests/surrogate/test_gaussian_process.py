"""The Gaussian process against its textbook formulas, its hyperparameters' gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import cho_factor, cho_solve

from bbopt.surrogate import DETERMINISTIC, GaussianProcess, Hyperparameters, OneHot
from bbopt.surrogate.gaussian_process import Posterior

SIZES = np.array([0, 3, 2, 0])  # two numbers, a categorical of three choices, one of two


def points(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.random((n, 4))
    X[:, 1] = (rng.integers(3, size=n) + 0.5) / 3
    X[:, 2] = (rng.integers(2, size=n) + 0.5) / 2
    return X


def response(X: np.ndarray) -> np.ndarray:
    return np.sin(5 * X[:, 0]) + (X[:, 1] > 0.5) * X[:, 3] + 0.3 * X[:, 2]


def brute_kernel(A: np.ndarray, B: np.ndarray, found: Hyperparameters) -> np.ndarray:
    """Matern-5/2, pair by pair; choices that differ are one apart."""
    kernel = np.empty((len(A), len(B)))
    for i, a in enumerate(A):
        for j, b in enumerate(B):
            apart = np.where(SIZES > 0, a != b, a - b) / found.length_scales
            r = np.sqrt(5) * np.linalg.norm(apart.astype(float))
            kernel[i, j] = found.signal * (1 + r + r**2 / 3) * np.exp(-r)
    return kernel


@pytest.mark.parametrize("given", [Hyperparameters(np.array([0.3, 1.5, 0.7, 2.0]), 1.7, 0.01), None])
@pytest.mark.parametrize("usual", [(), (0,), (1, 3), (0, 1, 2, 3)])
def test_predictions_are_the_textbooks(given: Hyperparameters | None, usual: tuple[int, ...]) -> None:
    X, Q = points(25), points(10, seed=1)
    for column in usual:  # what most points have, and all those that are asked about
        X[:15, column] = Q[:, column] = X[0, column]
    y = response(X) * 3 + 10
    process = GaussianProcess(OneHot(SIZES), given)
    process.fit(X, y)
    found = process.hyperparameters
    assert found is not None
    factor = cho_factor(brute_kernel(X, X, found) + found.noise * np.eye(25))
    cross = brute_kernel(Q, X, found)
    mean = y.mean() + y.std() * cross @ cho_solve(factor, (y - y.mean()) / y.std())
    variance = y.var() * (found.signal - np.sum(cross * cho_solve(factor, cross.T).T, axis=1))
    found_mean, found_variance = process.predict(Q)
    np.testing.assert_allclose(found_mean, mean, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(found_variance, variance, rtol=1e-5, atol=1e-7)


def test_the_gradient_is_that_of_the_posterior() -> None:
    X = points(30)
    y = response(X)
    one_hot = OneHot(SIZES)
    posterior = Posterior(
        one_hot.distances(X),
        one_hot.parameter_of,
        (y - y.mean()) / y.std(),
        np.linspace(0.2, 2.0, len(y)),
        DETERMINISTIC,
    )
    at = posterior.prior_mean + 0.4 * np.random.default_rng(2).standard_normal(6)
    _, gradient = posterior(at)
    steps = 1e-5 * np.eye(6)
    differences = [(posterior(at + step)[0] - posterior(at - step)[0]) / 2e-5 for step in steps]
    np.testing.assert_allclose(gradient, differences, rtol=1e-5, atol=1e-5)


def test_what_decides_nothing_gets_a_longer_length_scale() -> None:
    X = np.random.default_rng(3).random((60, 3))
    process = GaussianProcess(OneHot(np.zeros(3, dtype=np.int64)))
    process.fit(X, np.sin(8 * X[:, 1]))
    assert process.hyperparameters is not None
    scales = process.hyperparameters.length_scales
    assert scales[1] < 0.5 * min(scales[0], scales[2])


def test_it_knows_where_it_has_been() -> None:
    X = points(40)
    process = GaussianProcess(OneHot(SIZES))
    process.fit(X, response(X))
    mean, seen = process.predict(X)
    _, unseen = process.predict(points(200, seed=5))
    np.testing.assert_allclose(mean, response(X), atol=0.1)
    assert seen.max() < np.median(unseen)
    assert seen.min() > 0


@pytest.mark.parametrize("y", [np.zeros(6), np.full(6, 1e-300), np.array([1.0] * 5 + [2.0])])
def test_flat_and_repeated_data_are_no_obstacle(y: np.ndarray) -> None:
    X = np.repeat(points(2), 3, axis=0)
    process = GaussianProcess(OneHot(SIZES))
    process.fit(X, y)
    mean, variance = process.predict(points(5, seed=1))
    assert np.isfinite(mean).all()
    assert (variance > 0).all()


def test_one_run_is_enough() -> None:
    process = GaussianProcess(OneHot(SIZES))
    process.fit(points(1), np.array([3.0]))
    np.testing.assert_allclose(process.predict(points(1))[0], [3.0])


def test_equal_data_equal_models() -> None:
    X = points(20)
    one, two = (GaussianProcess(OneHot(SIZES)) for _ in range(2))
    one.fit(X, response(X))
    two.fit(X, response(X))
    np.testing.assert_array_equal(one.predict(points(9, seed=4)), two.predict(points(9, seed=4)))


def test_a_response_with_much_noise_says_little() -> None:
    X = np.array([[0.2, 0.25], [0.2, 0.25], [0.8, 0.25]])
    y = np.array([0.0, 4.0, 1.0])
    process = GaussianProcess(OneHot(np.array([0, 2])), Hyperparameters(np.array([0.3, 0.3]), 1.0, 0.1))
    process.fit(X, y, np.array([1.0, 100.0, 1.0]))
    assert process.predict(X[:1])[0][0] < 0.7
    process.fit(X, y, np.array([100.0, 1.0, 1.0]))
    assert process.predict(X[:1])[0][0] > 3.0
