"""The iris data of the examples as a file and in a database."""

from __future__ import annotations

from pathlib import Path

from sklearn.datasets import load_iris

from bbopt.automl import Preparation, Split, Tables, load_table, prepare, train_test_split

TRAINING = Preparation("iris_train", "iris_train_packed", "class_text", "attributes")
VALIDATION = Preparation(
    "iris_test", "iris_test_packed", "class_text", "attributes", training_table="iris_train_packed"
)
CLASSES = ("Iris-setosa", "Iris-versicolor", "Iris-virginica")


def write_iris(path: Path) -> None:
    """As a CSV file with an array in each row."""
    data = load_iris()
    rows = zip(data.data.tolist(), data.target.tolist(), strict=True)
    lines = [f'{number},"{x}",{CLASSES[y]}' for number, (x, y) in enumerate(rows, start=1)]
    path.write_text("\n".join(["id,attributes,class_text", *lines]) + "\n")


def prepared_iris(folder: Path) -> Tables:
    """Split and packed, as MADlib's example does it."""
    tables = Tables.open("sqlite:///iris.db", folder)
    write_iris(folder / "iris.csv")
    load_table(tables, folder / "iris.csv", "iris_data")
    train_test_split(tables, "iris_data", "iris", Split(seed=0), separate_output_tables=True)
    for wanted in (TRAINING, VALIDATION):
        prepare(tables, wanted)
    return tables
