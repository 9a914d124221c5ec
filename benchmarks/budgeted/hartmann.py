"""Hartmann's functions, the worse to be seen the less a run costs: MFHartmann, as in mf-prior-bench.

Kandasamy, Dasarathy, Schneider and Poczos, 2017, Multi-fidelity Bayesian optimisation with continuous
approximations; the variant with a bias and noise that end at the highest budget is Mallik et al.'s, 2023,
PriorBand: practical hyperparameter optimization in the age of deep learning.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from benchmarks.budgeted.task import BudgetedTask, FloatArray
from benchmarks.tasks import Scale, Settings
from benchmarks.tasks.smooth import Bells, unit_reals
from benchmarks.tasks.task import stream_of

__all__ = ["MFHartmann"]

_MOST = 100
_BIAS = 0.5
_NOISE = 0.1
_BEST_OF = 25
_N_RANDOM = 20_000


class MFHartmann(BudgetedTask):
    """Below a budget of 100 all bells are lower, and noise only adds to the loss; one draw a seed and point.

    The share of what is missing is 1 - log(budget) / log(100).
    """

    most = _MOST
    goes_on = False

    def __init__(self, bells: Bells, seed: int) -> None:
        super().__init__(f"mfhartmann{bells.n_parameters}", unit_reals(bells.n_parameters))
        self._bells, self._seed = bells, seed
        self.optimum = bells.optimum
        self._missing = 1 - np.log(np.arange(1, _MOST + 1)) / np.log(_MOST)

    def loss(self, settings: Settings) -> float:
        """See Task."""
        return float(self._bells.values(self._bells.point(settings)))

    def curve(self, settings: Settings) -> FloatArray:
        """See BudgetedTask."""
        lowered = _BIAS * self._bells.shares(self._bells.point(settings)).sum()
        noise = np.abs(stream_of(settings, self.name, self._seed).standard_normal(_MOST))
        losses: FloatArray = self.loss(settings) + (lowered + _NOISE * noise) * self._missing
        return losses

    @cached_property
    def scale(self) -> Scale:
        """See Task."""
        points = np.random.default_rng(0).random((_N_RANDOM, self._bells.n_parameters))
        rs25 = np.quantile(self._bells.values(points), 1 - 0.5 ** (1 / _BEST_OF))
        return Scale(self._bells.optimum, float(rs25))
