"""Response transforms keep the order and survive odd data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import PowerTransformer

from bbopt.surrogate import clipped, log_distance_to_best, pull_in_failures, yeo_johnson

responses = arrays(np.float64, st.integers(1, 40), elements=st.floats(-4e307, 4e307))


@given(responses)
def test_log_distance_keeps_the_order_and_is_finite(y: np.ndarray) -> None:
    transformed = log_distance_to_best(y)
    assert np.all(np.isfinite(transformed))
    assert np.all(np.diff(transformed[np.argsort(y, kind="stable")]) >= 0)
    assert transformed[np.argmin(y)] == transformed.min()


def test_constant_responses_become_zero() -> None:
    np.testing.assert_array_equal(log_distance_to_best(np.full(5, 3.25)), np.zeros(5))


def test_failures_count_as_the_worst_that_worked() -> None:
    y = np.array([1.0, 1e9, 3.0, 1e9])
    np.testing.assert_array_equal(pull_in_failures(y, y == 1e9), [1.0, 3.0, 3.0, 3.0])


def test_only_failures_stay_as_they_are() -> None:
    y = np.array([1e9, 1e9])
    np.testing.assert_array_equal(pull_in_failures(y, np.array([True, True])), y)


def test_the_good_ones_stay_apart_beside_an_outlier() -> None:
    y = np.array([0.10, 0.15, 0.20, 0.25, 0.30, 1e9])
    transformed = log_distance_to_best(y)
    alone = log_distance_to_best(y[:-1])
    assert np.all(np.diff(transformed[:-1]) > 0.1)
    assert transformed[-1] < alone[-1] + 3


def test_one_that_is_better_than_all_others_stands_out() -> None:
    transformed = log_distance_to_best(np.array([5.0, 5.0, 5.0, 5.0, 4.0]))
    assert transformed[4] < transformed[0] - 1


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-4e307, 4e307)))
def test_yeo_johnson_keeps_the_order_and_is_finite(y: np.ndarray) -> None:
    bent = yeo_johnson(y)
    assert np.isfinite(bent).all()
    assert np.all(np.diff(bent[np.argsort(y, kind="stable")]) >= 0)


@pytest.mark.parametrize("spread", [0.1, 1.0, 2.0])
def test_yeo_johnson_finds_the_power_that_scikit_learn_finds(spread: float) -> None:
    y = np.random.default_rng(0).lognormal(sigma=spread, size=200)
    y = np.minimum(y, y.min() + 10 * (np.quantile(y, 0.75) - y.min()))  # as far as ours lets outliers go
    centred = (y - np.median(y)) / np.subtract(*np.quantile(y, [0.75, 0.25]))
    expected = PowerTransformer("yeo-johnson").fit_transform(centred[:, None])[:, 0]
    np.testing.assert_allclose(yeo_johnson(y), expected, atol=0.02)


def test_yeo_johnson_takes_no_notice_of_units() -> None:
    y = np.random.default_rng(1).lognormal(size=50)
    np.testing.assert_allclose(yeo_johnson(y), yeo_johnson(1e9 * y - 7e9), atol=1e-6)


def test_yeo_johnson_of_constant_responses_is_zero() -> None:
    np.testing.assert_array_equal(yeo_johnson(np.full(5, 3.25)), np.zeros(5))
    assert yeo_johnson(np.array([1.0, 1.0, 1.0, 1.0, 5.0])).max() > 1.0


@given(responses)
def test_clipped_keeps_the_order_and_bounds_outliers(y: np.ndarray) -> None:
    found = clipped(y)
    order = np.argsort(y, kind="stable")
    assert np.all(np.diff(found[order]) >= 0)
    assert np.isfinite(found).all()
    assert found.max(initial=0.0) <= 2.0


def test_clipped_leaves_distances_below_the_outliers_as_they_are() -> None:
    y = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 1e9])
    found = clipped(y)
    assert np.allclose(np.diff(found[:5]), found[1] - found[0])
    assert found[5] == 2.0
    assert not clipped(np.full(4, 7.0)).any()
