"""What is fitted to the runs in steps that grow with them, because it is dear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from bbopt.engines.proposers.smbo.training import TrainingData

__all__ = ["FOREST_GROWTH", "HYPERPARAMETER_GROWTH", "Stepwise", "step_of"]

HYPERPARAMETER_GROWTH = 8
FOREST_GROWTH = 64
"""Hyperparameters and forests are fitted anew when the runs have grown by one part in so many."""

T = TypeVar("T")


class Stepwise(Generic[T]):
    """Fits anew when the runs have grown by one part in `growth`.

    `fit` is given all runs and the number of the first ones, up to the step, that it may look at: so what
    comes out does not depend on what was fitted before, and a search that is resumed finds the same.
    """

    def __init__(self, growth: int, fit: Callable[[TrainingData, int], T]) -> None:
        self._growth = growth
        self._fit = fit
        self._fitted: tuple[int, T] | None = None

    def of(self, data: TrainingData) -> T:
        """What the runs up to the latest step tell."""
        n = step_of(len(data), self._growth)
        if self._fitted is None or self._fitted[0] != n:
            self._fitted = None  # large forests should not be in memory twice
            self._fitted = n, self._fit(data, n)
        return self._fitted[1]


def step_of(n: int, growth: int) -> int:
    """The largest number up to `n` of the sequence 2, 3, ..., in steps of a part in `growth`."""
    step = 2
    while (following := step + max(1, step // growth)) <= n:
        step = following
    return step
