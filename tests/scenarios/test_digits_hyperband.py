"""Hyperband over a network that goes on from checkpoints, to its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bbopt.output_folder import OutputFolder
from bbopt.space import read_pcs
from tests.journals import read_journal
from tests.targets.target_calls import ROOT

FOLDER = ROOT / "scenarios" / "digits_hyperband"


def bbopt(folder: Path, *arguments: str) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "bbopt", *arguments], cwd=folder, text=True, capture_output=True, timeout=110,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_promoted_configurations_go_on_where_they_were(tmp_path: Path) -> None:
    words = ("--seed", "1", "--budget-max", "9", "--brackets", "1", "--validation", "false")
    bbopt(tmp_path, "--scenario", str(FOLDER / "scenario.txt"), *words)
    output = tmp_path / "bbopt-output" / "digits_hyperband"
    runs = read_journal(output / "live-rundata-1.json", read_pcs(FOLDER / "params.pcs")).runs
    first_steps: dict[int, set[int]] = {}
    for run in runs:
        first_step, _ = next(iter(run.result.curve))
        first_steps.setdefault(run.request.runlength, set()).add(first_step)
    assert first_steps == {1: {1}, 3: {2}, 9: {4}}
    found = json.loads(bbopt(tmp_path, "best", str(output), "--json"))
    (left,) = OutputFolder(output).checkpoint_folders()
    assert Path(found["checkpoint"], "state.npz").is_file()
    assert Path(found["checkpoint"]).parent.name == left
    assert Path(found["checkpoint"]).name.startswith("9-1-")
