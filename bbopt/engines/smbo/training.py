"""The model's training data: rows, costs and failures of all runs, in arrays that grow in place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bbopt.space import Configuration, Space

__all__ = ["TrainingData"]

FloatArray = NDArray[np.float64]


class TrainingData:
    """Canonical native-value rows (n, n_params) of configurations with the cost of each run, in order."""

    def __init__(self, n_params: int) -> None:
        self._rows = np.empty((64, n_params))
        self._costs = np.empty(64)
        self._failed = np.zeros(64, dtype=np.bool_)
        self._n = 0
        self._n_canonical = 0
        self._space: Space | None = None

    def __len__(self) -> int:
        return self._n

    def add(self, row: FloatArray, cost: float, failed: bool) -> None:
        """Append one run of the configuration with the canonical `row` (n_params,)."""
        if self._n == len(self._costs):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
            self._costs = np.concatenate([self._costs, np.empty_like(self._costs)])
            self._failed = np.concatenate([self._failed, np.zeros_like(self._failed)])
        self._rows[self._n], self._costs[self._n], self._failed[self._n] = row, cost, failed
        self._n += 1

    def add_run(self, configuration: Configuration, cost: float, failed: bool) -> None:
        """Append one run; rows become canonical when they are looked at, all new ones at once."""
        self.add(configuration.row, cost, failed)
        self._space = configuration.space

    @property
    def rows(self) -> FloatArray:
        """Canonical native values (n, n_params), one row per run."""
        if self._space is not None and self._n_canonical < self._n:
            new = slice(self._n_canonical, self._n)
            self._rows[new] = self._space.canonical(self._rows[new])
            self._n_canonical = self._n
        return self._rows[: self._n]

    @property
    def costs(self) -> FloatArray:
        """The runs' costs (n,)."""
        return self._costs[: self._n]

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Which runs failed (n,)."""
        return self._failed[: self._n]

    def best_rows(self, n: int) -> FloatArray:
        """The rows of the `n` runs with the lowest costs, best first."""
        return self.rows[np.argsort(self.costs, kind="stable")[:n]]
