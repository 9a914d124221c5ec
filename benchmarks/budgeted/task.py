"""Tasks whose runs may be short."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from benchmarks.tasks import Settings, Task

__all__ = ["BudgetedTask", "FloatArray"]

FloatArray = NDArray[np.float64]


class BudgetedTask(Task):
    """A Task whose runs have a budget from 1 to `most`; `loss` is that of a run in full.

    `goes_on`: a program for it could go on from a checkpoint, and prints its loss as it goes.
    """

    most: int
    goes_on: bool

    @abstractmethod
    def curve(self, settings: Settings) -> FloatArray:
        """The losses at all budgets (most,); the last one is `loss`."""

    def loss(self, settings: Settings) -> float:
        """See Task."""
        return float(self.curve(settings)[-1])
