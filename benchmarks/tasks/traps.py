"""A choice of an algorithm whose best one looks worse than others until most of its parameters are right.

The loss is what the shared parameters cost and, of the algorithm that is chosen,

    floor + height (1 - exp(-away / width)).

`away` is 0 at the algorithm's own best settings, and else a weighted mean of what its parameters cost: the
squared distance of numbers and ordinals, as positions within their ranges, and of sums of two of these, and
the cost of each choice.  The best algorithm has the floor 0, is narrow, and has the most parameters; the
others are wide, with floors above 0.  The lowest of these is the trap, and often the default's algorithm.
Everything follows from the seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bbopt.space import Parameter
from benchmarks.tasks.positions import position, value_at
from benchmarks.tasks.settings import Settings
from benchmarks.tasks.task import Task

__all__ = ["Traps"]

_NUMBERS = (
    "real [0, 1] [0.5]",
    "real [-5, 10] [2.5]",
    "real [1e-06, 1] [0.001] log",
    "real [0.001, 1000] [1] log",
    "integer [1, 20] [10]",
    "integer [2, 64] [16] log",
    "integer [1, 1000] [30] log",
    "ordinal {off, low, mid, high} [low]",
)
_SHARED = ("real [0.001, 1000] [1] log", "integer [1, 50] [10]", "real [0, 1] [0.5]")
_SHARED_WEIGHT = 0.2
_TRAPS_FLOOR = 0.1
_NARROW, _WIDE = (0.06, 0.16), (0.2, 0.4)
"""From where to where the widths of the best algorithm and of the others are drawn."""
_BEST_DECAY, _DECAY = 0.95, 0.75


@dataclass(frozen=True, slots=True)
class _Basin:
    """What one algorithm costs; `centres`: positions of its numbers and ordinals, `costs`: of its choices."""

    floor: float
    height: float
    width: float
    weights: Mapping[str, float]
    centres: Mapping[str, float]
    pairs: tuple[tuple[str, str, float], ...]
    costs: Mapping[str, Mapping[str, float]]

    def loss(self, at: Mapping[str, float], settings: Settings) -> float:
        """Of settings, and the positions of the numbers and ordinals among them."""
        off = {name: at[name] - centre for name, centre in self.centres.items() if name in at}
        total = sum(self.weights[name] * x * x for name, x in off.items())
        for one, other, sign in self.pairs:
            if one in off and other in off:
                weight = math.sqrt(self.weights[one] * self.weights[other])
                total += weight * (off[one] + sign * off[other]) ** 2
        total += sum(self.weights[name] * costs[settings[name]] for name, costs in self.costs.items())
        return self.floor + self.height * (1.0 - math.exp(-total / sum(self.weights.values()) / self.width))


class Traps(Task):
    """Three to six algorithms with two to eight parameters each, and two or three that they share.

    `algorithms`: the best one, the trap, and the others with rising floors.
    """

    optimum = 0.0

    def __init__(self, name: str, seed: int) -> None:
        rng = random.Random(seed)
        self.algorithms = [f"a{number}" for number in range(1, rng.randint(3, 6) + 1)]
        rng.shuffle(self.algorithms)
        shared = {f"shared{i}": line for i, line in enumerate(_SHARED[: rng.randint(2, 3)], 1)}
        super().__init__(name, _parameter_file(rng, self.algorithms, shared))
        self._numbers = {p.name: p for p in self.space.parameters if not p.is_unordered}
        self._best = {p.name: value_at(p, 0.12 + 0.76 * rng.random()) for p in self.space.parameters}
        self._best["algorithm"] = self.algorithms[0]
        self._basins = self._draw_basins(rng)
        self._shared = {
            name: dict.fromkeys(self.algorithms, elsewhere)
            | {self.algorithms[0]: self._position(name, self._best[name])}
            for name, elsewhere in ((name, 0.2 + 0.6 * rng.random()) for name in shared)
        }

    @property
    def minimiser(self) -> Settings:
        """The settings whose loss is 0."""
        return self.walk.active_among(self._best)

    def _draw_basins(self, rng: random.Random) -> dict[str, _Basin]:
        floors = [0.0, _TRAPS_FLOOR]
        while len(floors) < len(self.algorithms):
            floors.append(floors[-1] + 0.02 + 0.08 * rng.random())
        basins = {}
        for algorithm, floor in zip(self.algorithms, floors, strict=True):
            own = [p for p in self.space.parameters if p.name.startswith(f"{algorithm}_")]
            basins[algorithm] = self._draw_basin(rng, own, floor, is_best=algorithm == self.algorithms[0])
        return basins

    def _draw_basin(
        self, rng: random.Random, parameters: Sequence[Parameter], floor: float, *, is_best: bool
    ) -> _Basin:
        numbers = [p.name for p in parameters if not p.is_unordered]
        ring = rng.sample(numbers, len(numbers))
        order = rng.sample([p.name for p in parameters], len(parameters))
        decay = _BEST_DECAY if is_best else _DECAY
        return _Basin(
            floor,
            0.7 + 0.3 * rng.random() if is_best else 0.3 + 0.3 * rng.random(),
            rng.uniform(*(_NARROW if is_best else _WIDE)),
            {name: decay**place for place, name in enumerate(order)},
            {name: self._position(name, self._best[name]) for name in numbers},
            tuple((one, other, rng.choice((-1.0, 1.0))) for one, other in pairwise(ring)),
            {
                p.name: {c: 0.0 if c == self._best[p.name] else 0.1 + 0.3 * rng.random() for c in p.choices}
                for p in parameters
                if p.is_unordered
            },
        )

    def _position(self, name: str, value: float | str) -> float:
        return position(self._numbers[name], value)

    def loss(self, settings: Settings) -> float:
        """See Task."""
        algorithm = settings["algorithm"]
        at = {name: self._position(name, settings[name]) for name in self._numbers if name in settings}
        total = sum(_SHARED_WEIGHT * (at[name] - best[algorithm]) ** 2 for name, best in self._shared.items())
        return total + self._basins[algorithm].loss(at, settings)


def _parameter_file(rng: random.Random, algorithms: Sequence[str], shared: Mapping[str, str]) -> str:
    """The default's algorithm is the trap in half of the cases, and never the best one."""
    default = algorithms[1] if rng.random() < 0.5 else rng.choice(algorithms[1:])
    lines = [f"algorithm categorical {{{', '.join(sorted(algorithms))}}} [{default}]"]
    lines += [f"{name} {line}" for name, line in shared.items()]
    most = rng.randint(5, 8)
    for algorithm in algorithms:
        lines += _declarations(
            rng, algorithm, most if algorithm == algorithms[0] else rng.randint(2, most - 1)
        )
    return "\n".join(lines) + "\n"


def _declarations(rng: random.Random, algorithm: str, n: int) -> list[str]:
    """Lines for `n` parameters: every fourth is a choice, and half of those after it depend on it."""
    lines = []
    choice, values = "", [""]
    for number in range(1, n + 1):
        name, condition = f"{algorithm}_{number}", f"algorithm in {{{algorithm}}}"
        if number % 4 == 2:
            choice, values = name, [f"v{i}" for i in range(1, rng.randint(2, 5) + 1)]
            lines.append(f"{name} categorical {{{', '.join(values)}}} [v1]")
        else:
            lines.append(f"{name} {rng.choice(_NUMBERS)}")
            if choice and rng.random() < 0.5:
                some = sorted(rng.sample(values, rng.randint(1, len(values) - 1)))
                condition = f"{choice} in {{{', '.join(some)}}}"
        lines.append(f"{name} | {condition}")
    return lines
