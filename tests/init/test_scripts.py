"""Scripts of many styles: what is read of their arguments, and that the files made of it are understood."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.init.shapes import NAMES, SCRIPTS, expected

ROOT = Path(__file__).resolve().parents[2]
LEAST_SHARE = 0.95


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one process finds out about each script, in a folder of its own that must stay as it is."""
    folder = tmp_path_factory.mktemp("scripts")
    for path in SCRIPTS.glob("*.py"):
        (folder / path.name).write_text(path.read_text())
    before = sorted(path.name for path in folder.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.init.shapes", *NAMES], cwd=folder, text=True, capture_output=True,
        timeout=110, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in folder.rglob("*")) == before
    return dict(json.loads(done.stdout))


def test_arguments_are_typed_right(found: dict[str, Any]) -> None:
    wrong, n_all = [], 0
    for name in NAMES:
        told, read = expected(name), found[name]["arguments"]
        for flag in told.keys() | read.keys():
            n_all += 1
            if told.get(flag) != read.get(flag):
                wrong.append(f"{name} {flag}: {told.get(flag)} is expected, {read.get(flag)} was read")
    assert len(NAMES) >= 30
    assert n_all > 200
    assert 1 - len(wrong) / n_all >= LEAST_SHARE, "\n".join(wrong)
    assert wrong == []


TYPER = """import enum, typer
class Kind(str, enum.Enum):
    a = "x"
    b = "y"
def main(
    lr: float = 0.01, layers: int = typer.Option(2, min=1, max=8), kind: Kind = Kind.b, fast: bool = True
):
    print("loss:", lr)
typer.run(main)
"""


def test_typer(tmp_path: Path) -> None:
    pytest.importorskip("typer")
    (tmp_path / "typed.py").write_text(TYPER)
    program = (
        "import sys; from bbopt.init import read_command, read_program; "
        "found = read_program(read_command(['typed.py'], sys.executable), from_help=False).program; "
        "print([(one.flag, one.kind.value, one.default, one.choices, one.high) for one in found.arguments])"
    )
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, text=True, capture_output=True, timeout=110,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(done.stdout) == [
        ("--lr", "real", 0.01, (), None),
        ("--layers", "integer", 2, (), 8),
        ("--kind", "choice", "y", ("x", "y"), None),
        ("--fast", "pair", True, (), None),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_those_of_a_search(name: str, found: dict[str, Any]) -> None:
    """Loaded, and the default configuration turned into a command, which the script takes."""
    assert found[name]["problems"] == ""
    assert found[name]["command"][1].endswith(f"{name}.py")
    assert found[name]["n_parameters"] >= 2
