"""Smooth functions of a few real parameters, known from the literature."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.tasks.settings import Settings
from benchmarks.tasks.task import Task

__all__ = ["HARTMANN_3", "HARTMANN_6", "Ackley", "Bells", "Branin", "Hartmann6", "Rosenbrock", "unit_reals"]

FloatArray = NDArray[np.float64]


def _reals(names: list[str], low: float, high: float, default: float) -> str:
    return "".join(f"{name} real [{low}, {high}] [{default}]\n" for name in names)


class Branin(Task):
    """Branin's function: two parameters, three equally good minima."""

    optimum = 0.39788735772973816

    def __init__(self) -> None:
        super().__init__("branin", "x1 real [-5, 10] [2.5]\nx2 real [0, 15] [7.5]\n")

    def loss(self, settings: Settings) -> float:
        """See Task."""
        x, y = settings["x1"], settings["x2"]
        valley = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
        return float(valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


def unit_reals(n: int) -> str:
    """Parameters x1, x2, ... between 0 and 1."""
    return _reals([f"x{i}" for i in range(1, n + 1)], 0, 1, 0.5)


@dataclass(frozen=True, slots=True)
class Bells:
    """Hartmann's functions, to be minimised: a sum of bells upside down (n_bells, n_params)."""

    widths: FloatArray
    centres: FloatArray
    optimum: float
    heights: FloatArray

    @property
    def n_parameters(self) -> int:
        """Those of `unit_reals`."""
        return self.widths.shape[1]

    def point(self, settings: Settings) -> FloatArray:
        """The settings as a point (n_params,)."""
        return np.array([settings[f"x{i}"] for i in range(1, self.n_parameters + 1)])

    def shares(self, points: FloatArray) -> FloatArray:
        """How much of its height each bell has (..., n_bells) at points (..., n_params)."""
        shares: FloatArray = np.exp(-(self.widths * (points[..., None, :] - self.centres) ** 2).sum(axis=-1))
        return shares

    def values(self, points: FloatArray) -> FloatArray:
        """The function's values (...)."""
        values: FloatArray = -(self.shares(points) @ self.heights)
        return values


_HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
HARTMANN_3 = Bells(
    widths=np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]]),
    centres=1e-4 * np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]),
    optimum=-3.8627797869493365,
    heights=_HEIGHTS,
)
HARTMANN_6 = Bells(
    widths=np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    ),
    centres=1e-4
    * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    ),
    optimum=-3.3223680114155147,
    heights=_HEIGHTS,
)


class Hartmann6(Task):
    """Hartmann's function of six parameters."""

    optimum = HARTMANN_6.optimum

    def __init__(self, name: str = "hartmann6", noise: float = 0.0) -> None:
        super().__init__(name, unit_reals(6), noise)

    def loss(self, settings: Settings) -> float:
        """See Task."""
        return float(HARTMANN_6.values(HARTMANN_6.point(settings)))


class Ackley(Task):
    """Ackley's function of five parameters, its one minimum away from the middle: many shallow dents."""

    optimum = 0.0
    _CENTRE = np.array([3.7, -5.1, 1.3, 6.4, -2.2])

    def __init__(self) -> None:
        self._names = [f"x{i}" for i in range(1, 6)]
        super().__init__("ackley5", _reals(self._names, -10, 10, 0))

    def loss(self, settings: Settings) -> float:
        """See Task."""
        z = np.array([settings[name] for name in self._names]) - self._CENTRE
        bowl = -20 * math.exp(-0.2 * math.sqrt(float((z**2).mean())))
        dents = -math.exp(float(np.cos(2 * math.pi * z).mean()))
        return bowl + dents + 20 + math.e


class Rosenbrock(Task):
    """Rosenbrock's function of four parameters: a long bent valley, costs over several powers of ten."""

    optimum = 0.0

    def __init__(self) -> None:
        self._names = [f"x{i}" for i in range(1, 5)]
        super().__init__("rosenbrock4", _reals(self._names, -2.5, 3, -1))

    def loss(self, settings: Settings) -> float:
        """See Task."""
        x = np.array([settings[name] for name in self._names])
        return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())
