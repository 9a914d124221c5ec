"""Trying out all that a search may come to, in a process of its own, before the search begins.

Every optimizer is made with the ends of its ranges, every loss and metric is found, and each architecture is
compiled with each loss and metric and trained on two rows: what fails here would fail in every run.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from bbopt.automl.architectures import check_fit
from bbopt.automl.grids import Choice, Grid, ModelSettings, OptimizerChoice, Range
from bbopt.automl.keras_models import KerasParts, load_objects, training_keras, wants_class_numbers
from bbopt.automl.training_data import load_data
from bbopt.automl.training_plan import TrainingPlan
from bbopt.errors import InputError, Place, Problems

__all__ = ["rehearse"]

_ROWS = 2
_CROSSED = frozenset({"loss", "metrics"})


def rehearse(plan: TrainingPlan, folder: Path) -> list[dict[str, str | None]]:
    """What can't be used, each problem once, as the parts of an InputError."""
    problems = Problems()
    keras = training_keras(replace(plan, use_gpus=False))
    objects = problems.attempt(lambda: load_objects(plan.object_files))
    if objects is not None:
        rehearsal = _Rehearsal(plan, folder, KerasParts(keras, objects))
        rehearsal.models_fit(problems)
        rehearsal.parts_exist(problems)
        if not problems:
            rehearsal.models_train(problems)
    told = {str(problem): problem for problem in problems}
    return [
        {
            "what": one.what,
            "place": None if one.place is None else str(one.place),
            "got": one.got,
            "expected": one.expected,
            "remedy": one.remedy,
        }
        for one in told.values()
    ]


class _Rehearsal:
    def __init__(self, plan: TrainingPlan, folder: Path, parts: KerasParts) -> None:
        self._plan, self._folder, self._parts = plan, folder, parts
        self._grid: Grid = plan.grid

    def models_fit(self, problems: Problems) -> None:
        """Build each model, and compare its shapes with those of the data."""
        x, y = load_data(self._folder / self._plan.training, has_numbers=False)
        for model_id in self._grid.model_ids:
            place = Place(f"model {model_id} of the architecture table")
            model = problems.attempt(partial(self._model, model_id))
            if model is not None:
                problems.attempt(partial(check_fit, model, x.shape[1:], y.shape[1:], place))

    def _model(self, model_id: int) -> Any:
        return self._parts.model(model_id, self._plan.architectures[str(model_id)])

    def parts_exist(self, problems: Problems) -> None:
        """Make each part by itself."""
        for optimizer in self._grid.optimizers:
            for arguments in _ends(optimizer):
                problems.attempt(partial(self._parts.optimizer, optimizer.name, arguments))
        for name, value in _each(self._grid.compile_params):
            problems.attempt(partial(self._parts.compile_arguments, {name: value}))
        for name, value in _each(self._grid.fit_params):
            problems.attempt(partial(self._parts.fit_arguments, {name: value}, 0))

    def models_train(self, problems: Problems) -> None:
        """Train each architecture, compiled in each way, on two rows."""
        for settings in self._settings():
            labels = problems.attempt(partial(wants_class_numbers, settings.compile_params))
            if labels is None:
                continue
            x, y = load_data(self._folder / self._plan.training, has_numbers=labels)
            for model_id in self._grid.model_ids:
                problems.attempt(partial(self._try, model_id, settings, x[:_ROWS], y[:_ROWS]))

    def _try(self, model_id: int, settings: ModelSettings, x: Any, y: Any) -> None:
        model = self._model(model_id)
        self._parts.compile(model, settings, run_eagerly=True, jit_compile=False)
        try:
            model.train_on_batch(x, y)
        except Exception as error:
            raise InputError(
                f"model {model_id} can't be trained so: {_first_line(error)}",
                place=Place("compile_params_grid"),
                got=f"{settings.compile_text}, model output {model.output_shape}, labels {y.shape[1:]}",
            ) from error

    def _settings(self) -> Iterator[ModelSettings]:
        """Each loss with each metric; of other parameters each value once, beside the first of all others."""
        optimizer, domains = self._grid.optimizers[0], self._grid.compile_params
        first = {name: domain.values()[0] for name, domain in domains.items()}
        crossed = [name for name in domains if name in _CROSSED]
        ways = [
            dict(zip(crossed, values, strict=True))
            for values in itertools.product(*(domains[name].values() for name in crossed))
        ]
        ways += [{name: value} for name, value in _each(domains) if name not in _CROSSED]
        for way in ways:
            arguments = next(_ends(optimizer))
            yield ModelSettings(self._grid.model_ids[0], optimizer.name, arguments, first | way, {})


def _each(domains: Mapping[str, Range | Choice]) -> Iterator[tuple[str, Any]]:
    """Each value that is to be tried, with the name of its parameter."""
    return ((name, value) for name, domain in domains.items() for value in domain.values())


def _ends(optimizer: OptimizerChoice) -> Iterator[dict[str, Any]]:
    """Arguments with every value that is to be tried: the first of all, the second of all, and so on."""
    values = {name: domain.values() for name, domain in optimizer.arguments.items()}
    for i in range(max(map(len, values.values()), default=1)):
        yield {name: several[min(i, len(several) - 1)] for name, several in values.items()}


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
