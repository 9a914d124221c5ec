"""Architectures of Keras 1 to 3, what is refused, and weights."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbopt.automl import Tables, load_keras_model
from bbopt.automl.architectures import build_model, check_fit, current_architecture, set_weights, weights_of
from bbopt.automl.keras_import import import_keras
from bbopt.errors import InputError, Place
from tests.automl.keras_here import NEEDS_KERAS
from tests.automl.old_models import (
    CONVOLUTIONAL,
    FUNCTIONAL,
    MADLIB_1,
    MADLIB_2,
    RECURRENT,
    WITH_MODULES,
    dense,
    layer,
    saved,
)

HERE = Place("model.json")


@pytest.fixture(scope="module")
def keras() -> Any:
    return import_keras()


@NEEDS_KERAS
@pytest.mark.parametrize(
    ("old", "input_shape", "n_parameters"),
    [
        (MADLIB_1, (4,), 193),
        (MADLIB_2, (4,), 303),
        (CONVOLUTIONAL, (8, 8, 1), 842),
        (RECURRENT, (20,), 1092),
        (FUNCTIONAL, (4,), 15),
        (WITH_MODULES, (4,), 50),
    ],
    ids=["2.1.6", "2.1.6 deeper", "convolutional", "recurrent", "functional", "2.15"],
)
def test_older_architectures_are_built(keras: Any, old: Any, input_shape: Any, n_parameters: int) -> None:
    model = build_model(keras, json.dumps(old), HERE)
    assert model.input_shape[1:] == input_shape
    assert model.count_params() == n_parameters
    again = build_model(keras, model.to_json(), HERE)  # in the words of Keras 3
    assert again.count_params() == n_parameters
    assert np.shape(model.predict(np.zeros((2, *input_shape)), verbose=0))[0] == 2


@NEEDS_KERAS
def test_what_older_keras_meant_by_normal(keras: Any) -> None:
    initializer = build_model(keras, CONVOLUTIONAL, HERE).layers[0].kernel_initializer
    assert initializer.get_config()["distribution"] == "truncated_normal"


@NEEDS_KERAS
def test_weights_are_numbers_one_after_the_other(keras: Any) -> None:
    model = build_model(keras, MADLIB_1, HERE)
    numbers = np.arange(193, dtype="<f4")
    set_weights(model, numbers.tobytes(), HERE)
    assert weights_of(model) == numbers.tobytes()
    assert model.get_weights()[0].tolist() == numbers[:40].reshape(4, 10).tolist()
    with pytest.raises(InputError, match="not those of the architecture") as error:
        set_weights(model, bytes(8), HERE)
    assert "expected: 772: 193 numbers" in str(error.value)


@NEEDS_KERAS
@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        (((5,), (3,)), ("the input of the architecture does not fit", "(5,)", "(4,)")),
        (((4, 1), (3,)), ("the input of the architecture does not fit", "(4, 1)", "(4,)")),
        (((4,), (2,)), ("the output of the architecture does not fit", "(2,)", "(3,)")),
    ],
)
def test_both_shapes_are_named_where_they_differ(keras: Any, shapes: Any, said: tuple[str, ...]) -> None:
    model = build_model(keras, MADLIB_1, HERE)
    check_fit(model, (4,), (3,), HERE)
    with pytest.raises(InputError) as error:
        check_fit(model, *shapes, HERE)
    assert all(part in str(error.value) for part in said)


@NEEDS_KERAS
def test_a_dimension_of_any_length_fits(keras: Any) -> None:
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(2)])
    check_fit(model, (7, 3), (2,), HERE)
    with pytest.raises(InputError) as error:
        check_fit(model, (7, 4), (2,), HERE)
    assert "(any, 3)" in str(error.value)


@NEEDS_KERAS
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (saved("Sequential", [layer("Dens", units=3)], "2.1.6"), "Unknown layer: 'Dens'"),
        (saved("Sequential", [layer("Dense", **{"batch_input_shape": [None, 4]})], "2.1.6"), "'units'"),
        (saved("Sequential", 5, "2.1.6"), "Keras can't read this architecture"),
        (saved("Foo", {}, "2.1.6"), "does not say what shape its input has"),
        (saved("Sequential", [], "2.1.6"), "does not say what shape its input has"),
        (saved("Sequential", [dense(3, 1)], "2.1.6"), "does not say what shape its input has"),
    ],
)
def test_what_keras_can_not_read(keras: Any, wrong: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        build_model(keras, wrong, HERE)
    assert said in str(error.value)
    assert len(str(error.value)) < 700


@NEEDS_KERAS
def test_several_inputs_or_outputs(keras: Any) -> None:
    ends = [keras.Input((4,)) for _ in range(2)]
    model = keras.Model(ends, keras.layers.Add()(ends))
    with pytest.raises(InputError, match="several inputs or outputs") as error:
        build_model(keras, model.to_json(), HERE)
    assert "inputs: 2, outputs: 1" in str(error.value)


def test_an_architecture_of_keras_3_stays_as_it_is() -> None:
    current = {"module": "keras", "class_name": "Sequential", "config": {"layers": []}}
    assert current_architecture(json.dumps(current), HERE) == current


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "no architecture of a model"),
        ('{"class_name": "Sequential"}', "no architecture of a model"),
        (saved("Sequential", [layer("Lambda", function="x")], "2.1.6"), "Lambda keeps code"),
        ({"module": "os", "class_name": "system", "config": {}}, "got:      the module os"),
        (
            {
                "module": "keras",
                "class_name": "Sequential",
                "config": {"layers": [{"module": "mine", "class_name": "Evil", "config": {}}]},
            },
            "Evil is not one of Keras's own layers",
        ),
        ({"module": "keras.utils", "class_name": "get_file", "config": {}}, "the module keras.utils"),
    ],
)
def test_what_is_refused_before_keras_sees_it(wrong: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        current_architecture(wrong, HERE)
    assert said in str(error.value)


@NEEDS_KERAS
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras with TensorFlow
def test_a_library_of_architectures(keras: Any, tmp_path: Path) -> None:
    tables, path = Tables.open("sqlite:///iris.db", tmp_path), tmp_path / "model.json"
    path.write_text(json.dumps(MADLIB_1))
    assert load_keras_model(tables, "library", path, name="Sophie", description="one hidden layer") == 1
    model = build_model(keras, MADLIB_1, HERE)
    model.save_weights(tmp_path / "w.weights.h5")
    (tmp_path / "w.bin").write_bytes(weights_of(model))
    assert load_keras_model(tables, "library", path, weights=tmp_path / "w.weights.h5") == 2
    assert load_keras_model(tables, "library", path, weights=tmp_path / "w.bin") == 3
    first, *others = tables.read("library")
    assert first == {
        "model_id": 1,
        "model_arch": MADLIB_1,
        "model_weights": None,
        "name": "Sophie",
        "description": "one hidden layer",
    }
    assert [row["model_weights"] for row in others] == [weights_of(model)] * 2

    path.write_text(json.dumps(MADLIB_2))
    for weights in ("w.weights.h5", "w.bin", "none.bin"):
        with pytest.raises(InputError, match=r"weights"):
            load_keras_model(tables, "library", path, weights=tmp_path / weights)
    path.write_text("{")
    for table in ("other", "library"):
        with pytest.raises(InputError, match="is no JSON"):
            load_keras_model(tables, table, path, overwrite=True)
    assert not tables.exists("other")
    assert len(tables.read("library")) == 3
    path.write_text(json.dumps(MADLIB_2))
    assert load_keras_model(tables, "library", path, overwrite=True) == 1
    assert [row["model_arch"] for row in tables.read("library")] == [MADLIB_2]


def test_a_library_is_no_other_table(tmp_path: Path) -> None:
    (tmp_path / "iris.csv").write_text("id\n1\n")
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(InputError, match=r"the table iris\.csv is none of architectures"):
        load_keras_model(Tables.open(folder=tmp_path), "iris.csv", tmp_path / "model.json")


def test_without_keras_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(InputError, match="Keras can't be used here") as error:
        import_keras()
    assert "bbopt-smac[keras]" in str(error.value)
