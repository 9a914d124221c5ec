"""The chain over budgets, against the joint normal distribution of all levels."""

from __future__ import annotations

import numpy as np
import pytest

from bbopt.surrogate import Hyperparameters, LevelChain, OneHot, last_levels, level_chain
from tests.surrogate.test_gaussian_process import SIZES, brute_kernel, points

N, N_QUERIES, N_LEVELS = 14, 5, 3
GIVEN = [
    Hyperparameters(np.array([0.3, 1.5, 0.7, 2.0]), 1.1, 0.02),
    Hyperparameters(np.array([0.9, 0.6, 1.7, 0.5]), 0.2, 0.03),
    Hyperparameters(np.array([0.5, 1.0, 1.2, 0.8]), 0.3, 0.01),
]


def learning_curves(X: np.ndarray) -> np.ndarray:
    """Costs (n, 3); a third of the rows was run at all levels, a third at one."""
    base = np.exp(2 * X[:, 0] - X[:, 3]) + (X[:, 1] > 0.5)
    costs = np.stack([base * (1 + 2.0 / 2**k) + 0.2 * k * X[:, 2] for k in range(N_LEVELS)], axis=1)
    for row in range(len(X)):
        costs[row, 1 + row % 3 :] = np.nan
    return costs


def joint(points_: np.ndarray, scale: float, slope: float, centre_sd: float) -> np.ndarray:
    """The covariance of the responses at all levels of all points: a linear map of independent processes."""
    n = len(points_)
    unit = np.eye(n)
    level_maps = [np.hstack([unit, 0 * unit, 0 * unit])]
    level_maps.append(scale * level_maps[0] + np.hstack([0 * unit, unit, 0 * unit]))
    level_maps.append(
        (scale + slope) * level_maps[1] - slope * level_maps[0] + np.hstack([0 * unit, 0 * unit, unit])
    )
    own = np.zeros((3 * n, 3 * n))
    for k, found in enumerate(GIVEN):
        block = brute_kernel(points_, points_, found) + found.noise * unit
        own[k * n : (k + 1) * n, k * n : (k + 1) * n] = block + (centre_sd**2 if k == 0 else 0.0)
    whole = np.vstack(level_maps)
    covariance: np.ndarray = whole @ own @ whole.T
    return covariance


@pytest.mark.parametrize("slope", [0.0, 0.7])
def test_predictions_are_those_of_the_joint_distribution(
    monkeypatch: pytest.MonkeyPatch, slope: float
) -> None:
    """With weights that are known all is normal, and a chain has to find what one process would.

    With a slope, the variance of what was not run at all is larger on purpose.
    """
    monkeypatch.setattr(level_chain, "_WEIGHT_SD", np.zeros(3))
    monkeypatch.setattr(level_chain, "_SLOPE", slope)
    X, Q = points(N), points(N_QUERIES, seed=1)
    costs = learning_curves(X)
    chain = LevelChain(OneHot(SIZES), GIVEN)
    chain.fit(X, costs)
    responses, _ = level_chain._level_responses(costs)
    covariance = joint(np.vstack([X, Q]), level_chain._SCALE, slope, 0.5)
    n = N + N_QUERIES
    seen = np.array([k * n + i for k in range(3) for i in range(N) if not np.isnan(costs[i, k])])
    wanted = 2 * n + np.arange(n)
    cross = covariance[np.ix_(wanted, seen)]
    known = np.array([responses[place % n, place // n] for place in seen])
    solved = np.linalg.solve(covariance[np.ix_(seen, seen)], np.column_stack([known, cross.T]))
    mean = cross @ solved[:, 0]
    variance = covariance[wanted, wanted] - np.einsum("ij,ji->i", cross, solved[:, 1:])
    seen_mean, seen_variance = chain.predict_seen()
    np.testing.assert_allclose(seen_mean, mean[:N], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(seen_variance, variance[:N], rtol=1e-4, atol=1e-5)
    new_mean, new_variance = chain.predict(Q)
    np.testing.assert_allclose(new_mean, mean[N:], rtol=1e-5, atol=1e-5)
    if slope == 0:
        np.testing.assert_allclose(new_variance, variance[N:], rtol=1e-4, atol=1e-5)
    else:
        assert (new_variance > variance[N:]).all()


def test_what_was_run_in_full_is_known_and_the_rest_in_doubt() -> None:
    X = points(30)
    costs = learning_curves(X)
    chain = LevelChain(OneHot(SIZES))
    chain.fit(X, costs)
    mean, variance = chain.predict_seen()
    in_full = last_levels(costs) == N_LEVELS - 1
    np.testing.assert_allclose(mean[in_full], chain.final_responses[in_full])
    np.testing.assert_allclose(chain.cost_at(mean[in_full]), costs[in_full, -1])
    assert variance[in_full].max() == 0 < variance[~in_full].min()
    _, unseen = chain.predict(points(50, seed=2))
    assert np.median(variance[~in_full]) < np.median(unseen)


def test_hyperparameters_of_one_level_are_those_of_the_whole_fit() -> None:
    X = points(20)
    costs = learning_curves(X)
    chain = LevelChain(OneHot(SIZES))
    chain.fit(X, costs)
    for k, whole in enumerate(chain.hyperparameters):
        alone = LevelChain(OneHot(SIZES)).most_probable(X, costs, k)
        np.testing.assert_allclose(alone.length_scales, whole.length_scales)


def test_believing_makes_sure_of_the_neighbourhood() -> None:
    X, Q = points(20), points(3, seed=3)
    chain = LevelChain(OneHot(SIZES))
    chain.fit(X, learning_curves(X))
    before, unsure = chain.predict(Q)
    chain.believe(Q)
    after, sure = chain.predict(Q)
    np.testing.assert_allclose(after, before, atol=1e-6)
    assert (sure < unsure).all()


def test_levels_that_were_left_out_are_filled_in() -> None:
    X = points(20)
    costs = learning_curves(X)
    costs[2::3, 0] = np.nan  # these were run in full at once
    costs[2, 1] = np.nan
    chain = LevelChain(OneHot(SIZES))
    chain.fit(X, costs)
    mean, variance = chain.predict(points(10, seed=5))
    assert np.isfinite(mean).all()
    assert (variance > 0).all()
    np.testing.assert_allclose(chain.cost_at(chain.final_responses[2::3]), costs[2::3, -1])


@pytest.mark.parametrize("n", [1, 2])
def test_a_chain_of_hardly_anything(n: int) -> None:
    chain = LevelChain(OneHot(SIZES))
    chain.fit(points(n), np.array([[3.0, np.nan, np.nan], [2.0, 1.0, np.nan]])[:n])
    mean, variance = chain.predict(points(4, seed=1))
    assert np.isfinite(mean).all()
    assert (variance > 0).all()
