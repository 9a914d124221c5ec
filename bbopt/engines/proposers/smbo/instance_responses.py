"""What models of several instances have in common: responses, rows, and the fitted model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.runs import Objective, RuntimeObjective
from bbopt.space import Space
from bbopt.surrogate import (
    AdditiveEffects,
    FloatArray,
    GaussianProcess,
    MarginalForest,
    Observations,
    OneHot,
    fit_additive,
    pull_in_failures,
)

__all__ = ["MarginalModel", "ResponseScale", "bounded", "distinct_rows", "effects_of"]

_SHORTEST_S = 0.005  # runtimes below look alike: clocks see no less, and logarithms must not run away


@dataclass(frozen=True, slots=True)
class ResponseScale:
    """From costs to the responses that models are fitted to, and back.

    takes_logarithms: base-10 logarithms of runtimes; `cutoff` and `penalty` are the costs in between which
    there are none (infinite for qualities).
    """

    takes_logarithms: bool
    cutoff: float = np.inf
    penalty: float = np.inf

    @classmethod
    def of(cls, objective: Objective, *, takes_logarithms: bool) -> ResponseScale:
        """The scale for an objective."""
        if isinstance(objective, RuntimeObjective):
            return cls(takes_logarithms, objective.cutoff_s, objective.penalty)
        return cls(takes_logarithms=False)

    def responses(self, costs: FloatArray) -> FloatArray:
        """What costs (n,) become."""
        return np.log10(np.maximum(costs, _SHORTEST_S)) if self.takes_logarithms else costs

    def costs(self, responses: FloatArray) -> FloatArray:
        """The costs that responses (n,) stand for."""
        return 10.0**responses if self.takes_logarithms else responses

    def expected_costs(self, responses: FloatArray, noise: float) -> FloatArray:
        """What runs cost whose responses are expected at `responses` (n,), give or take `noise`.

        A runtime beyond the cutoff costs the penalty.
        """
        from scipy.special import ndtr

        if not np.isfinite(self.cutoff):
            return self.costs(responses)
        limit = float(self.responses(np.array([self.cutoff]))[0])
        timeout = ndtr((responses - limit) / noise)
        expected: FloatArray = timeout * self.penalty + (1.0 - timeout) * self.costs(
            np.minimum(responses, limit)
        )
        return expected


@dataclass(frozen=True, slots=True)
class MarginalModel:
    """A fitted model of the mean response over the instances; a Model.

    `mean_cost` is the mean cost over the instances that a response stands for.
    """

    space: Space
    surrogate: MarginalForest | GaussianProcess
    one_hot: OneHot
    mean_cost: Callable[[float], float]
    best: float
    good_rows: FloatArray
    is_slow: bool = False
    unit: float = 0.0

    def predict(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (n,) and variance (n,) of the response at rows (n, n_params) of native values."""
        unit = self.space.encode(rows)
        is_forest = isinstance(self.surrogate, MarginalForest)
        return self.surrogate.predict(self.one_hot(unit) if is_forest else unit)

    def cost_at(self, row: FloatArray) -> float:
        """The mean cost that is predicted at `row`."""
        return self.mean_cost(float(self.predict(row[None, :])[0][0]))


def bounded(data: TrainingData, n: int, scale: ResponseScale) -> FloatArray:
    """The costs of the first `n` runs; a failure counts as the worst that worked where no penalty is set."""
    costs = data.costs[:n]
    return costs if np.isfinite(scale.penalty) else pull_in_failures(costs, data.failed[:n])


def effects_of(data: TrainingData, n: int, n_instances: int, scale: ResponseScale) -> AdditiveEffects:
    """What the responses of the first `n` runs owe to configurations, and to the instances."""
    costs = bounded(data, n, scale)
    seen = Observations(
        scale.responses(np.minimum(costs, scale.cutoff)),
        data.censored[:n] | (costs >= scale.cutoff),
        data.configuration_numbers[:n],
        data.instance_numbers[:n],
        int(data.configuration_numbers[:n].max()) + 1,
        n_instances,
    )
    return fit_additive(seen)


def distinct_rows(data: TrainingData, n: int) -> FloatArray:
    """The row (k, n_params) of each configuration in the first `n` runs, by its number."""
    _, first = np.unique(data.configuration_numbers[:n], return_index=True)
    return data.rows[first]
