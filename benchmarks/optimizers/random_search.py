"""Uniform random search, with nothing tried first: the measure of all others."""

from __future__ import annotations

import numpy as np

from benchmarks.optimizers.protocol import Trial
from benchmarks.tasks import Settings, Task, settings_of

__all__ = ["make"]


class _RandomSearch:
    def __init__(self, task: Task, seed: int) -> None:
        self._space = task.space
        self._rng = np.random.default_rng(seed)

    def ask(self) -> Trial:
        return Trial(settings_of(self._space.configurations(self._space.sample(1, self._rng))[0]))

    def tell(self, loss: float) -> None:
        pass

    def incumbent(self) -> Settings | None:
        return None


def make(task: Task, seed: int, budget: int) -> _RandomSearch:
    """Random search."""
    return _RandomSearch(task, seed)
