"""Simulated solvers: runtimes over instances, some of which no configuration solves, and some only good ones.

The logarithm of a runtime adds up what the instance asks of the best configuration (normally distributed),
what the configuration loses there, which depends on the instance's kind, a deviation of each configuration on
each instance, and noise of each seed.  An instance is *unsolvable* with a certain share, and with another one
*hard*: the best configuration needs between a fifth of the cutoff and nine tenths of it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from bbopt.space import Configuration, Space, parse_pcs

__all__ = ["HELD_OUT", "SHAPES", "SimulatedInstance", "SimulatedSolver", "SolverShape"]

FloatArray = NDArray[np.float64]

_DECAY = 0.85
"""Of the weights of parameters, in a random order."""

_MOST_LOSS = 2.0
"""Decimal orders of magnitude that all parameters together can cost, roughly."""


@dataclass(frozen=True, slots=True)
class SolverShape:
    """How a solver and its instances are drawn; hardness and noise in decimal orders of magnitude.

    kinds: groups of instances with optima of their own, up to `apart` of the unit interval from the common
    one; each kind is harder by `harder` than the one before.
    """

    reals: int = 10
    categoricals: int = 5
    instances: int = 20
    kinds: int = 2
    apart: float = 0.15
    harder: float = 0.0
    unsolvable: float = 0.0
    hard: float = 0.0
    hardness: float = -0.7
    spread: float = 0.5
    deviation: float = 0.15
    noise: float = 0.15
    features: int = 0
    cutoff_s: float = 5.0


SHAPES = {
    "easy": SolverShape(hardness=-1.0, features=3),
    "some unsolvable": SolverShape(unsolvable=0.15),
    "many unsolvable": SolverShape(unsolvable=0.3, features=3),
    "hard": SolverShape(hard=0.3, hardness=-0.8),
    "hard and unsolvable": SolverShape(reals=30, categoricals=15, hard=0.3, unsolvable=0.15),
    "hard kind": SolverShape(apart=0.4, harder=0.7, spread=0.3),
    "hard kind and unsolvable": SolverShape(
        apart=0.5, harder=0.7, spread=0.3, unsolvable=0.15, kinds=3, hardness=-1.2
    ),
    "fifty": SolverShape(instances=50, kinds=3, hard=0.15, unsolvable=0.1),
}
"""What racing was chosen with."""

HELD_OUT = {
    "few parameters": SolverShape(reals=5, categoricals=2, instances=30, unsolvable=0.2, noise=0.3),
    "two thirds easy": SolverShape(reals=20, hardness=-1.3, spread=0.4, hard=0.2, unsolvable=0.1, features=4),
    "heavy tails": SolverShape(spread=0.9, kinds=4, hardness=-0.9, features=2),
    "nearly all hard": SolverShape(reals=25, categoricals=10, hard=0.6, cutoff_s=4.0),
    "other optimum": SolverShape(reals=12, apart=0.5, harder=1.0, hardness=-1.2, spread=0.4, unsolvable=0.05),
    "no trouble": SolverShape(reals=15, instances=40, hardness=-1.2, spread=0.3, apart=0.1),
}
"""What the choice is checked with."""


@dataclass(frozen=True, slots=True)
class SimulatedInstance:
    """`hardness`: log10 of what the best configuration needs in seconds, infinite where none solves it."""

    name: str
    kind: int
    hardness: float
    features: tuple[float, ...] = ()


class _Kind:
    """What each parameter's value costs on instances of a kind."""

    def __init__(self, common: _Kind | None, shape: SolverShape, rng: random.Random) -> None:
        if common is None:
            order = [*range(shape.reals), *range(-shape.categoricals, 0)]
            rng.shuffle(order)
            scale = _MOST_LOSS * (1 - _DECAY) / (1 - _DECAY ** len(order))
            self.weights = {number: scale * _DECAY**place for place, number in enumerate(order)}
            self.best = [0.1 + 0.8 * rng.random() for _ in range(shape.reals)]
            self.costs = [_choice_costs(rng) for _ in range(shape.categoricals)]
        else:
            self.weights = common.weights
            self.best = [min(max(x + rng.uniform(-1, 1) * shape.apart, 0.0), 1.0) for x in common.best]
            self.costs = [c if rng.random() > shape.apart else _choice_costs(rng) for c in common.costs]

    def loss(self, reals: Sequence[float], choices: Sequence[int]) -> float:
        """Decimal orders of magnitude by which the best configuration of the kind is faster."""
        of_reals = (
            self.weights[i] * 4.0 * (x - best) ** 2
            for i, (x, best) in enumerate(zip(reals, self.best, strict=True))
        )
        of_choices = (
            self.weights[i - len(choices)] * costs[choice]
            for i, (choice, costs) in enumerate(zip(choices, self.costs, strict=True))
        )
        return sum(of_reals) + sum(of_choices)


