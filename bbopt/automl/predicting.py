"""What one of the models of a search says of the inputs in a table, as MADlib's madlib_keras_predict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    probabilities = _outputs(tables, wanted, _key(tables, wanted, summary), x)
    columns = {wanted.id_col: kind, **_columns(wanted, summary, probabilities.shape[1])}
    answers = _answers(list(columns)[1:], summary, probabilities)
    found = ({wanted.id_col: row[wanted.id_col], **one} for row, one in zip(rows, answers, strict=True))
    tables.create(wanted.output_table, columns, found, overwrite=overwrite)
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


def _columns(wanted: Prediction, summary: Mapping[str, Any], n_outputs: int) -> dict[str, Kind]:
    """Those of the predictions, besides the id."""
    classes, dependent = summary["class_values"], summary["dependent_varname"]
    if wanted.pred_type == _PROB and not _is_number(summary):
        names = range(n_outputs) if classes is None else classes
        shown = [str(number) if name is None else str(name) for number, name in enumerate(names)]
        columns = {f"{_PROB}_{name}": Kind.REAL for name in shown}
    else:
        numbers = Kind.REAL if _is_number(summary) else Kind.INTEGER
        types = {Kind.INTEGER.value: Kind.INTEGER, Kind.BOOLEAN.value: Kind.BOOLEAN}
        kind = numbers if classes is None else types.get(summary["dependent_vartype"], Kind.TEXT)
        columns = {dependent: kind} if _is_number(summary) else {dependent: kind, _PROB: Kind.REAL}
    if wanted.id_col in columns:
        raise InputError(f"two columns would have the name {wanted.id_col}", place=Place("id-col"))
    return columns


def _is_number(summary: Mapping[str, Any]) -> bool:
    """Whether no class is told but a number."""
    return bool(summary["dependent_vartype"] == Kind.REAL.value)


def _answers(
    columns: Sequence[str], summary: Mapping[str, Any], outputs: NDArray[np.float32]
) -> Iterator[dict[str, Any]]:
    """The rows of the predictions, without the id."""
    if columns[-1] != _PROB:
        for row in outputs:
            yield dict(zip(columns, map(_shortest, row), strict=True))
        return
    classes = summary["class_values"]
    if classes is not None and summary["dependent_vartype"] == Kind.BOOLEAN.value:
        classes = [None if one is None else one == "true" for one in classes]
    for row in outputs:
        best = int(row.argmax())
        yield {columns[0]: best if classes is None else classes[best], _PROB: _shortest(row[best])}


def _shortest(number: np.float32) -> float:
    """The number with no more digits than one of four bytes has."""
    return float(str(number))
