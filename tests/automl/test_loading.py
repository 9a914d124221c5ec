"""Tables of CSV and NPZ files, and files that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbopt.automl import Kind, Tables, load_table
from bbopt.errors import InputError


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables.open("sqlite:///iris.db", tmp_path)


def csv(folder: Path, text: str) -> Path:
    path = folder / "data.csv"
    path.write_text(text)
    return path


def test_columns_of_numbers_become_an_array(tables: Tables, tmp_path: Path) -> None:
    path = csv(tmp_path, "id;sepal;petal;class\n1;5.1;2;a\n2;4;0.5;b\n")
    assert load_table(tables, path, "iris", arrays={"attributes": ["sepal", "petal"]}) == 2
    assert tables.columns("iris") == {"id": Kind.INTEGER, "attributes": Kind.ARRAY, "class": Kind.TEXT}
    assert tables.read("iris")[1] == {"id": 2, "attributes": [4.0, 0.5], "class": "b"}


def test_a_long_array_in_a_cell(tables: Tables, tmp_path: Path) -> None:
    load_table(tables, csv(tmp_path, f'id,x\n1,"{[0.5] * 60_000}"\n'), "long")
    assert len(tables.read("long")[0]["x"]) == 60_000


@pytest.mark.parametrize(
    ("text", "parts", "said"),
    [
        ("id,a,b\n1,5,x\n2,6,7\n", ["a", "b"], ("row 1 has no number in the column b", "got:      x")),
        ("id,a,b\n1,5,6\n2,,7\n", ["a", "b"], ("row 2 has no number in the column a", "an empty cell")),
        ("id,a,b\n1,5,6\n", ["a", "c"], ("there is no column c for the array x", "id, a, b")),
        ("id,a,b\n1,5,6\n", ["a", "iid"], ("there is no column iid", "did you mean id?")),
        ("id,a,x\n1,5,6\n", ["a"], ("two columns have the name x",)),
        ("id,a\n", ["a"], ("the file has no rows",)),
        ("id,a\n1\n", ["a"], (":2: the row has not as many fields as the header", "expected: 2: id, a")),
        ("id,,a\n1,2,3\n", ["a"], ("a column has no name",)),
    ],
)
def test_files_that_are_no_such_table(
    tables: Tables, tmp_path: Path, text: str, parts: list[str], said: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as error:
        load_table(tables, csv(tmp_path, text), "iris", arrays={"x": parts})
    assert all(part in str(error.value) for part in said)
    assert not tables.exists("iris")


def test_arrays_of_numpy_become_columns_and_rows_get_numbers(tables: Tables, tmp_path: Path) -> None:
    images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    np.savez(tmp_path / "d.npz", x=images, y=np.array(["a", "b"]), z=images / 4, t=np.array([True, False]))
    load_table(tables, tmp_path / "d.npz", "digits")
    kinds = [Kind.INTEGER, Kind.INTEGER_ARRAY, Kind.TEXT, Kind.ARRAY, Kind.BOOLEAN]
    assert tables.columns("digits") == dict(zip(("id", "x", "y", "z", "t"), kinds, strict=True))
    assert tables.read("digits")[1] == {
        "id": 2,
        "x": [[4, 5], [6, 7]],
        "y": "b",
        "z": [[1.0, 1.25], [1.5, 1.75]],
        "t": False,
    }


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.zeros((3, 2)), "y": np.zeros(2)}, "not as many rows as each other"),
        ({"x": np.array([{}, {}])}, "the arrays can't be read"),
        ({"x": np.array(5.0)}, "an array has no rows"),
        ({"x": np.array([["a"], ["b"]])}, "no column can be made of the array x"),
        ({"x": np.zeros(2, dtype=complex)}, "no column can be made of the array x"),
    ],
)
def test_arrays_that_are_no_table(tables: Tables, tmp_path: Path, arrays: dict[str, Any], said: str) -> None:
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(InputError, match=said):
        load_table(tables, tmp_path / "d.npz", "t")


def test_a_file_that_is_no_archive(tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "d.npz").write_text("x")
    with pytest.raises(InputError, match="can't be read"):
        load_table(tables, tmp_path / "d.npz", "t")
