"""Every scenario of one black box names files that exist; its target takes what its parameters may be.

Scenarios with instances have tests of their own, in `tests/scenarios`.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
from pathlib import Path

import numpy as np
import pytest

from bbopt.space import Space, read_pcs
from tests.targets.target_calls import ROOT, run_target

SCENARIOS = sorted(
    path.parent
    for path in (ROOT / "scenarios").glob("*/scenario.txt")
    if "instance-file" not in path.read_text()
)
EVERY = pytest.mark.parametrize("folder", SCENARIOS, ids=lambda folder: folder.name)
NEEDS_TENSORFLOW = {"digits_cnn"}


def options(folder: Path) -> dict[str, str]:
    lines = (folder / "scenario.txt").read_text().splitlines()
    pairs = [line.split(" = ", 1) for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs)
    return {pair[0]: pair[1] for pair in pairs}


def command(folder: Path, spare_folder: Path) -> list[str]:
    """The scenario's target; a folder for models is moved to where a test may write."""
    words = shlex.split(options(folder)["algo"])
    if "--model-dir" in words:
        words[words.index("--model-dir") + 1] = str(spare_folder)
    return words


def parameters(space: Space, values: np.ndarray) -> list[list[str]]:
    return [
        [word for name, text in sorted(configuration.active_values.items()) for word in (f"-{name}", text)]
        for configuration in space.configurations(values)
    ]


def test_all_are_here() -> None:
    names = {folder.name for folder in SCENARIOS}
    assert {"branin", "branin_mixed", "digits_mlp", "digits_cnn", "argparse_script"} <= names


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
    if folder.name in NEEDS_TENSORFLOW and importlib.util.find_spec("tensorflow") is None:
        pytest.skip("tensorflow (the extra `keras`) is not installed")
    default = read_pcs(folder / "params.pcs").default.active_values
    words = [word for name, text in sorted(default.items()) for word in (f"-{name}", text)]
    answer = run_target(command(folder, tmp_path), folder / options(folder)["execdir"], *words)
    assert answer.status == "SAT", answer
    assert answer.stderr == ""


@pytest.mark.parametrize("name", ["branin", "branin_mixed", "digits_mlp", "argparse_script"])
def test_the_target_takes_random_configurations(name: str, tmp_path: Path) -> None:
    folder = ROOT / "scenarios" / name
    space = read_pcs(folder / "params.pcs")
    for words in parameters(space, space.sample(4, np.random.default_rng(1))):
        answer = run_target(command(folder, tmp_path), folder / options(folder)["execdir"], *words)
        assert answer.status == "SAT", answer
        assert answer.stderr == ""
