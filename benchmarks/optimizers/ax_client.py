"""Ax's client: BoTorch's Gaussian process and log expected improvement, after the centre and four points.

Its hierarchical spaces are trees: a parameter that is active with one choice is told as such; one that is
with several choices is told as if it always were, and makes no difference where it is not.  Ordinals are told
as ordered choices.  To be installed in an environment of its own: `pip install ax-platform==1.3.1`.
"""

from __future__ import annotations

import logging
from typing import Any

from bbopt.space import Parameter, ParameterKind
from benchmarks.optimizers.peer_values import typed_value
from benchmarks.optimizers.protocol import Trial
from benchmarks.tasks import Settings, SpaceWalk, Task

__all__ = ["make"]


class _AxClient:
    def __init__(self, task: Task, seed: int) -> None:
        from ax.api.client import Client
        from ax.utils.common.logger import set_ax_logger_levels

        set_ax_logger_levels(logging.ERROR)
        self._walk = task.walk
        self._client = Client(random_seed=seed)
        self._client.configure_experiment(parameters=_declared(task.walk))
        self._client.configure_optimization(objective="-loss")
        self._number: int | None = None

    def ask(self) -> Trial:
        ((self._number, found),) = self._client.get_next_trials(max_trials=1).items()
        known = {p.name: typed_value(p, found[p.name]) for p in self._walk.parameters if p.name in found}
        return Trial(self._walk.active_among(known))

    def tell(self, loss: float) -> None:
        self._client.complete_trial(self._number, raw_data={"loss": loss})

    def incumbent(self) -> Settings | None:
        return None


def _declared(walk: SpaceWalk) -> list[Any]:
    """The parameters, each choice with the names of those below it and no other."""
    below: dict[str, dict[str, list[str]]] = {}
    for parameter in walk.parameters:
        parent = walk.only_parent(parameter)
        if parent is not None and len(parent[1]) == 1:
            below.setdefault(parent[0], {}).setdefault(parent[1][0], []).append(parameter.name)
    return [_one(parameter, below.get(parameter.name)) for parameter in walk.parameters]


def _one(parameter: Parameter, below: dict[str, list[str]] | None) -> Any:
    from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

    name, low, high = parameter.name, parameter.low, parameter.high
    scaling = "log" if parameter.log else "linear"
    match parameter.kind:
        case ParameterKind.CATEGORICAL:
            return ChoiceParameterConfig(
                name, list(parameter.choices), "str", is_ordered=False, dependent_parameters=below
            )
        case ParameterKind.ORDINAL:
            return ChoiceParameterConfig(name, list(range(len(parameter.choices))), "int", is_ordered=True)
        case ParameterKind.INTEGER:
            return RangeParameterConfig(name, (int(low), int(high)), "int", scaling=scaling)
        case ParameterKind.REAL:
            return RangeParameterConfig(name, (low, high), "float", scaling=scaling)


def make(task: Task, seed: int, budget: int) -> _AxClient:
    """The client's defaults."""
    return _AxClient(task, seed)
