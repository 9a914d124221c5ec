"""The steps of `bbopt keras-automl` on the command line: MADlib's example, and what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.automl import Kind, Tables
from bbopt.cli.main import run
from tests.automl.iris import write_iris

Bbopt = Callable[..., str]


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tables:
    monkeypatch.chdir(tmp_path)
    return Tables.open()


@pytest.fixture
def automl(tables: Tables, capsys: pytest.CaptureFixture[str]) -> Bbopt:
    """A step that ends well; what it prints."""

    def called(*words: str) -> str:
        assert run(("keras-automl", *words)) == 0
        return capsys.readouterr().out

    return called


SUMMARY = """\
-[ RECORD 1 ]-------+---------------------------------------------
source_table        | iris_train
output_table        | iris_train_packed
dependent_varname   | class_text
independent_varname | attributes
dependent_vartype   | character varying
class_values        | {Iris-setosa,Iris-versicolor,Iris-virginica}
buffer_size         | 120
normalizing_const   | 1.0
num_classes         | 3
"""


def test_madlib_s_example_up_to_training(automl: Bbopt, tables: Tables) -> None:
    write_iris(Path("iris.csv"))
    assert automl("load-table", "iris.csv", "--table", "iris_data") == "iris_data has 150 rows.\n"
    split = ("train-test-split", "--source-table", "iris_data", "--output-table", "iris")
    assert automl(*split, "--separate-output-tables", "true") == "iris_train has 120 rows, iris_test 30.\n"
    assert automl(*split, "--strata", "class_text") == "iris has 120 rows for training, 30 for tests.\n"
    variables = ("--dependent-varname", "class_text", "--independent-varname", "attributes")
    for part, more in (("train", ()), ("test", ("--training-preprocessor-table", "iris_train_packed"))):
        packed = ("--source-table", f"iris_{part}", "--output-table", f"iris_{part}_packed")
        said = automl("prepare", *packed, *variables, *more)
    assert said == "iris_test_packed is ready: buffers of 30 rows, 3 classes.\n"
    assert automl("show-table", "iris_train_packed_summary", "-x") == SUMMARY
    assert automl("export-table", "iris_test", "--output", "t.csv") == "t.csv has 30 rows.\n"
    assert tables.read("t.csv") == tables.read("iris_test")


def test_columns_of_a_file_become_an_array(automl: Bbopt, tables: Tables) -> None:
    Path("iris.csv").write_text("a,b,c\n1,2,3\n")
    automl("load-table", "iris.csv", "--table", "t", "--array", "x=a, b")
    assert tables.read("t") == [{"x": [1.0, 2.0], "c": 3}]


def test_tables_are_shown_as_psql_does(automl: Bbopt, tables: Tables) -> None:
    columns = {
        "key": Kind.INTEGER,
        "name": Kind.TEXT,
        "used": Kind.BOOLEAN,
        "loss": Kind.ARRAY,
        "weights": Kind.BYTES,
        "arch": Kind.JSON,
    }
    rows = [
        {"key": 1, "name": "a\x1b[31m\nb", "used": True, "loss": [[0.5, 2], [1, 3]], "weights": b"\x00\xff"},
        {"key": 12, "name": "ä", "used": False, "weights": bytes(20), "arch": {"x": None}},
    ]
    tables.create("t", columns, rows)
    shown = automl("show-table", "t", "--order-by", "key desc", "--columns", "key,name,used,loss")
    assert (
        shown
        == """\
 key |     name     | used |      loss
-----+--------------+------+-----------------
  12 | ä            | f    |
   1 | a\\x1b[31m\\nb | t    | {{0.5,2},{1,3}}
(2 rows)
"""
    )
    assert (
        automl("show-table", "t", "-x", "--columns", "key,weights,arch")
        == """\
-[ RECORD 1 ]---------------------------------------------
key     | 1
weights | \\x00ff
arch    |
-[ RECORD 2 ]---------------------------------------------
key     | 12
weights | \\x00000000000000000000000000000000... (20 bytes)
arch    | {"x": null}
"""
    )
    assert automl("show-table", "t", "--limit", "1", "--columns", "key") == " key\n-----\n   1\n(1 row)\n"


def test_a_schedule_as_a_table(automl: Bbopt, tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("hyperband-schedule", "--R", "9", "--table", "hb_schedule")) == 0
    assert capsys.readouterr().out == "hb_schedule has 6 rows.\n"
    rows = [tuple(row.values()) for row in tables.read("hb_schedule", ["s", "i", "n_i", "r_i"])]
    assert rows == [(2, 0, 9, 1), (2, 1, 3, 3), (2, 2, 1, 9), (1, 0, 3, 3), (1, 1, 1, 9), (0, 0, 3, 9)]
    assert run(("hyperband-schedule", "--R", "9", "--table", "hb_schedule")) == 1
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("prapare",), "prapare"),
        (("load-table", "iris.csv", "--table", "x", "--array", "y"), "command line"),
        (("load-table", "iris.csv", "--table", "x", "--array", "y="), "this is no array of columns"),
        (
            ("load-table", "iris.csv", "--table", "x", "--database", "iris.db"),
            "line: this is no address",
        ),
        (("show-table", "x"), "there is no table x"),
    ],
)
def test_wrong_words(
    tables: Tables, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("iris.csv").write_text("a\n1\n")
    assert run(("keras-automl", *words)) == 1
    assert said in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["iris.csv"]
