"""Every scenario of one black box names files that exist; its target takes what its parameters may be.

Scenarios with instances or folds, and designs with templates, have tests of their own, in `tests/scenarios`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.planning.setup import build_objective, runlength_in_full, target_command
from bbopt.runs import NO_INSTANCE, Origin, RunRequest
from bbopt.scenario import load_scenario, read_command_line
from bbopt.space import Configuration, read_pcs
from tests.targets.target_calls import ROOT, Answer, environment

SCENARIOS = sorted(
    path.parent
    for path in (ROOT / "scenarios").glob("*/scenario.txt")
    if not {"instance-file", "algo-template", "folds"} & set(path.read_text().split())
)
EVERY = pytest.mark.parametrize("folder", SCENARIOS, ids=lambda folder: folder.name)
NEEDS = {"digits_cnn": ("tensorflow", "keras"), "convnet_lfw": ("skimage", "convnet")}
"""The module that a scenario needs, and the extra that brings it."""


def options(folder: Path) -> dict[str, str]:
    lines = (folder / "scenario.txt").read_text().splitlines()
    pairs = [line.split(" = ", 1) for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs)
    return {pair[0]: pair[1] for pair in pairs}


def assert_works(folder: Path, configuration: Configuration, spare_folder: Path) -> None:
    """Run the scenario's target; a folder for models is moved to where a test may write."""
    given = read_command_line(["--scenario", str(folder / "scenario.txt")])
    scenario = load_scenario(given, cwd=ROOT)
    budget = runlength_in_full(scenario)
    request = RunRequest(configuration, NO_INSTANCE, -1, LARGEST_DOUBLE, budget, Origin("test", 0))
    words = target_command(scenario, build_objective(scenario)).argv(request)
    if "--model-dir" in words:
        words[words.index("--model-dir") + 1] = str(spare_folder)
    done = subprocess.run(
        words, cwd=scenario.exec_dir, env=environment(), capture_output=True, text=True, timeout=110
    )
    answer = Answer(done.returncode, done.stdout, done.stderr)
    assert (answer.exit_code, answer.stderr) == (0, "")
    patterns = scenario.call.results.patterns
    if patterns:
        assert all(re.search(pattern.regex, answer.stdout) for pattern in patterns), answer
    elif metric := scenario.call.metrics.optimised:
        assert f"{metric}: " in answer.stdout, answer
    else:
        assert answer.status == "SAT", answer


def test_all_are_here() -> None:
    names = {folder.name for folder in SCENARIOS}
    expected = {"branin", "branin_mixed", "digits_mlp", "digits_cnn", "argparse_script", "spirals_mlp"}
    assert expected | {"convnet_lfw"} <= names


@EVERY
def test_names_files_that_exist(folder: Path) -> None:
    given = options(folder)
    program = folder / given["execdir"] / shlex.split(given["algo"])[0]
    assert program.is_file()
    assert os.access(program, os.X_OK)
    assert program.read_bytes().startswith(b"#!")
    assert (folder / given["pcs-file"]).is_file()
    assert (folder / "README.md").is_file()
    assert given["use-instances"] == "false"
    assert int(given["numberOfRunsLimit"]) > 0


@EVERY
def test_the_target_takes_the_default(folder: Path, tmp_path: Path) -> None:
    module, extra = NEEDS.get(folder.name, ("bbopt", ""))
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} (the extra `{extra}`) is not installed")
    assert_works(folder, read_pcs(folder / "params.pcs").default, tmp_path)


@pytest.mark.parametrize("name", ["branin", "branin_mixed", "digits_mlp", "argparse_script", "spirals_mlp"])
def test_the_target_takes_random_configurations(name: str, tmp_path: Path) -> None:
    folder = ROOT / "scenarios" / name
    space = read_pcs(folder / "params.pcs")
    for configuration in space.configurations(space.sample(4, np.random.default_rng(1))):
        assert_works(folder, configuration, tmp_path)
