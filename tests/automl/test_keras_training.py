"""Training with Keras itself: skipped where it is not installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.automl.keras_here import NEEDS_KERAS

pytestmark = [NEEDS_KERAS, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one process with Keras has come to."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.automl.with_keras", str(tmp_path_factory.mktemp("keras"))],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def test_a_model_that_goes_on_is_the_one_trained_at_once(found: dict[str, Any]) -> None:
    assert found["whole"] == found["in rounds"]
    assert found["whole"]["iterations"] == 4
    assert [one["iteration"] for one in found["whole"]["measured"]] == [1, 2, 3, 4]
    assert len(found["whole"]["weights"]) == 8 * (4 * 4 + 4 * 3 + 3)
    assert found["whole"]["weights"] != found["another"]["weights"]


def test_labels_are_as_the_loss_wants_them(found: dict[str, Any]) -> None:
    sparse, dense = found["sparse"]["measured"][0], found["dense"]["measured"][0]
    assert sparse == {name: pytest.approx(value, rel=1e-5) for name, value in dense.items()}
    assert set(sparse) == {
        *("iteration", "training_loss", "training_metrics", "validation_loss", "validation_metrics")
    }


def test_names_in_files_of_objects_are_losses_and_metrics(found: dict[str, Any]) -> None:
    (measured,) = found["custom"]["measured"]
    assert 0 < measured["training_loss"] < 0.5
    assert 0 < measured["training_metrics"] <= 1


def test_each_configuration_has_logs_of_its_own(found: dict[str, Any]) -> None:
    assert found["logs"] == ["1"]


def test_lr_and_decay_are_those_of_older_versions(found: dict[str, Any]) -> None:
    rate = found["rate"]
    assert (rate["initial_learning_rate"], rate["decay_steps"], rate["decay_rate"]) == (0.1, 1, 0.5)
    assert not rate["staircase"]
    assert found["usual"]["learning_rate"] == pytest.approx(0.1)
    assert found["usual"]["momentum"] == 0.9


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("no fit", "the input of the architecture does not fit the independent variable"),
        ("no fit", "shape (4,) in the data"),
        ("optimizer", "did you mean Adam?"),
        ("argument", "has no argument of Adam momentum"),
        ("value", "momentum=2.0"),
        ("loss", "did you mean categorical_crossentropy?"),
        ("metric", "has no metric acuracy"),
        ("two metrics", "a configuration has one metric"),
        ("labels", "a loss and a metric want different labels"),
        ("compile", "has no compile parameter jit"),
        ("fit", "did you mean epochs?"),
        ("callback", "did you mean TensorBoard?"),
        ("objects", "the file of objects can't be loaded"),
    ],
)
def test_what_keras_can_not_do_is_told(found: dict[str, Any], case: str, told: str) -> None:
    assert any(told in problem for problem in found[case]), found[case]


def test_what_it_can_do_is_not(found: dict[str, Any]) -> None:
    assert found["none"] == []
