"""Additive effects against simulated data, censored and not."""

from __future__ import annotations

import numpy as np
import pytest

from bbopt.surrogate import Observations, fit_additive


def simulated(
    rng: np.random.Generator, n_rows: int, n_columns: int, n: int, noise: float
) -> tuple[Observations, np.ndarray, np.ndarray]:
    rows, columns = rng.normal(0, 0.5, n_rows), rng.normal(1.0, 2.0, n_columns)
    row = np.concatenate([np.arange(n_rows), rng.integers(n_rows, size=n - n_rows)])
    column = rng.integers(n_columns, size=n)
    y = rows[row] + columns[column] + rng.normal(0, noise, n)
    return Observations(y, np.zeros(n, dtype=bool), row, column, n_rows, n_columns), rows, columns


def test_effects_are_found_again() -> None:
    seen, rows, columns = simulated(np.random.default_rng(1), 30, 10, 900, noise=0.2)
    found = fit_additive(seen)
    assert np.corrcoef(found.rows, rows)[0, 1] > 0.98
    assert np.corrcoef(found.columns, columns)[0, 1] > 0.99
    assert found.noise == pytest.approx(0.2, rel=0.2)
    assert found.counts.sum() == 900


def test_with_all_cells_seen_it_is_the_two_way_analysis_of_variance() -> None:
    rng = np.random.default_rng(2)
    table = rng.normal(size=(40, 60))
    row, column = (index.ravel() for index in np.indices(table.shape))
    seen = Observations(table.ravel(), np.zeros(table.size, dtype=bool), row, column, 40, 60)
    found = fit_additive(seen)
    centred = table.mean(axis=1) - table.mean()
    np.testing.assert_allclose(found.rows - found.rows.mean(), centred, atol=0.01)
    np.testing.assert_allclose(
        found.columns - found.columns.mean(), table.mean(axis=0) - table.mean(), atol=0.01
    )


def test_censored_responses_do_not_make_slow_rows_look_fast() -> None:
    rng = np.random.default_rng(3)
    seen, rows, _ = simulated(rng, 30, 10, 900, noise=0.3)
    bound = 2.0
    censored = seen.y > bound
    assert 0.2 < censored.mean() < 0.6
    cut = np.minimum(seen.y, bound)
    told = fit_additive(Observations(cut, censored, seen.row, seen.column, 30, 10))
    taken_as_seen = fit_additive(Observations(cut, ~censored & False, seen.row, seen.column, 30, 10))

    def error(found: np.ndarray) -> float:
        return float(np.abs((found - found.mean()) - (rows - rows.mean())).mean())

    assert error(told.rows) < 0.75 * error(taken_as_seen.rows)


def test_what_nothing_is_known_of_is_ordinary() -> None:
    y = np.array([1.0, 3.0])
    seen = Observations(y, np.zeros(2, dtype=bool), np.array([0, 1]), np.array([0, 0]), 2, 3)
    found = fit_additive(seen)
    assert np.isfinite(found.rows).all()
    assert found.columns[1] == pytest.approx(found.columns[2])
    assert found.rows[1] > found.rows[0]


def test_one_response_or_equal_ones_are_no_problem() -> None:
    for y in (np.array([2.0]), np.full(5, 3.0)):
        n = len(y)
        seen = Observations(y, np.ones(n, dtype=bool), np.arange(n), np.zeros(n, dtype=int), n, 1)
        found = fit_additive(seen)
        assert np.isfinite(found.rows).all()
        assert found.noise > 0
