"""What every task is: a space, a loss, and perhaps noise."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from bbopt.space import parse_pcs
from benchmarks.tasks.scales import Scale, known_scales
from benchmarks.tasks.settings import Settings, SpaceWalk

__all__ = ["Task", "stream_of"]


def stream_of(settings: Settings, *what: object) -> np.random.Generator:
    """Random numbers that depend on the settings, and on `what` they are for, only."""
    digest = hashlib.sha256(json.dumps([*what, sorted(settings.items())]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


class Task(ABC):
    """A function of a configuration to be minimised; `noise` is the standard deviation of observations."""

    optimum: float | None = None
    """The smallest loss where it is known."""

    def __init__(self, name: str, pcs: str, noise: float = 0.0) -> None:
        self.name = name
        self.space = parse_pcs(pcs, name)
        self.walk = SpaceWalk(self.space)
        self.noise = noise

    @abstractmethod
    def loss(self, settings: Settings) -> float:
        """The loss without noise."""

    def losses(self, many: Sequence[Settings]) -> list[float]:
        """The loss of each, without noise."""
        return [self.loss(settings) for settings in many]

    def observed(self, settings: Settings, loss: float, seed: int) -> float:
        """What an optimizer gets to see of `loss`: noise depends on the settings and the seed only."""
        if not self.noise:
            return loss
        return loss + self.noise * float(stream_of(settings, self.name, seed).standard_normal())

    @property
    def scale(self) -> Scale:
        """The unit of regret; KeyError when it was never estimated."""
        return known_scales()[self.name]
