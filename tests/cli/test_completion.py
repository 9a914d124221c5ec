"""The scripts for completion, used in the shells that they are for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bbopt.cli.commands import COMMANDS
from bbopt.cli.completion import SHELLS
from bbopt.cli.main import run

ASK = """
source {script}
COMP_WORDS=({words}) COMP_CWORD={last}
_bbopt
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    for shell, lines in SHELLS.items():
        (tmp_path / f"script.{shell}").write_text("\n".join(lines()) + "\n")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a file.txt").touch()
    (tmp_path / "work" / "a folder").mkdir()
    return tmp_path


def output(scripts: Path, *command: str) -> list[str]:
    done = subprocess.run(
        command, cwd=scripts / "work", capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def in_bash(scripts: Path, *words: str) -> list[str]:
    quoted = " ".join(f"'{word}'" for word in ("bbopt", *words))
    ask = ASK.format(script=scripts / "script.bash", words=quoted, last=len(words))
    return output(scripts, "bash", "--norc", "-c", ask)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([""], sorted({name.split()[0] for name in COMMANDS})),
        (["sta"], ["status"]),
        (["jobs", "a"], ["add"]),
        (["--scenario", "a"], ["a file.txt", "a folder"]),
        (["--output-dir", ""], ["a folder"]),
        (["--engine", "t"], ["tpe"]),
        (["--engine", "=", "t"], ["tpe"]),
        (["run", "--deterministic", "="], ["false", "true"]),
        (["--resum"], ["--resume"]),
        (["--seeds"], ["--seeds"]),
        (["call", "--resum"], ["--resume"]),
        (["status", "--eng"], [""]),
        (["export", "--to", "cs"], ["csv"]),
        (["best", "a"], ["a folder"]),
        (["best", "--js"], ["--json"]),
        (["--json", "--qui"], ["--quiet"]),
        (["completion", "z"], ["zsh"]),
        (["run", "--", "python", "a"], ["a file.txt", "a folder"]),
        (["jobs", "add", "--dry"], ["--dry-run"]),
        (["--seed", ""], [""]),
    ],
)
def test_bash_completes(scripts: Path, words: list[str], expected: list[str]) -> None:
    assert sorted(in_bash(scripts, *words)) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_their_scripts(scripts: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert output(scripts, shell, "-n", str(scripts / f"script.{shell}")) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("bbopt sta", ["status"]),
        ("bbopt jobs ad", ["add"]),
        ("bbopt --engine tp", ["tpe"]),
        ("bbopt --resum", ["--resume"]),
        ("bbopt status --eng", []),
        ("bbopt best --js", ["--json"]),
        ("bbopt --output-dir a", ["a folder/"]),
    ],
)
def test_fish_completes(scripts: Path, line: str, expected: list[str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    ask = f"source {scripts / 'script.fish'}; complete -C '{line}'"
    found = output(scripts, "fish", "--no-config", "-c", ask)
    assert [each.split("\t")[0] for each in found] == expected


def test_a_shell_that_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 1
    assert "one of bash, zsh, fish" in capsys.readouterr().err
