"""The model's training data: rows, costs and more of all runs, in arrays that grow in place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bbopt.runs import BLACK_BOX, InstanceSet, Run
from bbopt.space import Configuration, Space

__all__ = ["TrainingData"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class TrainingData:
    """All runs in order; a run on an instance that is none of `instances` is left out.

    Configurations are numbered in the order of their first run.
    """

    def __init__(self, space: Space, instances: InstanceSet = BLACK_BOX) -> None:
        self._space = space
        self._instances = instances
        self._rows = np.empty((64, space.n_params))
        self._costs = np.empty(64)
        self._flags = np.zeros((64, 2), dtype=np.bool_)
        self._numbers = np.zeros((64, 2), dtype=np.int64)
        self._configurations: dict[Configuration, int] = {}
        self._n = 0
        self._n_canonical = 0

    def __len__(self) -> int:
        return self._n

    def add(self, run: Run, *, failed: bool) -> None:
        """Append one run; rows become canonical when they are looked at, all new ones at once."""
        request = run.request
        if request.instance.name not in self._instances:
            return
        if self._n == len(self._costs):
            for name in ("_rows", "_costs", "_flags", "_numbers"):
                array = getattr(self, name)
                setattr(self, name, np.concatenate([array, np.zeros_like(array)]))
        number = self._configurations.setdefault(request.configuration, len(self._configurations))
        self._rows[self._n] = request.configuration.row
        self._costs[self._n] = run.cost
        self._flags[self._n] = failed, run.is_censored
        self._numbers[self._n] = number, self._instances.number_of(request.instance.name)
        self._n += 1

    @property
    def n_configurations(self) -> int:
        """How many different configurations there are."""
        return len(self._configurations)

    @property
    def rows(self) -> FloatArray:
        """Canonical native values (n, n_params), one row per run."""
        if self._n_canonical < self._n:
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
        return self._flags[: self._n, 0]

    @property
    def censored(self) -> NDArray[np.bool_]:
        """Of which runs the cost is only a lower bound (n,)."""
        return self._flags[: self._n, 1]

    @property
    def configuration_numbers(self) -> IntArray:
        """The number of each run's configuration (n,)."""
        return self._numbers[: self._n, 0]

    @property
    def instance_numbers(self) -> IntArray:
        """The place of each run's instance in its set (n,)."""
        return self._numbers[: self._n, 1]

    def best_rows(self, n: int) -> FloatArray:
        """The rows of the `n` runs with the lowest costs, best first; those of failures come last."""
        return self.rows[np.lexsort((self.costs, self.failed))[:n]]
