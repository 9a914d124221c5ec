"""The data and the architectures of MADlib's example."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bbopt.automl import Kind, Tables
from tests.automl.old_models import MADLIB_1, MADLIB_2

SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "iris_automl"


def test_the_architectures_are_those_of_keras_2_1_6() -> None:
    found = [json.loads((SCENARIO / f"mlp_{number}.json").read_text()) for number in (1, 2)]
    assert found == [MADLIB_1, MADLIB_2]


def test_the_data_are_150_flowers_of_three_kinds(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SCENARIO / "write_iris.py", tmp_path / "iris.csv"], check=True)
    tables = Tables.open(folder=tmp_path)
    kinds = {"id": Kind.INTEGER, "attributes": Kind.ARRAY, "class_text": Kind.TEXT}
    assert tables.columns("iris.csv") == kinds
    rows = tables.read("iris.csv")
    assert rows[0] == {"id": 1, "attributes": [5.1, 3.5, 1.4, 0.2], "class_text": "Iris-setosa"}
    assert rows[-1] == {"id": 150, "attributes": [5.9, 3.0, 5.1, 1.8], "class_text": "Iris-virginica"}
