"""Tables for other programs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from bbopt.automl import Kind, Tables, export_table, load_table
from bbopt.errors import InputError
from tests.automl.test_tables import COLUMNS, EMPTY, FULL

NEEDS_PYARROW = pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed"
)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    tables = Tables.open("sqlite:///iris.db", tmp_path)
    tables.create("all", COLUMNS, [EMPTY, FULL])
    return tables


def test_a_csv_file_is_the_same_table_again(tables: Tables, tmp_path: Path) -> None:
    assert export_table(tables, "all", tmp_path / "all.csv") == 2
    assert '"[[5.1, 3.5], [1.5, 1e-300]]"' in (tmp_path / "all.csv").read_text()
    load_table(tables, tmp_path / "all.csv", "again")
    assert tables.columns("again") == COLUMNS
    assert tables.read("again") == [EMPTY, FULL]


@NEEDS_PYARROW
def test_parquet_has_lists(tables: Tables, tmp_path: Path) -> None:
    from pyarrow import parquet

    assert export_table(tables, "all", tmp_path / "all.parquet") == 2
    found = parquet.read_table(tmp_path / "all.parquet")
    empty, full = found.to_pylist()
    assert empty == EMPTY
    assert full == {**FULL, "arch": '{"class_name": "Sequential", "config": [{"units": 10, "name": null}]}'}
    assert str(found.schema.field("attributes").type) == "list<item: list<item: double>>".replace(
        "item", found.schema.field("attributes").type.value_field.name
    )


@NEEDS_PYARROW
def test_parquet_of_a_table_without_rows(tables: Tables, tmp_path: Path) -> None:
    from pyarrow import parquet

    tables.create("none", {"id": Kind.INTEGER, "x": Kind.ARRAY})
    assert export_table(tables, "none", tmp_path / "none.parquet") == 0
    assert parquet.read_table(tmp_path / "none.parquet").column_names == ["id", "x"]


@pytest.mark.parametrize(
    ("name", "said"), [("all.xlsx", "no form of a table"), ("iris.db.csv", "exists already")]
)
def test_what_is_not_written(tables: Tables, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "iris.db.csv").write_text("x\n")
    with pytest.raises(InputError, match=said):
        export_table(tables, "all", tmp_path / name)
    assert (tmp_path / "iris.db.csv").read_text() == "x\n"
