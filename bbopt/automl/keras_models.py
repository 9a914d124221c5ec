"""Models in a training process: the parts of Keras that settings name, compiled; imported nowhere else."""

from __future__ import annotations

import importlib.util
import inspect
import os
import runpy
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from bbopt.automl.architectures import build_model, set_weights
from bbopt.automl.grids import ModelSettings
from bbopt.automl.keras_calls import read_calls
from bbopt.automl.keras_import import import_keras
from bbopt.automl.training_plan import Architecture, TrainingPlan
from bbopt.errors import InputError, Place, did_you_mean, nearest

__all__ = ["KerasParts", "load_objects", "seed_of", "training_keras", "wants_class_numbers"]

_OF_TRAINER = frozenset(
    {"self", "x", "y", "verbose", "initial_epoch", "validation_data", "validation_split", "sample_weight"}
)
"""Arguments of `fit` and `compile` that the trainer itself gives, or that there is nothing for."""

_OF_CALLBACKS = frozenset({"BackupAndRestore"})
"""Callbacks that would meet the trainer's own checkpoints."""

_ANY_LABELS = frozenset({"accuracy", "acc", "crossentropy", "ce"})
"""Metrics that Keras itself fits to the labels."""


def training_keras(plan: TrainingPlan) -> Any:
    """The module keras as training processes have it; its threads are settled when it is imported."""
    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, str(plan.n_threads))
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    return import_keras(use_gpus=plan.use_gpus)


def load_objects(files: Iterable[str]) -> dict[str, Any]:
    """The names that the Python files define; they are run for that.  InputError for one that fails."""
    found: dict[str, Any] = {}
    for file in files:
        try:
            found |= runpy.run_path(file)
        except Exception as error:
            what = f"the file of objects can't be loaded: {type(error).__name__}: {error}"
            raise InputError(what, place=Place(file)) from error
    return {name: value for name, value in found.items() if not name.startswith("__")}


def seed_of(seed: int, key: int, iteration: int) -> int:
    """What Keras's generators begin an iteration with: the same wherever and whenever it is trained."""
    return zlib.crc32(f"{seed} {key} {iteration}".encode())


def wants_class_numbers(compile_params: Mapping[str, Any]) -> bool:
    """Whether labels are numbers of classes rather than one-hot vectors.

    InputError where loss and metric do not agree.
    """
    names = [_name(compile_params["loss"], "loss"), *_metrics_of(compile_params)]
    of_classes = {name: name.lower().startswith("sparse") for name in names if "categorical" in name.lower()}
    if len(set(of_classes.values())) > 1:
        raise InputError(
            "a loss and a metric want different labels: numbers of classes, and one-hot vectors",
            place=Place("compile_params_grid"),
            got=", ".join(of_classes),
            remedy="take both with sparse_ or both without",
        )
    return any(of_classes.values())


def _metrics_of(compile_params: Mapping[str, Any]) -> list[str]:
    """The name of the metric, if there is one; InputError for several."""
    given = compile_params.get("metrics")
    several = given if isinstance(given, list) else [given]
    if len(several) > 1:
        raise InputError(
            "a configuration has one metric",
            place=Place("compile_params_grid"),
            got=f"'metrics': [{given!r}]",
            expected="'metrics': ['accuracy'], of which each is tried",
        )
    return [_name(one, "metrics") for one in several if one is not None]


def _name(value: Any, parameter: str) -> str:
    if not isinstance(value, str):
        what = f"{parameter} is no name"
        raise InputError(what, place=Place("compile_params_grid"), got=repr(value), expected="a text")
    return value


