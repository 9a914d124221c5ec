"""OSS Vizier's default: a Gaussian process, its upper confidence bound, and the Eagle strategy to search it.

It refuses conditions: it is told all parameters, of which those that are inactive make no difference.
Ordinals are told as integers.  It pins an equinox that works with a jax of its own time only, so it has an
environment of its own: `pip install 'google-vizier[jax]==0.1.24' jax==0.5.0 jaxlib==0.5.0 flax==0.10.3
optax==0.2.4 chex==0.1.88 jaxtyping==0.2.37 orbax-checkpoint==0.11.5`.
"""

from __future__ import annotations

import logging
from typing import Any

from bbopt.space import Parameter, ParameterKind
from benchmarks.optimizers.peer_values import typed_value
from benchmarks.optimizers.protocol import Trial
from benchmarks.tasks import Settings, Task

__all__ = ["make"]


class _Vizier:
    def __init__(self, task: Task, seed: int) -> None:
        import jax
        from vizier import pyvizier

        # The package vizier.algorithms.designers imports what only others of them need.
        from vizier._src.algorithms.designers.gp_ucb_pe import VizierGPUCBPEBandit

        logging.getLogger("absl").setLevel(logging.ERROR)
        jax.config.update("jax_enable_x64", True)  # as the service does
        self._walk = task.walk
        problem = pyvizier.ProblemStatement()
        for parameter in task.walk.parameters:
            _declare(problem.search_space.root, parameter)
        goal = pyvizier.ObjectiveMetricGoal.MINIMIZE
        problem.metric_information.append(pyvizier.MetricInformation(name="loss", goal=goal))
        self._designer = VizierGPUCBPEBandit(problem, rng=jax.random.PRNGKey(seed))
        self._n_asked = 0
        self._trial: Any = None

    def ask(self) -> Trial:
        self._n_asked += 1
        self._trial = self._designer.suggest(count=1)[0].to_trial(self._n_asked)
        values = self._trial.parameters.as_dict()
        every = {p.name: typed_value(p, values[p.name]) for p in self._walk.parameters}
        return Trial(self._walk.active_among(every))

    def tell(self, loss: float) -> None:
        from vizier import algorithms, pyvizier

        self._trial.complete(pyvizier.Measurement(metrics={"loss": loss}))
        self._designer.update(algorithms.CompletedTrials([self._trial]), algorithms.ActiveTrials())

    def incumbent(self) -> Settings | None:
        return None


def _declare(root: Any, parameter: Parameter) -> None:
    from vizier import pyvizier

    name, low, high = parameter.name, parameter.low, parameter.high
    scale = pyvizier.ScaleType.LOG if parameter.log else pyvizier.ScaleType.LINEAR
    match parameter.kind:
        case ParameterKind.CATEGORICAL:
            root.add_categorical_param(name, list(parameter.choices))
        case ParameterKind.ORDINAL:
            root.add_int_param(name, 0, len(parameter.choices) - 1)
        case ParameterKind.INTEGER:
            root.add_int_param(name, int(low), int(high), scale_type=scale)
        case ParameterKind.REAL:
            root.add_float_param(name, low, high, scale_type=scale)


def make(task: Task, seed: int, budget: int) -> _Vizier:
    """The designer that Vizier's service takes where none is named, with its defaults."""
    return _Vizier(task, seed)
