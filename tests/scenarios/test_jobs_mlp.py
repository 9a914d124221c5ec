"""The tutorial's network, as its README says, with fewer epochs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "jobs_mlp"


def test_it_learns(tmp_path: Path) -> None:
    folder = tmp_path / "jobs_mlp"
    shutil.copytree(SCENARIO, folder)

    def bbopt(*words: str) -> str:
        command = [sys.executable, "-m", "bbopt", *words]
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, check=True
        ).stdout

    table = "sqlite:///jobs.db?table=mlp_dumi"
    settings = ("mlp_jobman.conf", "n_iter=3", "learning_rate={{0,0.2}}")
    bbopt("sqlschedules", table, "mlp_jobman.experiment", *settings)
    bbopt("sql", "-n", "0", table, ".")
    shown = bbopt("sqlstatus", "--all", "--print=best_validation_loss", table).splitlines()
    assert all("status=2" in line for line in shown)
    lame, good = (float(line.rpartition("=")[2]) for line in shown)
    assert lame > 0.8
    assert good < 0.3
