"""What `bbopt check` shows of instances and objective."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bbopt.cli.main import run

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "ex"
    shutil.copytree(GOLDEN_RUN, folder)
    (folder / "solver.py").write_text("#!/bin/sh\n")
    (folder / "solver.py").chmod(0o755)
    monkeypatch.chdir(folder)
    return folder


def shown(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, str]:
    assert run(("check", "--scenario", "scenario.txt", "--seed", "1", *argv)) == 0
    lines = capsys.readouterr().out.splitlines()
    parts = (line.split(maxsplit=1) for line in lines if line.startswith("  "))
    return {label: text.strip() for label, text in parts}


def test_the_reference_scenario(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys)
    assert lines["instances"] == "4 training instances, 2 test instances, 2 features"
    assert lines["objective"] == "RUNTIME, randomised target, MEAN10, cutoff 2 s, adaptive capping"


def test_seeds_and_what_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "seeds.txt").write_text("1 a\n2 a\n3 b\n")
    (folder / "scenario.txt").write_text(
        "algo = ./solver.py\npcs-file = params.pcs\ninstances = seeds.txt\ncutoff-time = 0.5\nac = 0\n"
    )
    lines = shown(capsys, "--intra-obj", "MEAN")
    assert lines["instances"] == "2 training instances with 3 seeds in all, no test instances, no features"
    assert lines["objective"] == "RUNTIME, deterministic target, MEAN, cutoff 0.5 s, no capping"


def test_a_black_box(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ("--use-instances", "0", "--run-obj", "QUALITY", "--overall-obj", "MEAN")
    lines = shown(capsys, *argv)
    assert lines["instances"] == "none: a black box"
    assert lines["objective"] == "QUALITY, randomised target"


def test_warnings_come_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "features.csv").open("a") as file:
        file.write("inst/other.cnf,1,2\n")
    assert run(("check", "--scenario", "scenario.txt", "--seed", "1")) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("warning: ")
    assert first.endswith("features.csv:8: features of unknown instances have no effect: inst/other.cnf")
