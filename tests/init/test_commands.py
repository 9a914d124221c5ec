"""Which words of a command are what."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.init.commands import as_template, read_command, without_placeholders


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("import argparse\n")
    (tmp_path / "tool").write_text("#!/usr/bin/env -S python3 -u\n")
    (tmp_path / "plain").write_text("hello\n")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "before", "given", "interpreter", "form"),
    [
        ("train.py fit --x 1", "python3 train.py", "fit --x 1", "python3", "file"),
        ("python train.py", "python train.py", "", "python", "file"),
        (
            "env A=1 python3.11 -u train.py a",
            "env A=1 python3.11 -u train.py",
            "a",
            "env A=1 python3.11 -u",
            "file",
        ),
        ("uv run train.py", "uv run train.py", "", "python3", "file"),
        ("python3 -m package.train fit", "python3 -m package.train", "fit", "python3", "module"),
        ("./tool x", "python3 ./tool", "x", "python3", "file"),
    ],
)
def test_scripts_and_modules(words: str, before: str, given: str, interpreter: str, form: str) -> None:
    found = read_command(words.split(), None)
    assert " ".join(found.before) == before
    assert " ".join(found.given) == given
    assert " ".join(found.interpreter) == interpreter
    assert found.form == form


def test_other_programs_and_another_python() -> None:
    assert not read_command(["ls", "-l"], None).is_python
    assert read_command(["train.py"], "/opt/python").before == ("/opt/python", "train.py")


@pytest.mark.parametrize(
    ("word", "told"),
    [("missing.py", "no such script"), ("plain", "this is no Python script"), ("no-such", "no such program")],
)
def test_what_is_none(word: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_command([word], None)


def test_placeholders() -> None:
    words = ["--seed", "{seed}", "--json", '{"a": 1}', "{name}"]
    assert without_placeholders(words) == ["--seed", "1", "--json", '{"a": 1}', "{name}"]
    assert as_template(words) == ["--seed", "{seed}", "--json", '{"a": 1}', "{{name}}"]
