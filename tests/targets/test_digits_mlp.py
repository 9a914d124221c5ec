from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.targets.target_calls import TARGETS, Call

DEFAULT = (
    *("-activation", "relu", "-alpha", "1.0E-4", "-batch_size", "64", "-hidden_units", "16"),
    *("-layers", "1", "-learning_rate_init", "0.001", "-solver", "adam"),
)
SHORT = ("--epochs", "2")


def test_reports_validation_error_and_test_error(call: Call) -> None:
    answer = call("digits_mlp.py", *DEFAULT)
    assert answer.status == "SAT"
    assert 0.02 < answer.quality < 0.5
    assert f"validation error: {answer.quality:.6f}" in answer.stdout
    assert answer.additional.startswith("test error 0.")
    assert answer.runtime_s > 0
    assert answer.stderr == ""


def test_minus_one_gives_the_same_answer_every_time_and_seeds_differ(call: Call) -> None:
    first, again = (call("digits_mlp.py", *DEFAULT, options=SHORT) for _ in range(2))
    assert (first.quality, first.additional) == (again.quality, again.additional)
    seeded = [call("digits_mlp.py", *DEFAULT, seed=seed, options=SHORT) for seed in (16049169, 2)]
    assert [answer.seed for answer in seeded] == [16049169, 2]
    assert len({(answer.quality, answer.additional) for answer in (first, *seeded)}) == 3


def test_the_split_is_disjoint_stratified_and_complete() -> None:
    source = """
import numpy as np
from digits_split import digits_split
parts = digits_split()
assert [x.shape for x, _ in parts] == [(1077, 64), (360, 64), (360, 64)]
assert all(x.min() == 0 and x.max() == 1 for x, _ in parts)
assert len(np.unique(np.concatenate([x for x, _ in parts]), axis=0)) == 1797
shares = np.array([np.bincount(y, minlength=10) / len(y) for _, y in parts])
assert np.ptp(shares, axis=0).max() < 0.005
again = digits_split()
assert all((a == b).all() for p, q in zip(parts, again) for a, b in zip(p, q))
"""
    subprocess.run([sys.executable, "-B", "-c", source], cwd=TARGETS, check=True)


def test_a_diverging_training_costs_its_run_only(call: Call) -> None:
    changed = {**dict(zip(DEFAULT[::2], DEFAULT[1::2], strict=True)), "-solver": "sgd", "-momentum": "0.99"}
    changed["-learning_rate_init"] = "500"
    answer = call("digits_mlp.py", *(word for pair in changed.items() for word in pair))
    assert answer.status in {"SAT", "CRASHED"}
    assert answer.quality > 0.5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (DEFAULT[2:], "-activation"),
        ((*DEFAULT[:-2], "-solver", "sgd"), "-solver sgd needs -momentum"),
        ((*DEFAULT[:-2], "-solver", "lbfgs"), "invalid choice: 'lbfgs'"),
        ((*DEFAULT, "-layers", "2"), "-layers 2 needs -hidden_units_2"),
        ((*DEFAULT, "-dropout", "0.5"), "unrecognized arguments"),
    ],
)
def test_refuses_wrong_parameters(call: Call, parameters: tuple[str, ...], message: str) -> None:
    answer = call("digits_mlp.py", *parameters)
    assert (answer.exit_code, answer.stdout) == (2, "")  # no result line: a crash to any SMAC
    assert message in answer.stderr


def test_stops_the_tuner_when_scikit_learn_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-E", TARGETS / "digits_mlp.py", *("i", "0", "1.0", "1", "-1"), *DEFAULT],
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert "Result of this algorithm run: ABORT, " in done.stdout
    assert "activate the environment" in done.stderr
