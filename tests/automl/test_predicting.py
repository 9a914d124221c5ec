"""Predictions by the models that a search has left, which are made by hand here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbopt.automl import Kind, Prediction, Tables, predict
from bbopt.errors import InputError
from tests.automl.keras_here import NEEDS_KERAS
from tests.automl.old_models import dense, saved

ARCHITECTURE = saved("Sequential", [dense(3, 1, "softmax", batch_input_shape=[None, 2])], "2.1.6")
WANTED = Prediction("models", "data", "found")
SUMMARY = {
    "dependent_varname": "class_text",
    "independent_varname": "attributes",
    "dependent_vartype": "character varying",
    "class_values": ["a", "b", None],
    "normalizing_const": 2.0,
    "model_selection_table": "best",
}


def models(folder: Path, classes: Kind = Kind.TEXT_ARRAY, **summary: Any) -> Tables:
    """The first model tells the first input's class by its largest number, the second one always b."""
    tables = Tables.open("sqlite:///iris.db", folder)
    kinds = (Kind.TEXT, Kind.TEXT, Kind.TEXT, classes, Kind.REAL, Kind.TEXT)
    tables.create("models_summary", dict(zip(SUMMARY, kinds, strict=True)), [{**SUMMARY, **summary}])
    first = np.array([[2, 0, 0], [0, 2, 0]], np.float32), np.zeros(3, np.float32)
    second = np.zeros((2, 3), np.float32), np.array([0, 5, 0], np.float32)
    rows = [
        {
            "mst_key": key,
            "model_weights": None if weights is None else b"".join(one.tobytes() for one in weights),
            "model_arch": json.dumps(ARCHITECTURE),
        }
        for key, weights in ((1, first), (2, second), (3, None))
    ]
    tables.create(
        "models", {"mst_key": Kind.INTEGER, "model_weights": Kind.BYTES, "model_arch": Kind.TEXT}, rows
    )
    tables.create("best", {"mst_key": Kind.INTEGER}, [{"mst_key": 2}])
    rows = [{"id": 7, "attributes": [2.0, 0.0]}, {"id": 3, "attributes": [0.0, 4.0]}]
    tables.create("data", {"id": Kind.INTEGER, "attributes": Kind.ARRAY}, rows)
    return tables


def softmax(*numbers: float) -> list[float]:
    return (np.exp(numbers) / np.exp(numbers).sum()).tolist()


@NEEDS_KERAS
def test_the_class_and_its_probability_for_each_id(tmp_path: Path) -> None:
    tables = models(tmp_path)
    assert predict(tables, replace(WANTED, mst_key=1)) == 2
    assert tables.columns("found") == {"id": Kind.INTEGER, "class_text": Kind.TEXT, "prob": Kind.REAL}
    first, second = tables.read("found")
    assert (first["id"], first["class_text"], second["id"], second["class_text"]) == (7, "a", 3, "b")
    assert first["prob"] == pytest.approx(softmax(2, 0, 0)[0], rel=1e-6)  # 2.0 is divided by the constant
    assert second["prob"] == pytest.approx(softmax(0, 4, 0)[1], rel=1e-6)
    assert len(str(first["prob"])) <= 12

    predict(tables, WANTED, overwrite=True)  # by the best
    assert [row["class_text"] for row in tables.read("found")] == ["b", "b"]


@NEEDS_KERAS
def test_the_probabilities_of_all_classes(tmp_path: Path) -> None:
    tables = models(tmp_path)
    predict(tables, replace(WANTED, mst_key=1, pred_type="prob"))
    (row, _) = tables.read("found")
    assert list(row) == ["id", "prob_a", "prob_b", "prob_2"]
    assert list(row.values())[1:] == pytest.approx(softmax(2, 0, 0), rel=1e-6)


@NEEDS_KERAS
@pytest.mark.parametrize(
    ("summary", "classes", "columns", "first"),
    [
        (
            {"dependent_vartype": "integer", "class_values": [5, 6, 7]},
            Kind.INTEGER_ARRAY,
            {"class_text": Kind.INTEGER, "prob": Kind.REAL},
            5,
        ),
        (
            {"dependent_vartype": "boolean", "class_values": ["false", "true", None]},
            Kind.TEXT_ARRAY,
            {"class_text": Kind.BOOLEAN, "prob": Kind.REAL},
            False,
        ),
        (
            {"dependent_vartype": "double precision[]", "class_values": None},
            Kind.TEXT_ARRAY,
            {"class_text": Kind.INTEGER, "prob": Kind.REAL},
            0,
        ),
    ],
)
def test_dependent_variables_of_other_kinds(
    tmp_path: Path, summary: dict[str, Any], classes: Kind, columns: dict[str, Kind], first: Any
) -> None:
    tables = models(tmp_path, classes, **summary)
    predict(tables, replace(WANTED, mst_key=1))
    assert tables.columns("found") == {"id": Kind.INTEGER, **columns}
    assert tables.read("found")[0]["class_text"] == first


@NEEDS_KERAS
def test_a_number_is_told_as_it_is(tmp_path: Path) -> None:
    tables = models(tmp_path, dependent_vartype="double precision", class_values=None)
    one = saved("Sequential", [dense(1, 1, "linear", batch_input_shape=[None, 2])], "2.1.6")
    row = {
        "mst_key": 4,
        "model_weights": np.array([1, 10, 0.5], "<f4").tobytes(),
        "model_arch": json.dumps(one),
    }
    tables.append("models", [row])
    predict(tables, replace(WANTED, mst_key=4))
    assert tables.columns("found") == {"id": Kind.INTEGER, "class_text": Kind.REAL}
    assert [row["class_text"] for row in tables.read("found")] == [1.5, 20.5]


@NEEDS_KERAS
def test_inputs_of_another_shape(tmp_path: Path) -> None:
    tables = models(tmp_path)
    tables.create(
        "wide", {"id": Kind.INTEGER, "attributes": Kind.ARRAY}, [{"id": 1, "attributes": [1, 2, 3]}]
    )
    with pytest.raises(InputError, match="does not fit the independent variable"):
        predict(tables, replace(WANTED, test_table="wide"))
    assert not tables.exists("found")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"mst_key": 9}, "has no model 9"),
        ({"mst_key": 3}, "its training failed"),
        ({"model_table": "data"}, "no table of models that a search has made"),
        ({"id_col": "key"}, "the table data has no column key"),
        ({"independent_varname": "x"}, "the table data has no column x"),
        ({"test_table": "none"}, "there is no table none"),
        ({"output_table": "best"}, "the table best exists already"),
        ({"output_table": "pg_temp.found"}, "pg_temp is not allowed"),
    ],
)
def test_what_can_not_be_predicted(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    tables = models(tmp_path)
    with pytest.raises(InputError, match=said):
        predict(tables, replace(WANTED, **changed))
