"""Smooth functions of a few real parameters, known from the literature."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.tasks.settings import Settings
from benchmarks.tasks.task import Task

__all__ = ["Ackley", "Branin", "Hartmann6", "Rosenbrock"]


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


class Hartmann6(Task):
    """Hartmann's function of six parameters: a sum of four bells."""

    optimum = -3.3223680114155147
    _HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
    _WIDTHS = np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    )
    _CENTRES = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )

    def __init__(self, name: str = "hartmann6", noise: float = 0.0) -> None:
        self._names = [f"x{i}" for i in range(1, 7)]
        super().__init__(name, _reals(self._names, 0, 1, 0.5), noise)

    def loss(self, settings: Settings) -> float:
        """See Task."""
        x = np.array([settings[name] for name in self._names])
        distances = (self._WIDTHS * (x - self._CENTRES) ** 2).sum(axis=1)
        return -float(self._HEIGHTS @ np.exp(-distances))


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
