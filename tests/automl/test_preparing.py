"""Packed tables, and data that can't be packed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbopt.automl import Kind, Preparation, Tables, prepare, read_packed
from bbopt.automl.packed import buffer_size
from bbopt.errors import InputError
from tests.automl.iris import CLASSES, TRAINING, prepared_iris

WANTED = Preparation("data", "packed", "y", "x")


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables.open("sqlite:///iris.db", tmp_path)


def of(tables: Tables, name: str, kind: Kind, y: list[Any], x: list[Any], x_kind: Kind = Kind.ARRAY) -> None:
    rows = [{"x": a, "y": b} for a, b in zip(x, y, strict=True)]
    tables.create(name, {"x": x_kind, "y": kind}, rows, overwrite=True)


def test_madlib_s_example(tmp_path: Path) -> None:
    tables = prepared_iris(tmp_path)
    assert tables.read("iris_test_packed_summary") == [
        {
            "source_table": "iris_test",
            "output_table": "iris_test_packed",
            "dependent_varname": "class_text",
            "independent_varname": "attributes",
            "dependent_vartype": "character varying",
            "class_values": list(CLASSES),
            "buffer_size": 30,
            "normalizing_const": 1.0,
            "num_classes": 3,
        }
    ]
    packed, rows = read_packed(tables, "iris_train_packed"), tables.read("iris_train")
    assert packed.x.dtype == np.float32
    assert np.array_equal(packed.x, np.array([row["attributes"] for row in rows], dtype=np.float32))
    assert [CLASSES[one] for one in packed.y.argmax(axis=1)] == [row["class_text"] for row in rows]
    assert packed.y.sum(axis=1).tolist() == [1] * 120


def test_buffers_are_put_together_again(tables: Tables) -> None:
    of(tables, "data", Kind.INTEGER, [3, 1, 2, 1, 3], [[n, n + 0.5] for n in range(5)])
    summary = prepare(tables, replace(WANTED, buffer_size=2, normalizing_const=2.0, num_classes=5))
    assert (summary.class_values, summary.num_classes) == ((1, 2, 3, None, None), 5)
    assert [row["buffer_id"] for row in tables.read("packed")] == [0, 1, 2]
    packed = read_packed(tables, "packed")
    assert packed.summary == summary
    assert packed.x.tolist() == [[n / 2, (n + 0.5) / 2] for n in range(5)]
    assert packed.y.argmax(axis=1).tolist() == [2, 0, 1, 0, 2]
    assert packed.y.shape == (5, 5)


def test_buffers_are_of_one_size_and_not_too_large() -> None:
    assert buffer_size(np.zeros((30, 4), np.float32), np.zeros((30, 3), np.int16)) == 30
    large = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (250, 1_000_000), (0, 0))
    assert buffer_size(large, np.zeros((250, 1), np.int16)) == 23  # 11 buffers of 92 MB


def test_numbers_to_be_predicted_stay_numbers(tables: Tables) -> None:
    of(tables, "data", Kind.REAL, [0.5, 1.5], [[1, 2], [3, 4]])
    summary = prepare(tables, WANTED)
    assert (summary.class_values, summary.num_classes) == (None, None)
    assert read_packed(tables, "packed").y.tolist() == [[0.5], [1.5]]
    of(tables, "data", Kind.ARRAY, [[0, 1], [1, 0]], [1, 2], Kind.INTEGER)
    assert prepare(tables, WANTED, overwrite=True).num_classes == 2
    packed = read_packed(tables, "packed")
    assert (packed.x.tolist(), packed.y.tolist()) == ([[1], [2]], [[0, 1], [1, 0]])


def test_texts_may_be_arrays_in_json(tables: Tables) -> None:
    of(tables, "data", Kind.BOOLEAN, [True, False], ["[1, 2]", "[3, 4.5]"], Kind.TEXT)
    assert prepare(tables, WANTED).class_values == ("false", "true")
    assert read_packed(tables, "packed").x.tolist() == [[1, 2], [3, 4.5]]


@pytest.mark.parametrize(
    ("x", "kind", "said"),
    [
        ([[1, 2], [1]], Kind.ARRAY, ("row 2 has another shape", "got:      (1,)", "expected: (2,)")),
        (["[1, 2]", "abc"], Kind.TEXT, ("row 2 has no array of numbers in the column x", "abc")),
        (["[1, 2]", "[1, [2]]"], Kind.TEXT, ("row 2 has no array of numbers", "[1, [2]]")),
        (["[1, 2]", '["1", "2"]'], Kind.TEXT, ("row 2 has no array of numbers",)),
        ([["1"], ["2"]], Kind.TEXT_ARRAY, ("row 1 has no array of numbers",)),
        ([[1, 2], None], Kind.ARRAY, ("row 2 has no array of numbers", "NULL")),
    ],
)
def test_inputs_that_are_no_arrays_of_one_shape(
    tables: Tables, x: list[Any], kind: Kind, said: tuple[str, ...]
) -> None:
    of(tables, "data", Kind.TEXT, ["a", "b"], x, kind)
    with pytest.raises(InputError) as error:
        prepare(tables, WANTED)
    assert all(part in str(error.value) for part in said)
    assert not tables.exists("packed")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"independent_varname": "X1"}, "has no column X1"),
        ({"dependent_varname": "z"}, "has no column z"),
        ({"normalizing_const": 0.0}, "can't be divided by this constant"),
        ({"num_classes": 1}, "more classes than are wanted"),
        ({"training_table": "data"}, "the table data is not one that was prepared"),
        ({"output_table": "data"}, "the table data exists already"),
    ],
)
def test_what_can_not_be_prepared(tables: Tables, changed: dict[str, Any], said: str) -> None:
    of(tables, "data", Kind.TEXT, ["a", "b"], [[1], [2]])
    with pytest.raises(InputError, match=said):
        prepare(tables, replace(WANTED, **changed))


def test_validation_is_as_training_is(tables: Tables) -> None:
    of(tables, "data", Kind.TEXT, ["b", "c", "a"], [[1, 2], [3, 4], [5, 6]])
    prepare(tables, replace(WANTED, normalizing_const=2.0))
    wanted = replace(WANTED, source_table="new", output_table="validation", training_table="packed")
    of(tables, "new", Kind.TEXT, ["c", "c"], [[8, 8], [8, 8]])
    assert prepare(tables, wanted).class_values == ("a", "b", "c")
    packed = read_packed(tables, "validation")
    assert (packed.x.tolist(), packed.y.tolist()) == ([[4, 4], [4, 4]], [[0, 0, 1], [0, 0, 1]])

    of(tables, "new", Kind.TEXT, ["c", "d"], [[8, 8], [8, 8]])
    with pytest.raises(InputError, match="training lacks a class") as error:
        prepare(tables, wanted, overwrite=True)
    assert "d in the column y" in str(error.value)
    of(tables, "new", Kind.TEXT, ["c"], [[8, 8, 8]])
    with pytest.raises(InputError, match="another shape than in training") as error:
        prepare(tables, wanted, overwrite=True)
    assert "(3,)" in str(error.value)
    of(tables, "new", Kind.TEXT, ["c", None], [[8, 8], [8, 8]])
    with pytest.raises(InputError, match="row 2 has no class"):
        prepare(tables, wanted, overwrite=True)
    assert len(tables.read("validation")) == 1


def test_the_packed_data_have_the_columns_of_madlib(tmp_path: Path) -> None:
    tables = prepared_iris(tmp_path)
    assert list(tables.columns(TRAINING.output_table)) == [
        "independent_var",
        "dependent_var",
        "independent_var_shape",
        "dependent_var_shape",
        "buffer_id",
    ]
