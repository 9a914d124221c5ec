from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bbopt.isolated_python import HOME, search_path

SHOW = "import json, sys; from bbopt.isolated_python import *; print(json.dumps([sys.path, {}]))"


def answer(words: list[str], cwd: Path, search_path: str) -> Any:
    """What Python prints, as JSON."""
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd, env={**os.environ, "PYTHONPATH": search_path}, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_search_path_is_that_of_this_process_without_the_current_folder(tmp_path: Path) -> None:
    here, library, link = (tmp_path / name for name in ("here", "library", "link"))
    here.mkdir()
    link.symlink_to(here)
    words = ["-c", SHOW.format("search_path()")]
    before, after = answer(words, here, f"{link}::{library}:{HOME}")
    assert before[:5] == ["", str(link), str(here), str(library), HOME]
    assert after == before[3:]


def test_home_is_found_even_in_the_current_folder_but_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    monkeypatch.setattr(sys, "path", [HOME, "", "somewhere", "/elsewhere"])
    assert search_path() == ["/elsewhere", HOME]


def test_search_path_in_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    monkeypatch.setattr(sys, "path", ["", "/elsewhere", HOME])
    assert search_path() == ["/elsewhere", HOME]


@pytest.mark.parametrize("utf8_mode", [0, 1])
def test_isolated_from_the_folder_and_the_users_variables(tmp_path: Path, utf8_mode: int) -> None:
    for name in ("random", "sitecustomize", "usercustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    flags = ["-X", f"utf8={utf8_mode}", "-c"]
    _, (_, *words) = answer([*flags, SHOW.format("isolated_python('-S')")], Path(HOME), HOME)
    script = "import json, random, sys; print(json.dumps([sys.flags.utf8_mode, sys.flags.no_site]))"
    assert answer([*words, "-c", script], tmp_path, str(tmp_path)) == [utf8_mode, 1]
