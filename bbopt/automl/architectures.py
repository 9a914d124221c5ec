"""Architectures of Keras models as JSON, also of Keras 1 and 2, and their weights as MADlib stores them.

What is in the JSON is never executed: only Keras's own layers are built, and none of those that keep code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bbopt.errors import InputError, Place

__all__ = ["build_model", "check_fit", "current_architecture", "set_weights", "weights_of"]

_OWN_MODULES = re.compile(
    r"builtins|keras|keras\.(src\.)?"
    r"(activations|constraints|dtype_policies|initializers|layers|models|regularizers)(\..*)?"
)
"""Where the parts of a model are that Keras itself has."""
_WITH_CODE = frozenset({"FlaxLayer", "JaxLayer", "Lambda", "TFSMLayer", "TorchModuleWrapper"})
_WITHOUT_EFFECT = frozenset({"implementation", "input_length", "ragged", "time_major"})
"""Arguments of older layers that change nothing, or are no more when they do."""
_LONGEST_REASON = 300

Shape = tuple[int | None, ...]


def build_model(keras: Any, architecture: Any, place: Place) -> Any:
    """The model of an architecture, JSON as text or what it stands for; `keras` is the module.

    InputError, said to be at `place`, for what Keras can't read, for layers that are not Keras's own, and for
    models with several inputs or outputs, or none of a known shape.
    """
    current = current_architecture(architecture, place)
    try:
        model = keras.models.model_from_json(json.dumps(current))
    except Exception as error:  # of any kind: Keras does not say which
        raise InputError(
            "Keras can't read this architecture",
            place=place,
            got=_reason(error),
            expected=f"what model.to_json() of Keras writes, as Keras {keras.__version__} reads it",
        ) from error
    try:
        inputs, outputs = model.inputs, model.outputs
    except (AttributeError, ValueError):  # so Keras says that there are none yet
        inputs, outputs = [], []
    if not inputs:
        raise InputError(
            "the architecture does not say what shape its input has",
            place=place,
            remedy="give the first layer one (keras.Input(shape=(4,))) before model.to_json()",
        )
    if len(inputs) != 1 or len(outputs) != 1:
        raise InputError(
            "models with several inputs or outputs are not supported",
            place=place,
            got=f"inputs: {len(inputs)}, outputs: {len(outputs)}",
            expected="one of each",
        )
    return model


def current_architecture(architecture: Any, place: Place) -> dict[str, Any]:
    """An architecture as Keras 3 reads it; InputError for what is none, or holds what is not Keras's own."""
    given = architecture
    if isinstance(architecture, (str, bytes)):
        try:
            given = json.loads(architecture)
        except (ValueError, RecursionError) as error:
            raise InputError("the architecture is no JSON", place=place, got=str(error)) from error
    if not (isinstance(given, Mapping) and isinstance(given.get("class_name"), str) and "config" in given):
        raise InputError(
            "this JSON is no architecture of a model",
            place=place,
            expected='{"class_name": "Sequential", "config": ...}, as model.to_json() of Keras writes it',
        )
    for part in _objects(given):
        _refuse_foreign(part, place)
    return dict(given) if "module" in given else _translated(given)


def check_fit(model: Any, input_shape: tuple[int, ...], output_shape: tuple[int, ...], place: Place) -> None:
    """InputError unless a model takes inputs and gives outputs of these shapes, each that of one row."""
    pairs = (
        ("input", "independent", model.input_shape[1:], input_shape),
        ("output", "dependent", model.output_shape[1:], output_shape),
    )
    for end, variable, own, data in pairs:
        if len(own) != len(data) or any(n not in (None, m) for n, m in zip(own, data, strict=True)):
            raise InputError(
                f"the {end} of the architecture does not fit the {variable} variable",
                place=place,
                got=f"shape {_shown(data)} in the data",
                expected=f"shape {_shown(own)}, the architecture's",
            )


