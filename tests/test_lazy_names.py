from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "bbopt"
LAZY = sorted(path for path in PACKAGE.rglob("__init__.py") if "lazy_names(" in path.read_text())


def told_to_type_checkers(path: Path) -> dict[str, str]:
    """Each name that a package imports for type checkers, and the module that it is from."""
    (told,) = (one for one in ast.parse(path.read_text()).body if isinstance(one, ast.If))
    imports = [one for one in told.body if isinstance(one, ast.ImportFrom)]
    return {alias.name: str(one.module) for one in imports for alias in one.names}


@pytest.mark.parametrize("path", LAZY, ids=lambda path: path.parent.name)
def test_names_are_what_type_checkers_are_told(path: Path) -> None:
    package = importlib.import_module(".".join(path.parent.relative_to(PACKAGE.parent).parts))
    told = told_to_type_checkers(path)
    assert sorted(told) == sorted(package.__all__)
    for name, module in told.items():
        assert getattr(package, name) is getattr(importlib.import_module(module), name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018


def test_a_look_at_a_queue_waits_for_nothing_that_it_does_not_need() -> None:
    code = "import sys, bbopt.cli.jobs_status; from bbopt.stores.sql import SqlJobTable; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert "sqlalchemy" in imported
    assert imported.isdisjoint({"numpy", "filelock", "rich"})
    assert "sqlalchemy.dialects.postgresql" not in done.stdout.split()
