"""hyperopt's tree-structured Parzen estimator; conditional parameters are nested choices.

hyperopt has no ask and tell of its own: these are the steps of its `fmin`, one evaluation at a time.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from bbopt.space import Parameter, ParameterKind
from benchmarks.optimizers.peer_values import typed_value
from benchmarks.optimizers.protocol import Trial
from benchmarks.tasks import Settings, SpaceWalk, Task

__all__ = ["make"]

_SEEDS_BELOW = 2**31 - 1


class _Tpe:
    def __init__(self, task: Task, seed: int) -> None:
        from hyperopt import Trials
        from hyperopt.base import Domain

        logging.getLogger("hyperopt").setLevel(logging.ERROR)
        self._parameters = {parameter.name: parameter for parameter in task.space.parameters}
        self._rng = np.random.default_rng(seed)
        self._trials = Trials()
        self._expression = _expression(task.walk)
        self._domain = Domain(_never_called, self._expression)
        self._document: Any = None

    def ask(self) -> Trial:
        from hyperopt import space_eval, tpe
        from hyperopt.base import spec_from_misc

        numbers = self._trials.new_trial_ids(1)
        self._trials.refresh()
        seed = int(self._rng.integers(_SEEDS_BELOW))
        documents = tpe.suggest(numbers, self._domain, self._trials, seed, verbose=False)
        self._trials.insert_trial_docs(documents)
        self._trials.refresh()
        self._document = self._trials._dynamic_trials[-1]
        tree = space_eval(self._expression, spec_from_misc(self._document["misc"]))
        return Trial(dict(self._settings(tree)))

    def tell(self, loss: float) -> None:
        from hyperopt import JOB_STATE_DONE, STATUS_OK

        self._document["state"] = JOB_STATE_DONE
        self._document["result"] = {"loss": loss, "status": STATUS_OK}
        self._trials.refresh()

    def incumbent(self) -> Settings | None:
        return None

    def _settings(self, tree: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """The leaves of nested dicts with their proper types."""
        found: list[tuple[str, Any]] = []
        for name, value in tree.items():
            if isinstance(value, Mapping):
                found += self._settings(value)
            else:
                found.append((name, typed_value(self._parameters[name], value)))
        return found


def _expression(walk: SpaceWalk) -> dict[str, Any]:
    """The space: a dict of expressions; a categorical's branches hold the parameters that depend on it."""
    below: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    at_top = []
    nodes: dict[str, Any] = {}
    for parameter in reversed(walk.parameters):  # children first
        nodes[parameter.name] = _node(parameter, below.get(parameter.name, []), nodes)
        parent = walk.only_parent(parameter)
        if parent is None:
            at_top.append(parameter.name)
        else:
            below.setdefault(parent[0], []).append((parameter.name, parent[1]))
    return {name: nodes[name] for name in reversed(at_top)}


def _node(parameter: Parameter, children: list[tuple[str, tuple[str, ...]]], nodes: Mapping[str, Any]) -> Any:
    from hyperopt import hp

    name, low, high = parameter.name, parameter.low, parameter.high
    if parameter.kind is ParameterKind.CATEGORICAL:
        return hp.choice(name, [_branch(name, choice, children, nodes) for choice in parameter.choices])
    if parameter.kind is ParameterKind.REAL:
        if parameter.log:
            return hp.loguniform(name, math.log(low), math.log(high))
        return hp.uniform(name, low, high)
    if parameter.log:  # an integer: rounded, because hyperopt's own log-integers favour the ends
        return hp.loguniform(name, math.log(low - 0.5), math.log(high + 0.5))
    return hp.quniform(name, low, high, 1)


def _branch(
    name: str, choice: str, children: list[tuple[str, tuple[str, ...]]], nodes: Mapping[str, Any]
) -> dict[str, Any]:
    mine = {child: nodes[child] for child, choices in children if choice in choices}
    return {name: choice, **mine}


def _never_called(settings: Any) -> float:
    raise RuntimeError("trials are told")


def make(task: Task, seed: int, budget: int) -> _Tpe:
    """TPE with hyperopt's defaults."""
    return _Tpe(task, seed)