def weights_of(model: Any) -> bytes:
    """All weights of a model, flat and one after the other, as float32 in little-endian order."""
    return b"".join(np.asarray(one, dtype="<f4").tobytes() for one in model.get_weights())


def set_weights(model: Any, data: bytes, place: Place) -> None:
    """Give a model the weights that `weights_of` has made; InputError where they are others in number."""
    shapes = [one.shape for one in model.get_weights()]
    sizes = [int(np.prod(shape)) for shape in shapes]
    if len(data) != 4 * sum(sizes):
        raise InputError(
            "the weights are not those of the architecture",
            place=place,
            got=f"{len(data)} bytes",
            expected=f"{4 * sum(sizes)}: {sum(sizes)} numbers of four bytes",
        )
    parts = np.split(np.frombuffer(data, dtype="<f4"), np.cumsum(sizes)[:-1])
    model.set_weights([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)])


def _reason(error: BaseException) -> str:
    """What Keras says first; later it repeats the whole architecture."""
    while error.__context__ is not None:
        error = error.__context__
    text = " ".join(re.split("config=|Please ", str(error))[0].split()) or type(error).__name__
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]} ..."


def _shown(shape: Shape) -> str:
    return str(tuple("any" if n is None else n for n in shape)).replace("'", "")


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """All of an architecture that stands for an object, however deep."""
    if isinstance(value, Mapping):
        if "class_name" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _refuse_foreign(part: Mapping[str, Any], place: Place) -> None:
    name, module = part["class_name"], part.get("module")
    if name in _WITH_CODE:
        raise InputError(
            f"a layer {name} keeps code, which is not executed",
            place=place,
            remedy="use layers of Keras that keep none",
        )
    if module is not None and not _OWN_MODULES.fullmatch(str(module)):
        raise InputError(f"{name} is not one of Keras's own layers", place=place, got=f"the module {module}")


def _translated(given: Mapping[str, Any]) -> dict[str, Any]:
    """An architecture of Keras 1 or 2 in the words of Keras 3."""
    is_sequential = given["class_name"] == "Sequential"
    config = given["config"]
    if isinstance(config, list):  # Keras 1, and 2 up to 2.1
        config = {"name": "sequential", "layers": config}
    return {
        "module": "keras",
        "class_name": "Sequential" if is_sequential else "Model",
        "config": _translated_model(config, is_sequential=is_sequential),
        "registered_name": None,
    }


def _translated_model(config: Any, *, is_sequential: bool) -> Any:
    """The layers of a model; a sequence gets an input where its first layer has told the shape of one."""
    if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list):
        return config
    layers = [_translated_part(layer) for layer in config["layers"]]
    first = config["layers"][0] if layers else None
    if is_sequential and isinstance(first, Mapping) and first.get("class_name") != "InputLayer":
        own = first.get("config")
        if isinstance(own, Mapping) and "batch_input_shape" in own:
            name = f"{own.get('name', 'model')}_input"
            shape = {"batch_shape": own["batch_input_shape"], "dtype": "float32", "name": name}
            layers.insert(0, {"class_name": "InputLayer", "config": shape})
    return {**config, "layers": layers}


def _translated_part(value: Any) -> Any:
    """A layer, or anything in its configuration, in the words of Keras 3."""
    if isinstance(value, list):
        return [_translated_part(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("class_name") == "Policy":
        return value["config"]["name"]
    changed = {key: _translated_part(item) for key, item in value.items() if key not in _WITHOUT_EFFECT}
    config, kind = changed.get("config"), changed.get("class_name")
    if isinstance(config, dict):
        shape = config.pop("batch_input_shape", None)
        if kind == "InputLayer" and shape is not None:
            config["batch_shape"] = shape
        if kind == "VarianceScaling" and config.get("distribution") == "normal":
            config["distribution"] = "truncated_normal"
    if kind in {"Sequential", "Model", "Functional"}:
        layers = {"name": "sequential", "layers": config} if isinstance(config, list) else config
        changed["config"] = _translated_model(layers, is_sequential=kind == "Sequential")
    return changed
