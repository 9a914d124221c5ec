"""Response transforms keep the order and survive odd data."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bbopt.surrogate import log_distance_to_best, pull_in_failures

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