class KerasParts:
    """What settings name, found in Keras or among the user's `objects`; InputError for what is not there."""

    def __init__(self, keras: Any, objects: Mapping[str, Any]) -> None:
        self._keras = keras
        self.objects = objects
        base = keras.optimizers.Optimizer
        self._optimizers = {
            name.lower(): value
            for name, value in vars(keras.optimizers).items()
            if inspect.isclass(value) and issubclass(value, base) and value is not base
        } | {name: value for name, value in objects.items() if inspect.isclass(value)}
        self._callbacks = {
            name: value
            for name, value in {**vars(keras.callbacks), **objects}.items()
            if inspect.isclass(value) and issubclass(value, keras.callbacks.Callback)
            if name not in _OF_CALLBACKS
        }

    def model(self, model_id: int, architecture: Architecture) -> Any:
        """A model as the architecture table has it, with its weights where it has some."""
        place = Place(f"model {model_id} of the architecture table")
        model = build_model(self._keras, architecture.architecture, place)
        if architecture.weights is not None:
            set_weights(model, bytes.fromhex(architecture.weights), place)
        return model

    def optimizer(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """An optimizer; `lr` and `decay` of older versions of Keras mean what they meant there."""
        kind = self._optimizers.get(name) or self._optimizers.get(name.lower())
        if kind is None:
            known = [one.__name__ for one in self._optimizers.values()]
            raise _unknown("optimizer", name, known)
        given = {one: value for one, value in arguments.items() if value is not None}
        names = _arguments(kind.__init__, frozenset({"self", "name"}))
        taken = {*names, "lr", "decay"} if "learning_rate" in names else set(names)
        for one in given:
            if one not in taken:
                raise _unknown(f"argument of {name}", one, sorted(taken))
        if "lr" in given:
            if "learning_rate" in given:
                raise InputError(
                    f"{name} has its learning rate twice",
                    place=Place("compile_params_grid"),
                    got="lr, learning_rate",
                    remedy="leave one of them out",
                )
            given["learning_rate"] = given.pop("lr")
        if decay := given.pop("decay", None):
            rate = given.get("learning_rate", names.get("learning_rate"))
            # Keras 2's optimizers: lr / (1 + decay * number of batches so far)
            given["learning_rate"] = self._keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)
        shown = ", ".join(f"{one}={value!r}" for one, value in arguments.items())
        return _made(partial(kind, **given), f"{name}({shown})")

    def compile(self, model: Any, settings: ModelSettings, **others: Any) -> None:
        """Compile a model as the settings say."""
        optimizer = self.optimizer(settings.optimizer, settings.arguments)
        given = {**self.compile_arguments(settings.compile_params), "optimizer": optimizer, **others}
        _made(partial(model.compile, **given), settings.compile_text)

    def compile_arguments(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """What `compile` is given for them, without the optimizer; they need not be all."""
        known = _arguments(self._keras.Model.compile, _OF_TRAINER | {"optimizer"})
        for name in params:
            if name not in known:
                raise _unknown("compile parameter", name, sorted(known))
        given = dict(params)
        if "loss" in given:
            given["loss"] = self._found("loss", _name(given["loss"], "loss"), self._keras.losses)
        if "metrics" in given:
            given["metrics"] = [self._metric(name) for name in _metrics_of(given)]
        return given

    def _metric(self, name: str) -> Any:
        """A metric by its name; where Keras chooses by the labels, the name itself."""
        return name if name in _ANY_LABELS else self._found("metric", name, self._keras.metrics)

    def _found(self, what: str, name: str, module: Any) -> Any:
        if name in self.objects:
            return self.objects[name]
        try:
            return module.get(name)
        except (ValueError, TypeError) as error:
            known = [
                one for one, value in vars(module).items() if callable(value) and not one.startswith("_")
            ]
            raise _unknown(what, name, [*known, *self.objects]) from error

    def fit_arguments(self, params: Mapping[str, Any], key: int) -> dict[str, Any]:
        """What `fit` is given for them, without the number of epochs; a key has logs of its own."""
        given = {name: value for name, value in params.items() if value is not None}
        known = _arguments(self._keras.Model.fit, _OF_TRAINER)
        for name in given:
            if name not in known:
                raise _unknown("fit parameter", name, sorted(known))
        given.pop("epochs", None)
        calls = given.pop("callbacks", None)
        if calls is not None:
            given["callbacks"] = self._called_back(calls, key)
        return given

    def _called_back(self, text: str, key: int) -> list[Any]:
        found = []
        for call in read_calls(text, Place("fit_params_grid")):
            kind = self._callbacks.get(call.name)
            if kind is None:
                raise _unknown("callback", call.name, list(self._callbacks))
            arguments, keywords = list(call.arguments), dict(call.keywords)
            if call.name == "TensorBoard":
                _refuse_without_tensorboard()
                log_dir, *arguments = arguments or [keywords.get("log_dir", "logs")]
                keywords["log_dir"] = os.path.join(str(log_dir), str(key))
            found.append(_made(partial(kind, *arguments, **keywords), text))
        return found


def _refuse_without_tensorboard() -> None:
    if importlib.util.find_spec("tensorboard") is None:
        raise InputError(
            "the callback TensorBoard needs the package tensorboard, which is not installed",
            place=Place("fit_params_grid"),
            remedy="pip install 'bbopt-smac[keras]', or leave the callback out",
        )


def _arguments(function: Callable[..., Any], besides: frozenset[str]) -> dict[str, Any]:
    """The names that a function takes, with their defaults."""
    found = inspect.signature(function).parameters.values()
    kinds = {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    return {one.name: one.default for one in found if one.name not in besides and one.kind not in kinds}


def _unknown(what: str, name: str, known: Sequence[str]) -> InputError:
    import keras

    near = nearest(name, known)
    return InputError(
        f"Keras {keras.__version__} has no {what} {name}",
        place=Place("fit_params_grid" if what in {"callback", "fit parameter"} else "compile_params_grid"),
        expected=f"one of {', '.join(near or known)}",
        remedy=did_you_mean(near),
    )


def _made(make: Callable[[], Any], shown: str) -> Any:
    """What `make` makes of the user's words; InputError with Keras's own where it can't."""
    try:
        return make()
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"Keras takes no such settings: {error}", got=shown) from error
