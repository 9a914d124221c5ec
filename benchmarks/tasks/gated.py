"""A mixed space in which some parameters exist only with certain choices of a categorical."""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.tasks.mixed import Mixed, MixedShape
from benchmarks.tasks.settings import Settings

__all__ = ["GatedMixed"]


@dataclass(frozen=True, slots=True)
class _Gate:
    """`child` is active with these choices of the categorical; `cost`: when that is not as at the optimum."""

    child: str
    categorical: str
    choices: tuple[str, ...]
    cost: float

    @property
    def condition(self) -> str:
        """The line of the parameter file."""
        return f"{self.child} | {self.categorical} in {{{', '.join(self.choices)}}}\n"

    def is_open(self, settings: Settings) -> bool:
        """Whether the child is active."""
        return settings[self.categorical] in self.choices


class GatedMixed(Mixed):
    """A mixed space whose first `n_gated` numbers and ordinals, in a random order, are conditional.

    At the optimum some of them are active and some are not.
    """

    def __init__(self, name: str, shape: MixedShape, n_gated: int, seed: int) -> None:
        self._gates = _draw_gates(shape, n_gated, seed)
        super().__init__(name, shape, seed, conditions="".join(gate.condition for gate in self._gates))
        self._is_open_at_best = [gate.is_open(self._best) for gate in self._gates]

    def _cost_of_choices(self, settings: Settings) -> float:
        total = super()._cost_of_choices(settings)
        for gate, is_open_at_best in zip(self._gates, self._is_open_at_best, strict=True):
            if gate.is_open(settings) != is_open_at_best:
                total += gate.cost
        return total


def _draw_gates(shape: MixedShape, n_gated: int, seed: int) -> list[_Gate]:
    lines = shape.declarations(random.Random(seed))  # the same ones as the space's
    rng = random.Random(f"gates {seed}")
    choices = {
        name: line.partition("{")[2].partition("}")[0].split(", ")
        for name, line in lines.items()
        if " categorical " in line
    }
    others = [name for name in lines if name not in choices]
    gates = []
    for child in rng.sample(others, n_gated):
        categorical = rng.choice(sorted(choices))
        some = rng.sample(choices[categorical], rng.randint(1, len(choices[categorical]) - 1))
        gates.append(_Gate(child, categorical, tuple(some), 0.02 + 0.1 * rng.random()))
    return gates
