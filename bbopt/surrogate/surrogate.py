"""What the engine asks of a surrogate model; arrays only, so that models know nothing of parameters."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["FloatArray", "Surrogate"]

FloatArray = NDArray[np.float64]


class Surrogate(Protocol):
    """A regression model of the response that knows how unsure it is."""

    def fit(self, X: FloatArray, y: FloatArray) -> None:
        """Learn responses `y` (n,) at the points `X` (n, n_params) of the unit cube; n >= 1."""

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (m,) and positive variance (m,) of the response at `X` (m, n_params)."""
