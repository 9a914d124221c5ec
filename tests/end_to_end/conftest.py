"""A scenario folder with a small real target, and the command as a subprocess."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TARGET = """#!/bin/sh
# quality = (x - 0.3)^2 + cost of the colour, by awk; no Python, so that many runs are cheap
shift 5
x=0; colour=none
while [ $# -gt 0 ]; do
  case "$1" in
    -x) x=$2 ;;
    -colour) colour=$2 ;;
  esac
  shift 2
done
awk -v x="$x" -v c="$colour" 'BEGIN {
  q = (x - 0.3) * (x - 0.3) + (c == "red" ? 0 : (c == "blue" ? 0.1 : 0.2))
  printf "Result of this algorithm run: SAT, 0.01, 0, %.12f, -1\\n", q
}'
"""

PCS = """x real [0, 1] [0.9]
colour categorical {red, blue, green} [green]
"""

SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
runcount-limit = 20
"""


class ScenarioFolder:
    """A folder with target.sh, params.pcs and scenario.txt."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("target.sh", TARGET, executable=True)
        self.write("params.pcs", PCS)
        self.write("scenario.txt", SCENARIO)

    def write(self, name: str, text: str, executable: bool = False) -> Path:
        file = self.path / name
        file.write_text(text)
        if executable:
            file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return file

    @property
    def output(self) -> Path:
        return self.path / "bbopt-output" / self.path.name

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bbopt", *arguments]

    def environment(self, **extra: str) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), **extra}

    def bbopt(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=self.path, env=self.environment(**extra), text=True,
            capture_output=True, timeout=110, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def tune(self, *arguments: str, seed: int = 1, **extra: str) -> subprocess.CompletedProcess[str]:
        return self.bbopt("--scenario", "scenario.txt", "--seed", str(seed), *arguments, **extra)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command("--scenario", "scenario.txt", "--seed", "1", *arguments), cwd=self.path,
            env=self.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> ScenarioFolder:
    """A folder named `work`, so that the default rungroup is `work`."""
    path = tmp_path / "work"
    path.mkdir()
    return ScenarioFolder(path)


@pytest.fixture
def sleeping(folder: ScenarioFolder) -> Callable[[float], ScenarioFolder]:
    """The same with a target that leaves a marker and sleeps before it answers."""

    def make(seconds: float) -> ScenarioFolder:
        slow = TARGET.replace("shift 5\n", f'shift 5\necho "$$" >> started\nsleep {seconds}\n', 1)
        folder.write("target.sh", slow, executable=True)
        return folder

    return make
