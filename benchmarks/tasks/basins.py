"""Smooth functions of a few real parameters with a wide basin that is good and a narrower one that is best.

The loss is a product over basins,

    (1 - h_1 b_1) (1 - h_2 b_2) ...,    b_i = exp(-|S_i R_i (x - c_i)|^2 / 2),

each with a depth `h_i`, a centre, a rotation and a diagonal matrix of scales, which differ along its axes as
those of Hartmann's functions do.  The best basin has the depth 1, so that the smallest loss is 0; the widest
one lies across the cube from it; two are shallower.  Everything follows from the seed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.tasks.settings import Settings
from benchmarks.tasks.smooth import unit_reals
from benchmarks.tasks.task import Task

__all__ = ["Basins"]

FloatArray = NDArray[np.float64]

_DEPTHS = np.array([1.0, 0.85, 0.75, 0.65])
_WIDTHS = (0.2, 0.4, 0.3, 0.3)
"""Standard deviations with four parameters, the best basin's first; the more there are, the wider, because
nothing could be found otherwise."""
_SPREAD = 1.8  # the widths along the axes are so many times larger or smaller at most


class Basins(Task):
    """Four basins in the unit cube of `n` parameters.

    `centres` (4, n): of the best one, of the widest one, and of two more.
    """

    optimum = 0.0

    def __init__(self, name: str, n: int, seed: int) -> None:
        super().__init__(name, unit_reals(n))
        rng = np.random.default_rng(seed)
        low = rng.uniform(0.15, 0.4, n)
        best = np.where(rng.random(n) < 0.5, low, 1.0 - low)
        across = 1.0 - best + rng.uniform(-0.15, 0.15, n)
        self.centres = np.vstack([best, across, rng.uniform(0.1, 0.9, (len(_DEPTHS) - 2, n))])
        self._maps = np.stack([_draw_map(rng, n, width * np.sqrt(n / 4)) for width in _WIDTHS])

    @property
    def minimiser(self) -> Settings:
        """The settings whose loss is 0."""
        return dict(zip(self.space.names, self.centres[0].tolist(), strict=True))

    def loss(self, settings: Settings) -> float:
        """See Task."""
        away = np.array([settings[name] for name in self.space.names]) - self.centres
        squares = ((self._maps @ away[:, :, None]) ** 2).sum(axis=(1, 2))
        return float(np.prod(1.0 - _DEPTHS * np.exp(-0.5 * squares)))


def _draw_map(rng: np.random.Generator, n: int, width: float) -> FloatArray:
    """To the basin's own axes (n, n), in units of its standard deviations along them."""
    rotation, _ = np.linalg.qr(rng.standard_normal((n, n)))
    return np.asarray(rotation / (width * _SPREAD ** rng.uniform(-1.0, 1.0, (n, 1))))
