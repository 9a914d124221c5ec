"""Digits with folds: few runs of the scenario as it is, and the training of the winner on all data."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "digits_folds"


def bbopt(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bbopt", *words], cwd=folder, capture_output=True, text=True, timeout=110
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_few_runs(tmp_path: Path) -> None:
    folder = tmp_path / "digits_folds"
    shutil.copytree(SCENARIO, folder, ignore=shutil.ignore_patterns("bbopt-output"))
    bbopt(folder, "--scenario", "scenario.txt", "--seed", "1", "--runcount-limit", "8", "--cores", "2")
    best = json.loads(bbopt(folder, "best", "bbopt-output/digits_folds", "--json"))
    assert best["folds"] == 5
    assert 0 < best["mean"] < 0.95
    assert 0 < best["sd"] < 0.1
    assert 0 < best["retrained"]["value"] < 0.95
