"""Printed calls are pasted into shells, whatever names, values and folders hold."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ScenarioFolder

SHELLS = ["sh", *(["bash"] if shutil.which("bash") else [])]

TARGET = """#!/bin/sh
printf '%s|' "$@" >> calls; echo >> calls
echo "Result for SMAC: SUCCESS, 0, 0, 1, 0"
"""
ALGO = """./target.sh "two
lines, it's" '$HOME'"""
SCENARIO = """pcs-file = params.pcs
instances = .
instance-suffix = cnf
run-obj = QUALITY
deterministic = true
runcount-limit = 1
"""
PCS = """x;y categorical {it's, b} [it's]
$(touch,pwned) categorical {`pwned>pwned`} [`pwned>pwned`]
z categorical {';pwned>pwned;'} [';pwned>pwned;']
"""


@pytest.mark.parametrize("call_format", ["smac", "argparse"])
def test_a_hostile_call_in_a_folder_that_is_no_text(tmp_path: Path, call_format: str) -> None:
    folder = tmp_path / os.fsdecode(b"it's \xff $(touch pwned)")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system wants names in UTF-8")
    scenario = ScenarioFolder(folder)
    scenario.write("target.sh", TARGET, executable=True)
    scenario.write("params.pcs", PCS)
    scenario.write("it's $x.cnf", "")
    options = f"call-format = {call_format}\nresult-pattern = quality: SUCCESS, 0, 0, (.)\n"
    scenario.write("scenario.txt", SCENARIO + (options if call_format != "smac" else ""))
    algo = ALGO + (" {instance}" if call_format == "argparse" else "")
    arguments = ["--scenario", "scenario.txt", "--algo", algo, "--seed", "1", "--rungroup", "out"]
    done = subprocess.run(
        scenario.command(*arguments), cwd=folder, env=scenario.environment(), capture_output=True,
        check=False, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    call = lines[lines.index(b"Sample call for this final incumbent:") + 1]
    calls = folder / "calls"
    expected = calls.read_bytes()
    assert b"it's $x.cnf" in expected
    assert b"`pwned>pwned`" in expected
    for shell in SHELLS:
        calls.unlink()
        subprocess.run([shell], input=call + b"\n", cwd="/", check=True, timeout=60)
        assert calls.read_bytes() == expected
    assert not list(tmp_path.rglob("pwned"))
    assert not Path("/pwned").exists()


def test_a_value_that_the_locale_cannot_encode(folder: ScenarioFolder) -> None:
    folder.write("params.pcs", "x categorical {a, β} [β]\n")
    ascii_only = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    done = folder.tune(**ascii_only)
    assert done.returncode == 255
    assert "a character that the locale can't encode: set LC_ALL=C.UTF-8" in done.stderr
    assert "zero" not in done.stderr
    done = folder.tune(LC_ALL="C.UTF-8")
    assert done.returncode == 0, done.stderr


def test_paths_and_commands_that_the_locale_cannot_encode(folder: ScenarioFolder) -> None:
    options = ["output-dir", "rungroup", "execdir", "pre-scenario-command"]
    with (folder.path / "scenario.txt").open("a", encoding="utf-8") as file:
        file.write("".join(f"{option} = β\n" for option in options))
    done = folder.tune(PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", LC_ALL="C")
    assert done.returncode == 1
    for line, option in enumerate(options, start=7):
        assert f"scenario.txt:{line}:{len(option) + 4}: {option} " in done.stderr
    assert done.stderr.count("expected: text in ascii") == len(options)
