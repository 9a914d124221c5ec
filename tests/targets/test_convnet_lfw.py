from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from bbopt.scenario import load_scenario, read_command_line
from bbopt.space import read_pcs
from tests.targets.target_calls import ROOT, TARGETS, Call

FOLDER = ROOT / "scenarios" / "convnet_lfw"
needs_images = pytest.mark.skipif(
    importlib.util.find_spec("skimage") is None,
    reason="scikit-image (the extra `convnet`) is not installed",
)
SMALL = ("--max-per-class", "12", "--max-features", "800")
DIGITS = ("--data", "digits", "--max-per-class", "6", "--max-features", "800")
TIGHT = {"l0fb_size": "3", "l0p_size": "2", "l1fb_size": "3", "l1p_size": "2", "l0p_stride": "2"}


def words(**changes: str) -> tuple[str, ...]:
    space = read_pcs(FOLDER / "params.pcs")
    settings = space.configuration({**space.default.values, **changes}).active_values
    return tuple(word for name, value in settings.items() for word in (f"-{name}", value))


@pytest.mark.parametrize("exit_name", ["l0_grid", "l1_lpool_alpha", "l2_lpool"])
def test_every_exit_has_an_error(call: Call, exit_name: str) -> None:
    answer = call("convnet_lfw.py", *words(exit=exit_name, **TIGHT), options=DIGITS)
    assert (answer.status, answer.exit_code, answer.stderr) == ("SAT", 0, "")
    assert 0 <= answer.quality <= 1
    assert f"cross-validated error: {answer.quality:.6f}" in answer.stdout
    n_features, word = answer.additional.split()
    assert word == "features"
    assert 700 < int(n_features) <= 800


@needs_images
def test_faces_are_found_and_answers_repeat(call: Call) -> None:
    given = words(l0eg_fbncc_algo="whitened_patches", warp="affine", l0eg_alpha="0.1", l0eg_divrowl2="1")
    one, two = (call("convnet_lfw.py", *given, options=SMALL) for _ in range(2))
    assert (one.status, one.additional) == ("SAT", "800 features")
    assert one.quality == two.quality < 0.25
    seeded = call("convnet_lfw.py", *given, options=SMALL, seed=16049169)
    assert (seeded.status, seeded.seed) == ("SAT", 16049169)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exit": "l2_grid", "l0p_size": "8", "l0fb_size": "8", "warp_osize": "16"}, "do not fit into maps"),
        ({"l0eg_alpha": "2", "l0eg_fbncc_r_normalize": "1", "l0eg_remove_std0": "1"}, "no feature varies"),
    ],
)
def test_what_leaves_no_features_is_unsat(call: Call, changes: dict[str, str], reason: str) -> None:
    answer = call("convnet_lfw.py", *words(**changes), options=DIGITS)
    assert (answer.status, answer.quality, answer.exit_code) == ("UNSAT", 1.0, 0)
    assert reason in answer.additional


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (words()[2:], (), "parameter -exit is missing"),
        ((*words(), "-l0_fbncc_hard", "1"), (), "not active with these settings, or unknown: -l0_fbncc_hard"),
        (words()[1:], (), "pairs of -name and value"),
        (words(), ("--max-per-class", "0"), "whole number of at least 1"),
        (words(), ("--folds", "1"), "--folds must be at least 2"),
        (words(), ("--data", "faces"), "invalid choice: 'faces'"),
    ],
)
def test_refuses_wrong_calls(
    call: Call, given: tuple[str, ...], options: tuple[str, ...], message: str
) -> None:
    answer = call("convnet_lfw.py", *given, options=options)
    assert (answer.exit_code, answer.stdout) == (2, "")  # no result line: a crash to any SMAC
    assert message in answer.stderr


def test_stops_the_tuner_when_a_package_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-E", TARGETS / "convnet_lfw.py", *("i", "0", "1.0", "1", "-1"), *words()],
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert "Result of this algorithm run: ABORT, " in done.stdout
    assert "see the scenario's README" in done.stderr


@pytest.mark.parametrize(("name", "n_runs"), [("scenario", 200), ("first_look", 30), ("digits", 200)])
def test_its_scenarios_count_unsat_as_failure(name: str, n_runs: int) -> None:
    given = read_command_line(["--scenario", str(FOLDER / f"{name}.txt")])
    scenario = load_scenario(given, cwd=ROOT)
    assert scenario.objective.unsat_is_failure
    assert scenario.limits.runcount == n_runs
