"""Calls the example targets as SMAC v2 would: as programs, with its five positional arguments first."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
TARGETS = ROOT / "targets"
NO_INSTANCE = ("no_instance", "0", "1.7976931348623157E308", "2147483647")
RESULT_START = "Result of this algorithm run: "


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target's run left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def fields(self) -> list[str]:
        """The result line's fields; fails when there is not exactly one line."""
        lines = [line for line in self.stdout.splitlines() if line.startswith(RESULT_START)]
        assert len(lines) == 1, self
        fields = lines[0].removeprefix(RESULT_START).split(", ")
        assert len(fields) in {5, 6}, lines[0]
        return fields

    @property
    def status(self) -> str:
        return self.fields[0]

    @property
    def runtime_s(self) -> float:
        return float(self.fields[1])

    @property
    def quality(self) -> float:
        return float(self.fields[3])

    @property
    def seed(self) -> int:
        return int(self.fields[4])

    @property
    def additional(self) -> str:
        return self.fields[5]


Call = Callable[..., Answer]


def run_target(command: list[str], folder: Path, *parameters: str, seed: int = -1) -> Answer:
    """Run a target's command in `folder`, on no instance, without limits."""
    done = subprocess.run(
        [*command, *NO_INSTANCE, str(seed), *parameters],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=110,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def environment() -> dict[str, str]:
    """This process's environment, with its interpreter as the `python3` of the scripts."""
    folder = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def load_script(path: Path) -> ModuleType:
    """A script as a module, for its functions; it must not import anything heavy."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
