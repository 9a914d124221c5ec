"""What one of the models of a search says of the inputs in a table, as MADlib's madlib_keras_predict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.automl.architectures import build_model, check_fit, set_weights
from bbopt.automl.keras_import import import_keras
from bbopt.automl.kinds import Kind
from bbopt.automl.number_arrays import Floats, stacked
from bbopt.automl.tables import Tables, derived_name
from bbopt.errors import InputError, Place

__all__ = ["Prediction", "predict"]

_PROB = "prob"
_OF_SUMMARY = (
    "dependent_varname",
    "independent_varname",
    "dependent_vartype",
    "class_values",
    "normalizing_const",
    "model_selection_table",
)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is predicted for each row of `test_table`, by the model `mst_key` of `model_table` or the best.

    `independent_varname` is by default that of the training data.  `pred_type` is `response`, for the class
    and its probability, or `prob`, for all probabilities.
    """

    model_table: str
    test_table: str
    output_table: str
    id_col: str = "id"
    independent_varname: str | None = None
    pred_type: str = "response"
    mst_key: int | None = None
    use_gpus: bool = False


def predict(tables: Tables, wanted: Prediction, *, overwrite: bool = False) -> int:
    """Make the table of predictions, a row for each input; the number of rows.

    Its columns are the id, and then, as response, the dependent variable (where the model tells classes, the
    likeliest one) and `prob`, its probability; else `prob_<class>` for each class.  InputError where there is
    no such model, or the inputs are not as those that it was trained on.
    """
    tables.refuse_taken(wanted.output_table, overwrite=overwrite)
    summary = _summary(tables, wanted.model_table)
    variable = wanted.independent_varname or summary["independent_varname"]
    kind = tables.columns(wanted.test_table).get(wanted.id_col, Kind.TEXT)
    rows = tables.read(wanted.test_table, [wanted.id_col, variable])
    where = Place(f"{wanted.test_table} in {tables.shown_of(wanted.test_table)}")
    if not rows:
        raise InputError("the table has no rows", place=where)
    x = stacked([row[variable] for row in rows], variable, where)
    x /= np.float32(summary["normalizing_const"])
    outputs = _outputs(tables, wanted, _key(tables, wanted, summary), x)
    columns, answers = _answers(wanted.pred_type, summary, outputs)
    if wanted.id_col in columns:
        raise InputError(f"two columns would have the name {wanted.id_col}", place=where)
    found = ({wanted.id_col: row[wanted.id_col], **one} for row, one in zip(rows, answers, strict=True))
    tables.create(wanted.output_table, {wanted.id_col: kind, **columns}, found, overwrite=overwrite)
    return len(rows)


def _summary(tables: Tables, model_table: str) -> dict[str, Any]:
    """The row of the summary of a table of models."""
    name = derived_name(model_table, "_summary")
    if not tables.exists(name):
        raise InputError(
            f"{model_table} is no table of models that a search has made",
            place=Place(tables.shown_of(name)),
            got=f"no table {name}",
        )
    (row,) = tables.read(name, _OF_SUMMARY, limit=1) or [{}]
    if not row:
        raise InputError(f"the table {name} has no row", place=Place(tables.shown_of(name)))
    return row


def _key(tables: Tables, wanted: Prediction, summary: Mapping[str, Any]) -> int:
    """The model that is meant; InputError where there is none."""
    table = wanted.model_table if wanted.mst_key is not None else summary["model_selection_table"]
    known = [int(row["mst_key"]) for row in tables.read(table, ["mst_key"])]
    key = wanted.mst_key if wanted.mst_key is not None else next(iter(known), None)
    if key is None or key not in known:
        raise InputError(
            f"the table {table} has no model" + ("" if key is None else f" {key}"),
            place=Place(tables.shown_of(table)),
            expected=f"one of {', '.join(map(str, sorted(known)))}" if known else None,
        )
    return key


def _outputs(tables: Tables, wanted: Prediction, key: int, x: Floats) -> NDArray[np.float32]:
    """What the model gives for each input, (n, classes)."""
    (row,) = tables.read(wanted.model_table, where={"mst_key": key}, limit=1)
    place = Place(f"model {key} of {wanted.model_table} in {tables.shown_of(wanted.model_table)}")
    if row["model_weights"] is None:
        raise InputError("this model has no weights: its training failed", place=place)
    model = build_model(import_keras(use_gpus=wanted.use_gpus), row["model_arch"], place)
    set_weights(model, row["model_weights"], place)
    check_fit(model, x.shape[1:], model.output_shape[1:], place)
    found = np.asarray(model.predict(x, verbose=0), dtype=np.float32)
    return found.reshape(len(x), -1)


def _answers(
    pred_type: str, summary: Mapping[str, Any], outputs: NDArray[np.float32]
) -> tuple[dict[str, Kind], Iterator[dict[str, Any]]]:
    """The columns of the predictions, and their rows, both without the id."""
    dependent, kind = summary["dependent_varname"], summary["dependent_vartype"]
    if kind == Kind.REAL.value:
        return {dependent: Kind.REAL}, ({dependent: _shortest(row[0])} for row in outputs)
    if pred_type == _PROB:
        classes = summary["class_values"] or [None] * outputs.shape[1]
        names = [f"{_PROB}_{n if one is None else one}" for n, one in enumerate(classes)]
        columns = dict.fromkeys(names, Kind.REAL)
        return columns, (dict(zip(names, map(_shortest, row), strict=True)) for row in outputs)
    told = {Kind.INTEGER.value: Kind.INTEGER, Kind.BOOLEAN.value: Kind.BOOLEAN}.get(kind, Kind.TEXT)
    labels: list[Any]
    if summary["class_values"] is None:
        told, labels = Kind.INTEGER, list(range(outputs.shape[1]))
    elif told is Kind.BOOLEAN:
        labels = [None if one is None else one == "true" for one in summary["class_values"]]
    else:
        labels = summary["class_values"]
    best = outputs.argmax(axis=1).tolist()
    rows = ({dependent: labels[n], _PROB: _shortest(row[n])} for n, row in zip(best, outputs, strict=True))
    return {dependent: told, _PROB: Kind.REAL}, rows


def _shortest(number: np.float32) -> float:
    """The number with no more digits than one of four bytes has."""
    return float(str(number))
