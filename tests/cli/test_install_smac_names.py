"""`bbopt install-smac-names`: scripts that really call bbopt, and files that stay as they are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bbopt.cli.main import run

NAMES = ["algo-test", "pcs-check", "smac", "smac-validate", "state-merge", "verify-scenario"]


def test_the_scripts_pass_their_arguments_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a b" / "names"
    assert run(("install-smac-names", str(folder))) == 0
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert f"{folder / 'state-merge'}: bbopt merge\n" in capsys.readouterr().out
    (tmp_path / "random.py").write_text("raise SystemExit('not this one')\n")
    (tmp_path / "p q.pcs").write_text("x real [0, 1] [0.5]\n")
    for words, shown in (
        (["smac", "-v"], "bbopt "),
        (["smac-validate", "--help"], "Usage\n  bbopt validate "),
        (["pcs-check", "-p", "p q.pcs", "-Px=0.25"], f"{tmp_path / 'p q.pcs'}: no problems found\n"),
    ):
        done = subprocess.run(
            [folder / words[0], *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith(shown)


def test_what_others_have_put_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "smac").write_text("#!/bin/sh\n")
    (tmp_path / "algo-test").symlink_to("nowhere")
    assert run(("install-smac-names", str(tmp_path))) == 1
    err = capsys.readouterr().err
    assert f"{tmp_path / 'smac'}: there is another file of this name" in err
    assert "algo-test: there is another" in err
    assert sorted(os.listdir(tmp_path)) == ["algo-test", "smac"]
    assert (tmp_path / "smac").read_text() == "#!/bin/sh\n"


def test_its_own_scripts_are_replaced(tmp_path: Path) -> None:
    assert run(("install-smac-names", str(tmp_path))) == 0
    text = (tmp_path / "smac").read_text()
    (tmp_path / "smac").write_text(text.replace("exec ", "exec /an/old/python "))
    assert run(("install-smac-names", str(tmp_path))) == 0
    assert (tmp_path / "smac").read_text() == text
