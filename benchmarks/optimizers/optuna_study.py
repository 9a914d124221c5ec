"""Optuna by ask and tell; parameters are suggested parents first, and only where they are active."""

from __future__ import annotations

from typing import Any

from bbopt.space import Parameter, ParameterKind
from benchmarks.optimizers.protocol import Trial
from benchmarks.tasks import Settings, SpaceWalk, Task

__all__ = ["StudyOptimizer", "suggested_settings"]


class StudyOptimizer:
    """A study with a given sampler; an Optimizer."""

    def __init__(self, task: Task, sampler: Any) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._walk = task.walk
        self._study = optuna.create_study(direction="minimize", sampler=sampler)
        self._trial: Any = None

    def ask(self) -> Trial:
        """See Optimizer."""
        self._trial = self._study.ask()
        return Trial(suggested_settings(self._trial, self._walk))

    def tell(self, loss: float) -> None:
        """See Optimizer."""
        self._study.tell(self._trial, loss)

    def incumbent(self) -> Settings | None:
        """A study has only its best observation."""
        return None


def suggested_settings(trial: Any, walk: SpaceWalk) -> Settings:
    """What the trial's sampler suggests, parents first."""
    settings: Settings = {}
    for parameter in walk.parameters:
        if walk.is_active(parameter, settings):
            settings[parameter.name] = _suggested(trial, parameter)
    return settings


def _suggested(trial: Any, parameter: Parameter) -> Any:
    name, low, high = parameter.name, parameter.low, parameter.high
    match parameter.kind:
        case ParameterKind.REAL:
            return trial.suggest_float(name, low, high, log=parameter.log)
        case ParameterKind.INTEGER:
            return trial.suggest_int(name, int(low), int(high), log=parameter.log)
        case ParameterKind.ORDINAL:  # which Optuna lacks: the position has its order
            return parameter.choices[trial.suggest_int(name, 0, len(parameter.choices) - 1)]
        case ParameterKind.CATEGORICAL:
            return trial.suggest_categorical(name, list(parameter.choices))
