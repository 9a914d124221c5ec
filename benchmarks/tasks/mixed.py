"""Spaces of reals, log-integers, categoricals and ordinals, with interactions and a planted optimum of 0.

The loss is a sum of terms that are never negative:

- a bowl with ripples for every number, its centre moved by a categorical (not by that one's best choice),
- a rotated bowl for every neighbouring pair of numbers on a ring,
- a cost for every choice of a categorical, and the distance to the best value for an ordinal,
- an extra cost where a certain choice meets a high value of an ordinal.

The weights fall off geometrically over a random order of the parameters: of 30, about ten matter.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from bbopt.space import Parameter
from benchmarks.tasks.positions import position, value_at
from benchmarks.tasks.settings import Settings
from benchmarks.tasks.task import Task

__all__ = ["Mixed", "MixedShape"]

_FEW = 12  # parameters, up to which the weights fall off faster


@dataclass(frozen=True, slots=True)
class MixedShape:
    """How many parameters of each kind; `is_squashed`: the loss is the logarithm of 1 + 5 times the sum."""

    reals: int
    log_reals: int
    integers: int
    log_integers: int
    categoricals: int
    ordinals: int
    is_squashed: bool = False

    def declarations(self, rng: random.Random) -> dict[str, str]:
        """A line of a parameter file for each parameter, by name."""
        lines = {f"r{i}": "real [-5, 10] [2.5]" for i in range(self.reals)}
        lines |= {f"s{i}": "real [1e-05, 1] [0.001] log" for i in range(self.log_reals)}
        lines |= {f"i{i}": "integer [1, 20] [10]" for i in range(self.integers)}
        lines |= {f"k{i}": "integer [1, 1000] [30] log" for i in range(self.log_integers)}
        for i in range(self.categoricals):
            choices = ", ".join(f"v{j}" for j in range(3 + rng.randrange(4)))
            lines[f"c{i}"] = f"categorical {{{choices}}} [v0]"
        lines |= {f"o{i}": "ordinal {none, low, mid, high, max} [mid]" for i in range(self.ordinals)}
        return {name: f"{name} {line}\n" for name, line in lines.items()}


@dataclass(frozen=True, slots=True)
class _Clash:
    """The ordinal costs up to `cost` more while the categorical has the choice."""

    categorical: str
    choice: str
    ordinal: Parameter
    cost: float


class Mixed(Task):
    """A mixed space of the given shape; everything else follows from the seed."""

    optimum = 0.0

    def __init__(
        self, name: str, shape: MixedShape, seed: int, noise: float = 0.0, conditions: str = ""
    ) -> None:
        rng = random.Random(seed)
        lines = shape.declarations(rng)
        super().__init__(name, "".join(lines.values()) + conditions, noise)
        self._is_squashed = shape.is_squashed
        columns = self.space.index
        declared = [self.space.parameters[columns[name]] for name in lines]
        self._numbers = [p for p in declared if not p.kind.is_discrete]
        self._categoricals = [p for p in declared if p.is_unordered]
        self._ordinals = [p for p in declared if p.kind.is_discrete and not p.is_unordered]
        self._weights = self._draw_weights(rng)
        self._best: Settings = {p.name: value_at(p, 0.12 + 0.76 * rng.random()) for p in declared}
        self._draw_categories(rng)
        self._draw_pairs(rng)
        self._clashes = [self._draw_clash(rng, ordinal) for ordinal in self._ordinals]

    @property
    def minimiser(self) -> Settings:
        """The settings whose loss is 0."""
        return self.walk.active_among(self._best)

    def _draw_weights(self, rng: random.Random) -> dict[str, float]:
        order = self._numbers + self._categoricals + self._ordinals
        rng.shuffle(order)
        decay = 0.75 if len(order) <= _FEW else 0.85
        return {p.name: decay**place for place, p in enumerate(order)}

    def _draw_categories(self, rng: random.Random) -> None:
        """What each choice costs, and where it moves the centre of every other number."""

        def drawn(p: Parameter, low: float, width: float) -> dict[str, float]:
            best = self._best[p.name]
            return {c: 0.0 if c == best else low + width * rng.random() for c in p.choices}

        self._costs = {p.name: drawn(p, 0.15, 0.5) for p in self._categoricals}
        self._moves: dict[str, tuple[str, dict[str, float]]] = {}
        for number in self._numbers[::2]:
            mover = self._categoricals[rng.randrange(len(self._categoricals))]
            self._moves[number.name] = mover.name, drawn(mover, -0.25, 0.5)

    def _draw_pairs(self, rng: random.Random) -> None:
        ring = list(self._numbers)
        rng.shuffle(ring)
        self._pairs = [
            (one.name, other.name, -1.0 if rng.random() < 0.5 else 1.0)
            for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)
        ]

    def _draw_clash(self, rng: random.Random, ordinal: Parameter) -> _Clash:
        categorical = self._categoricals[rng.randrange(len(self._categoricals))]
        worse = [choice for choice in categorical.choices if choice != self._best[categorical.name]]
        return _Clash(categorical.name, rng.choice(worse), ordinal, 0.3 + 0.3 * rng.random())

    def loss(self, settings: Settings) -> float:
        """See Task."""
        total = self._cost_of_numbers(settings) + self._cost_of_choices(settings)
        return math.log1p(5 * total) if self._is_squashed else total

    def _cost_of_numbers(self, settings: Settings) -> float:
        away = {p.name: self._away(p, settings) for p in self._numbers if p.name in settings}
        weights = self._weights
        total = 0.0
        for name, x in away.items():
            total += weights[name] * (2.0 * x * x + 0.04 * (1 - math.cos(6 * math.pi * x)))
        for one, other, sign in self._pairs:
            if one in away and other in away:
                joint = away[one] + sign * away[other]
                total += 2.0 * math.sqrt(weights[one] * weights[other]) * joint**2
        return total

    def _away(self, number: Parameter, settings: Settings) -> float:
        """How far the number is from its centre, in the unit interval."""
        away = position(number, settings[number.name]) - position(number, self._best[number.name])
        if number.name in self._moves:
            mover, moves = self._moves[number.name]
            away -= moves[settings[mover]]
        return away

    def _cost_of_choices(self, settings: Settings) -> float:
        total = 0.0
        for p in self._categoricals:
            total += self._weights[p.name] * self._costs[p.name][settings[p.name]]
        for p in self._ordinals:
            if p.name in settings:
                away = position(p, settings[p.name]) - position(p, self._best[p.name])
                total += 0.8 * self._weights[p.name] * abs(away)
        for clash in self._clashes:
            if settings[clash.categorical] == clash.choice and clash.ordinal.name in settings:
                total += clash.cost * position(clash.ordinal, settings[clash.ordinal.name])
        return total
