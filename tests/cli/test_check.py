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


def outcome(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = run(("check", *argv))
    return code, *capsys.readouterr()


def test_several_scenarios_as_in_verify_scenario(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy("scenario.txt", "second.txt")
    Path("third.txt").write_text("pcs-file = nowhere.pcs\n")
    both = ("--scenarios", "scenario.txt", "second.txt", "--verify-instances", "false")
    code, out, _ = outcome(capsys, *both, "--output-details", "false")
    assert code == 0
    assert out == "".join(f"{folder / name}: no problems found\n" for name in ("scenario.txt", "second.txt"))
    code, out, err = outcome(capsys, *both, "--scenario-files", "third.txt", "--frobnicate")
    assert code == 1
    assert "no problems found" not in out  # the command line is wrong for all of them
    assert err.count("unknown option --frobnicate") == 1
    assert "third.txt" in err
    assert outcome(capsys, *both, "--restore-args", "--cutoff-time 0 --run-obj 'QUALITY'")[0] == 1
    assert "can't be split" in outcome(capsys, *both, "--restore-args", "'")[2]


def test_instances_that_are_no_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = ("--scenario", "scenario.txt")
    code, out, _ = outcome(capsys, *scenario)
    assert code == 0
    assert f"6 of 6 instances are no files for the target, which runs in {folder}" in out
    assert "no files" not in outcome(capsys, *scenario, "--verify-instances", "false")[1]
    code, _, err = outcome(capsys, *scenario, "--verify-instances", "true")
    assert code == 1
    assert err.count("an instance can't be read") == 6
    (folder / "inst").mkdir()
    for line in (*Path("train.txt").read_text().split(), *Path("test.txt").read_text().split()):
        Path(line).touch()
    assert outcome(capsys, *scenario, "--verify-instances", "true")[0] == 0


def test_a_parameter_file_alone_as_in_pcs_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.pcs").write_text("a {x, y} [x]\nb {x, y} [x]\n{a=y, b=y}\n")
    code, out, _ = outcome(capsys, "-p", "p.pcs", "--config", "-a y -b x")
    assert (code, out.splitlines()[0]) == (0, f"{folder / 'p.pcs'}: no problems found")
    assert out.endswith("  config      -a 'y' -b 'x'   (not forbidden)\n")
    assert outcome(capsys, "-p", "p.pcs", "-Pa=y", "-Pb=y")[1].endswith("-b 'y'   (forbidden)\n")
    drawn = [
        outcome(capsys, "-p", "p.pcs", "--config", "RANDOM", "--config-seed", str(seed))[1]
        for seed in (1, 1, 2, 3, 4, 5)
    ]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1
    Path("p.pcs").write_text("a {x, y} [z]\n")
    code, _, err = outcome(capsys, "--param-file", "p.pcs")
    assert code == 1
    assert "p.pcs:1:" in err
    assert "does not exist" in outcome(capsys, "-p", "nowhere.pcs")[2]
