"""HEBO: a Gaussian process over transformed responses, and what is best for three acquisition functions.

It knows no conditions: it is told all parameters, of which those that are inactive make no difference.
Ordinals are told as integers.  It wants numpy 1, so an environment of its own: `pip install HEBO==0.3.6`, and
for two thirds of the time `pip install --no-binary pymoo --no-build-isolation pymoo==0.6.0`, which compiles.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from bbopt.space import Parameter, ParameterKind
from benchmarks.optimizers.peer_values import typed_value
from benchmarks.optimizers.protocol import Trial
from benchmarks.tasks import Settings, Task

__all__ = ["make"]


class _Hebo:
    def __init__(self, task: Task, seed: int) -> None:
        import torch
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers.hebo import HEBO

        logging.getLogger("hebo").setLevel(logging.ERROR)
        np.random.seed(seed)  # all but its first points come from the libraries' own streams
        torch.manual_seed(seed)
        self._walk = task.walk
        space = DesignSpace().parse([_declared(parameter) for parameter in task.walk.parameters])
        self._hebo = HEBO(space, scramble_seed=seed)
        self._asked: Any = None

    def ask(self) -> Trial:
        self._asked = self._hebo.suggest(n_suggestions=1)
        row = self._asked.iloc[0]
        every = {p.name: typed_value(p, row[p.name]) for p in self._walk.parameters}
        return Trial(self._walk.active_among(every))

    def tell(self, loss: float) -> None:
        self._hebo.observe(self._asked, np.array([[loss]]))

    def incumbent(self) -> Settings | None:
        return None


def _declared(parameter: Parameter) -> dict[str, Any]:
    name, low, high = parameter.name, parameter.low, parameter.high
    match parameter.kind:
        case ParameterKind.CATEGORICAL:
            return {"name": name, "type": "cat", "categories": list(parameter.choices)}
        case ParameterKind.ORDINAL:
            return {"name": name, "type": "int", "lb": 0, "ub": len(parameter.choices) - 1}
        case ParameterKind.INTEGER:
            return {
                "name": name,
                "type": "pow_int" if parameter.log else "int",
                "lb": int(low),
                "ub": int(high),
            }
        case ParameterKind.REAL:
            return {"name": name, "type": "pow" if parameter.log else "num", "lb": low, "ub": high}


def make(task: Task, seed: int, budget: int) -> _Hebo:
    """HEBO's defaults."""
    return _Hebo(task, seed)
