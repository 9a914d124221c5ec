"""The table of architectures that a search chooses from, as MADlib's load_keras_model makes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bbopt.automl.architectures import build_model, set_weights, weights_of
from bbopt.automl.keras_import import import_keras
from bbopt.automl.kinds import Kind
from bbopt.automl.tables import Tables
from bbopt.errors import InputError, Place
from bbopt.text_files import read_text

__all__ = ["load_keras_model"]

_COLUMNS = {
    "model_id": Kind.INTEGER,
    "model_arch": Kind.JSON,
    "model_weights": Kind.BYTES,
    "name": Kind.TEXT,
    "description": Kind.TEXT,
}


def load_keras_model(
    tables: Tables,
    table: str,
    architecture: Path,
    *,
    weights: Path | None = None,
    name: str | None = None,
    description: str | None = None,
    overwrite: bool = False,
) -> int:
    """Add the architecture in a JSON file to a table; its `model_id`.

    The table is made where it is not there, and made anew with `overwrite`.
    `weights` is a file that Keras has saved (`.h5`, `.keras`), or holds the numbers as MADlib stores them.
    InputError where it is no architecture with one input and one output of a known shape, the weights are not
    its own, or the table is another one.
    """
    place = Place(architecture)
    text = read_text(architecture, "architecture")
    is_new = overwrite or not tables.exists(table)
    if is_new:
        tables.refuse_taken(table, overwrite=overwrite)
    elif missing := [one for one in _COLUMNS if one not in tables.columns(table)]:
        raise InputError(
            f"the table {table} is none of architectures",
            place=Place(tables.shown_of(table)),
            got=f"no column {missing[0]}",
            expected=f"the columns {', '.join(_COLUMNS)}",
        )
    keras = import_keras()
    model = build_model(keras, text, place)
    row: dict[str, Any] = {"model_arch": json.loads(text), "name": name, "description": description}
    if weights is not None:
        row["model_weights"] = _weights(model, weights)
    if is_new:
        tables.create(table, _COLUMNS, overwrite=overwrite)
    return tables.append(table, [row], numbered="model_id")[0]


def _weights(model: Any, path: Path) -> bytes:
    """Those in a file, flat."""
    place = Place(path)
    if path.suffix.lower() in {".h5", ".hdf5", ".keras"}:
        try:
            model.load_weights(path)
        except Exception as error:  # of any kind: Keras does not say which
            raise InputError(
                "Keras can't read these weights for the architecture",
                place=place,
                got=" ".join(str(error).split())[:300],
            ) from error
    else:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError("the weights can't be read", place=place, got=error.strerror) from error
        set_weights(model, data, place)
    return weights_of(model)
