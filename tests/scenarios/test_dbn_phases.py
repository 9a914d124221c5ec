"""The deep belief network in phases, as its README says, with fewer epochs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "dbn_phases"


def test_the_phases_follow_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "dbn_phases"
    shutil.copytree(SCENARIO, folder)
    conf = (folder / "dbn_jobman.conf").read_text()
    (folder / "dbn_jobman.conf").write_text(re.sub("_iter = .*", "_iter = 4", conf))
    typed = re.findall(r"^    (\S.*(?:\n        .*)*)$", (folder / "README.md").read_text(), re.MULTILINE)
    script = 'set -e\nbbopt() { "$PYTHON" -m bbopt "$@"; }\n' + "\n".join(typed[1:])
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=300,
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    waiting = lines[-19:-10]
    assert sum("waits for 2 jobs of group n_hidden=" in line for line in waiting) == 4
    assert waiting[-1].endswith("waits for 4 jobs of group phase=supervised")
    ended = [dict(word.split("=") for word in line.split()[3:]) for line in lines[-9:]]
    assert [one["status"] for one in ended] == ["2"] * 9
    losses = {one["n_hidden"]: float(one["best_validation_loss"]) for one in ended[4:8]}
    assert set(losses) == {"32", "64"}
    best = min(ended[4:8], key=lambda one: float(one["best_validation_loss"]))
    assert ended[8]["n_hidden"] == best["n_hidden"]
    assert float(ended[8]["test_score"]) < 0.35
