"""A large conditional space: the 238 parameters of `scenarios/convnet_lfw` with a loss that costs nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bbopt.space import Parameter, ParameterKind
from benchmarks.tasks.positions import position, value_at
from benchmarks.tasks.settings import Settings
from benchmarks.tasks.task import Task

__all__ = ["Convnet"]

_PARAMETERS = Path(__file__).resolve().parents[2] / "scenarios" / "convnet_lfw" / "params.pcs"
_SEED = 238


class Convnet(Task):
    """The weighted mean, over the active parameters, of squared distances from the place of the optimum.

    Two choices of a categorical are one apart.  The weights fall off quickly, so that of each branch's
    parameters a few matter.
    """

    optimum = 0.0

    def __init__(self) -> None:
        super().__init__("convnet", _PARAMETERS.read_text())
        rng = np.random.default_rng(_SEED)
        self._parameters = {parameter.name: parameter for parameter in self.space.parameters}
        self._best = {name: value_at(p, float(rng.random())) for name, p in self._parameters.items()}
        self._weights = {name: float(rng.random() ** 4) for name in self._parameters}

    @property
    def minimiser(self) -> Settings:
        """The settings of loss 0."""
        return self.walk.active_among(self._best)

    def loss(self, settings: Settings) -> float:
        """See Task."""
        total = sum(
            self._weights[name] * self._away(self._parameters[name], settings[name]) for name in settings
        )
        return total / sum(self._weights[name] for name in settings)

    def _away(self, parameter: Parameter, value: float | str) -> float:
        best = self._best[parameter.name]
        if parameter.kind is ParameterKind.CATEGORICAL:
            return float(value != best)
        return (position(parameter, value) - position(parameter, best)) ** 2
