from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from tests.targets.target_calls import TARGETS, Call, load_script

HAS_TENSORFLOW = importlib.util.find_spec("tensorflow") is not None
needs_tensorflow = pytest.mark.skipif(
    not HAS_TENSORFLOW, reason="tensorflow (the extra `keras`) is not installed"
)
DEFAULT = {"-dropout1": "0.25", "-dropout2": "0.5", "-nb_conv": "3", "-nb_filters": "32", "-nb_pool": "2"}


def words(**changes: str) -> tuple[str, ...]:
    settings = {**DEFAULT, **{f"-{name}": value for name, value in changes.items()}}
    return tuple(word for pair in settings.items() for word in pair)


def mnist_like(folder: Path, images: int = 60) -> Path:
    """A tiny file in the form of mnist.npz: each class has its own bright row."""
    labels = np.arange(images) % 10
    x = np.zeros((images, 28, 28), np.uint8)
    x[np.arange(images), labels * 2 + 3, :] = 255
    path = folder / "mnist.npz"
    np.savez(path, x_train=x, y_train=labels, x_test=x[:20], y_test=labels[:20])
    return path


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"nb_conv": "9"}, "kernel 9 is larger than the image 8"),
        ({"nb_conv": "20", "nb_pool": "20"}, "kernel 20 is larger"),
        ({"nb_conv": "7", "nb_pool": "3"}, "pool 3 is larger than the feature map 2"),
        ({"dropout1": "1.0"}, "dropout1 must be"),
        ({"dropout2": "1"}, "dropout2 must be"),
        ({"nb_filters": "0"}, "at least 1"),
    ],
)
def test_impossible_networks_are_unsat_with_the_worst_quality(
    call: Call, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    answer = call("digits_cnn.py", *words(**changes))
    assert (answer.status, answer.quality, answer.exit_code) == ("UNSAT", 1.0, 0)
    assert reason in answer.additional
    assert list(tmp_path.iterdir()) == []


def test_exactly_the_networks_that_fit_are_feasible() -> None:
    cnn = load_script(TARGETS / "digits_cnn.py")

    def is_feasible(conv: int, pool: int, side: int) -> bool:
        arguments = cnn.parse_arguments(
            ["i", "0", "1.0", "1", "-1", *words(nb_conv=str(conv), nb_pool=str(pool))]
        )
        try:
            cnn.check_feasible(arguments, side)
        except cnn.InfeasibleError:
            return False
        return True

    for side in (8, 28):
        for conv in range(1, 21):
            windows = [pool for pool in range(1, 21) if is_feasible(conv, pool, side)]
            # A valid convolution has one output per position of the kernel inside the image.
            positions = len([left for left in range(side) if left + conv <= side])
            assert windows == list(range(1, min(positions, 20) + 1))


def test_feasibility_is_judged_by_the_size_of_the_given_images(call: Call, tmp_path: Path) -> None:
    options = ("--data", str(mnist_like(tmp_path)))
    answer = call("digits_cnn.py", *words(nb_conv="10", nb_pool="20"), options=options)
    assert (answer.status, answer.additional) == ("UNSAT", "pool 20 is larger than the feature map 19")


def test_a_missing_data_file_stops_the_tuner(call: Call) -> None:
    answer = call("digits_cnn.py", *words(), options=("--data", "nowhere.npz"))
    assert answer.status == "ABORT"
    assert "nowhere.npz" in answer.stderr


def test_a_missing_parameter_is_named(call: Call) -> None:
    answer = call("digits_cnn.py", *words()[2:])
    assert (answer.exit_code, answer.stdout) == (2, "")  # no result line: a crash to any SMAC
    assert "-dropout1" in answer.stderr


@pytest.mark.skipif(HAS_TENSORFLOW, reason="tensorflow is installed")
def test_a_missing_tensorflow_stops_the_tuner(call: Call) -> None:
    answer = call("digits_cnn.py", *words())
    assert answer.status == "ABORT"
    assert "tensorflow" in answer.stderr


@needs_tensorflow
@pytest.mark.slow
def test_trains_on_the_digits_and_saves_the_model(call: Call, tmp_path: Path) -> None:
    good = call("digits_cnn.py", *words(), options=("--model-dir", "model"))
    assert good.status == "SAT"
    assert good.quality < 0.15
    assert f"Val error: {good.quality:.6f}" in good.stdout
    assert good.additional.startswith("test error 0.")
    assert good.stderr == ""
    assert json.loads((tmp_path / "model" / "model.json").read_text())["class_name"] == "Sequential"
    assert (tmp_path / "model" / "model.weights.h5").stat().st_size > 0


@needs_tensorflow
@pytest.mark.slow
def test_trains_on_an_mnist_file(call: Call, tmp_path: Path) -> None:
    options = ("--data", str(mnist_like(tmp_path)), "--epochs", "40", "--batch-size", "10")
    answer = call("digits_cnn.py", *words(dropout1="0", dropout2="0"), seed=5, options=options)
    assert (answer.status, answer.seed) == ("SAT", 5)
    assert answer.quality < 0.5  # chance is 0.9