def _choice_costs(rng: random.Random) -> list[float]:
    costs = [0.3 + 0.7 * rng.random() for _ in range(3)]
    costs[rng.randrange(3)] = 0.0
    return costs


class SimulatedSolver:
    """A solver and its instances, all of them drawn from the shape and the seed."""

    def __init__(self, shape: SolverShape, seed: int) -> None:
        rng = random.Random(f"{shape} {seed}")
        self.shape = shape
        common = _Kind(None, shape, rng)
        self._kinds = [_Kind(common, shape, rng) for _ in range(shape.kinds)]
        self.training = [self._draw(f"training{i}", rng) for i in range(shape.instances)]
        self.test = [self._draw(f"test{i}", rng) for i in range(100)]
        self._by_name = {instance.name: instance for instance in (*self.training, *self.test)}

    @property
    def space(self) -> Space:
        """Reals of the unit interval, and categoricals of three choices."""
        reals = "".join(f"r{i} real [0, 1] [0.5]\n" for i in range(self.shape.reals))
        return parse_pcs(
            reals + "".join(f"c{i} categorical {{0, 1, 2}} [0]\n" for i in range(self.shape.categoricals))
        )

    def _draw(self, name: str, rng: random.Random) -> SimulatedInstance:
        shape, kind, share = self.shape, rng.randrange(self.shape.kinds), rng.random()
        hardness = rng.gauss(shape.hardness + kind * shape.harder, shape.spread)
        if share < shape.unsolvable:
            hardness = math.inf
        elif share < shape.unsolvable + shape.hard:
            hardness = math.log10(shape.cutoff_s * math.exp(rng.uniform(math.log(0.2), math.log(0.9))))
        known = [float(kind == 0), min(hardness, 2.0), rng.random()]
        features = tuple(x + 0.3 * rng.gauss(0, 1) for x in (known * 2)[: shape.features])
        return SimulatedInstance(name, kind, hardness, features)

    def seconds(self, configuration: Configuration, instance: str, seed: int) -> float:
        """What a run takes without a cutoff, the same each time."""
        one = self._by_name[instance]
        text = configuration.call_text()
        deviation = random.Random(f"{text} {instance}").gauss(0, self.shape.deviation)
        noise = random.Random(f"{text} {instance} {seed}").gauss(0, self.shape.noise)
        return float(
            10.0 ** min(one.hardness + self._losses(configuration)[one.kind] + deviation + noise, 99.0)
        )

    def penalised(self, configuration: Configuration) -> float:
        """The expected PAR10 on the test instances that can be solved.

        For normal logarithms of runtimes with mean m and deviation s, what runs below the cutoff c add is
        exp(m + s^2 / 2) Phi((ln c - m - s^2) / s).
        """
        losses = self._losses(configuration)
        orders = [one.hardness + losses[one.kind] for one in self.test if math.isfinite(one.hardness)]
        mean = math.log(10) * np.asarray(orders)
        sd = math.log(10) * math.hypot(self.shape.deviation, self.shape.noise)
        cutoff = math.log(self.shape.cutoff_s)
        solved: FloatArray = np.exp(mean + sd**2 / 2) * ndtr((cutoff - mean - sd**2) / sd)
        unsolved: FloatArray = ndtr((mean - cutoff) / sd)
        return float(np.mean(solved + 10 * self.shape.cutoff_s * unsolved))

    def _losses(self, configuration: Configuration) -> list[float]:
        values = configuration.values
        reals = [float(values[f"r{i}"]) for i in range(self.shape.reals)]
        choices = [int(values[f"c{i}"]) for i in range(self.shape.categoricals)]
        return [kind.loss(reals, choices) for kind in self._kinds]
