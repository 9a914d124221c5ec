"""Linear terms beside a Gaussian process, against dense algebra."""

from __future__ import annotations

import numpy as np
import pytest

from bbopt.surrogate import Hyperparameters, OneHot, Prior
from bbopt.surrogate.linear_process import LinearProcess
from tests.surrogate.test_gaussian_process import SIZES, brute_kernel, points

SD = np.array([0.5, 2.0])


@pytest.mark.parametrize("given", [Hyperparameters(np.array([0.3, 1.5, 0.7, 2.0]), 1.7, 0.01), None])
def test_predictions_are_those_of_the_summed_covariances(given: Hyperparameters | None) -> None:
    rng = np.random.default_rng(4)
    X, Q = points(20), points(6, seed=1)
    Z, terms = rng.normal(size=(20, 2)), rng.normal(size=(6, 2))
    y = Z @ [0.4, -1.0] + np.sin(4 * X[:, 0])
    process = LinearProcess(OneHot(SIZES), SD, Prior(), given)
    process.fit(X, Z, y)
    found = process.hyperparameters
    covariance = brute_kernel(X, X, found) + Z @ np.diag(SD**2) @ Z.T + found.noise * np.eye(20)
    cross = brute_kernel(Q, X, found) + terms @ np.diag(SD**2) @ Z.T
    prior = found.signal + np.einsum("ij,j,ij->i", terms, SD**2, terms)
    mean, variance = process.predict(Q, terms)
    np.testing.assert_allclose(mean, cross @ np.linalg.solve(covariance, y), rtol=1e-6, atol=1e-8)
    expected = prior - np.einsum("ij,ji->i", cross, np.linalg.solve(covariance, cross.T))
    np.testing.assert_allclose(variance, expected, rtol=1e-5, atol=1e-7)
    weights = np.diag(SD**2) @ Z.T @ np.linalg.solve(covariance, y)
    np.testing.assert_allclose(process.weights, weights, rtol=1e-6, atol=1e-8)


def test_without_responses_it_says_what_the_prior_does() -> None:
    process = LinearProcess(OneHot(SIZES), SD, Prior(signal=0.3))
    process.fit(np.empty((0, 4)), np.empty((0, 2)), np.empty(0))
    mean, variance = process.predict(points(3), np.ones((3, 2)))
    np.testing.assert_allclose(mean, 0.0)
    np.testing.assert_allclose(variance, 0.3 + 0.25 + 4.0)
    np.testing.assert_allclose(process.weights, 0.0)
