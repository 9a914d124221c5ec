"""Two-way additive effects: what a response owes to its row (a configuration) and its column (an instance).

The model y_ij = r_i + c_j + e, with normal effects and noise, fitted by alternating ridge regression.
Responses that are only known to lie above a bound are replaced by their expectation in each round (an EM
algorithm; Schmee and Hahn, 1979, A simple method for regression analysis with censored data).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bbopt.surrogate.imputation import truncated_normal_mean
from bbopt.surrogate.surrogate import FloatArray

__all__ = ["AdditiveEffects", "Observations", "fit_additive"]

IntArray = NDArray[np.int64]

_ROUNDS = 20
_ROW_RIDGE = 1.0  # as if each effect had been seen once as zero
_COLUMN_RIDGE = 0.1  # instances differ by orders of magnitude: hardly drawn to their mean
_CONVERGED = 1e-3  # of the noise
_LEAST_NOISE = 1e-3


@dataclass(frozen=True, slots=True)
class Observations:
    """Responses y (n,), n >= 1, of row `row` and column `column` (n,); lower bounds where `is_censored`."""

    y: FloatArray
    is_censored: NDArray[np.bool_]
    row: IntArray
    column: IntArray
    n_rows: int
    n_columns: int


@dataclass(frozen=True, slots=True)
class AdditiveEffects:
    """rows (n_rows,): effects, zero on average, not drawn to zero; columns (n_columns,): the responses of an
    average row; noise: standard deviation of a response; counts (n_rows,): responses of each row.
    """

    rows: FloatArray
    columns: FloatArray
    noise: float
    counts: FloatArray


def fit_additive(seen: Observations) -> AdditiveEffects:
    """The effects that `seen` shows; of a column without responses, the mean of the others."""
    y = seen.y.astype(np.float64)
    n_of_row = np.bincount(seen.row, minlength=seen.n_rows).astype(np.float64)
    n_of_column = np.bincount(seen.column, minlength=seen.n_columns).astype(np.float64)
    rows, columns = np.zeros(seen.n_rows), np.full(seen.n_columns, float(y.mean()))
    noise = max(float(y.std()), _LEAST_NOISE)
    for _ in range(_ROUNDS):
        before = rows
        overall = float(columns[n_of_column > 0].mean())
        sums = np.bincount(seen.column, weights=y - rows[seen.row] - overall, minlength=seen.n_columns)
        columns = overall + sums / (n_of_column + _COLUMN_RIDGE)
        sums = np.bincount(seen.row, weights=y - columns[seen.column], minlength=seen.n_rows)
        rows = sums / (n_of_row + _ROW_RIDGE)
        expected = rows[seen.row] + columns[seen.column]
        noise = _noise(y - expected, seen)
        y = _completed(seen, expected, noise)
        if float(np.abs(rows - before).max()) < _CONVERGED * noise:
            break
    sums = np.bincount(seen.row, weights=y - columns[seen.column], minlength=seen.n_rows)
    return AdditiveEffects(sums / np.maximum(n_of_row, 1.0), columns, noise, n_of_row)


def _noise(residuals: FloatArray, seen: Observations) -> float:
    """The residuals' standard deviation; what the effects took up is given back as far as it can be."""
    freedom = max(len(residuals) - seen.n_columns - 0.5 * seen.n_rows, 0.25 * len(residuals))
    return max(math.sqrt(float(residuals @ residuals) / freedom), _LEAST_NOISE)


def _completed(seen: Observations, expected: FloatArray, noise: float) -> FloatArray:
    """The responses with each censored one replaced by what is expected above its bound."""
    y = seen.y.astype(np.float64)
    censored = seen.is_censored
    if censored.any():
        variance = np.full(int(censored.sum()), noise**2)
        y[censored] = truncated_normal_mean(expected[censored], variance, seen.y[censored])
    return y
