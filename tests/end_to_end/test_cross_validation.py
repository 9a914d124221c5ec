"""Cross-validation as a user has it: folds that are raced, the winner on all data, and one level more."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest

from bbopt.cli.main import run
from bbopt.options import Assignments
from bbopt.scenario import Scenario
from tests.end_to_end.conftest import ScenarioFolder

TRAIN = """#!/bin/sh
# loss = (x - 0.3)^2 + a hundredth of the fold; with --all no fold, and a failure where the file `fails` is
all=no; fold=0; outer=0
while [ $# -gt 0 ]; do
  case "$1" in
    --x) x=$2; shift ;;
    --id_cross_fold) fold=$2; shift ;;
    --nb_cross_fold) shift ;;
    --outer) outer=$2; shift ;;
    --all) all=yes ;;
  esac
  shift
done
[ $all = yes ] && [ -e fails ] && exit 3
awk -v x="$x" -v f="$fold" -v o="$outer" 'BEGIN { printf "loss: %.6f\\n", (x - 0.3) ^ 2 + f / 100 + o }'
"""
SCENARIO = """algo = ./train.sh
call-format = argparse
pcs-file = params.pcs
metric = loss
folds = 3
retrain-command = ./train.sh --all
deterministic = true
engine = random
rungroup = crossed
runcount-limit = 12
"""
LIMIT = ("--runcount-limit", "30")  # enough for challengers that are dropped, in whatever order runs end


@pytest.fixture
def crossed(folder: ScenarioFolder, monkeypatch: pytest.MonkeyPatch) -> ScenarioFolder:
    folder.write("train.sh", TRAIN, executable=True)
    folder.write("params.pcs", "x real [0, 1] [0.9]\n")
    folder.write("scenario.txt", SCENARIO)
    monkeypatch.chdir(folder.path)
    return folder


def search(*options: str) -> int:
    return run(("--scenario", "scenario.txt", "--seed", "1", *options))


def test_a_search(crossed: ScenarioFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert search(*LIMIT, "--cores", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    mean = next(line for line in lines if line.startswith("Cross-validation: "))
    assert re.fullmatch(r"Cross-validation: mean loss 0\.\d+ \+/- 0\.01 over 3 folds\.", mean)
    call = lines[lines.index("[INFO ] Now retraining the final incumbent:") + 1]
    told = re.fullmatch(
        r"\[INFO \] The final incumbent was retrained in .* s: loss (\S+) \(run 1-31\)\.", lines[-1]
    )
    assert told is not None

    assert run(("best", "bbopt-output/crossed", "--json")) == 0
    best = json.loads(capsys.readouterr().out)
    assert (best["folds"], best["sd"]) == (3, pytest.approx(0.01))
    assert best["retrained"] == {"value": pytest.approx(best["mean"] - 0.01, abs=2e-6), "run": "1-31"}
    assert float(told[1]) == pytest.approx(best["retrained"]["value"])
    assert call == f"cd {crossed.path}; ./train.sh --all --x {best['settings']['x']}"

    assert run(("table", "bbopt-output/crossed", "--sort", "loss", "--where", "missing = 0")) == 0
    header, first, *_ = (line.split() for line in capsys.readouterr().out.splitlines())
    assert header == ["x", "folds", "wallclock_s", "loss", "loss_sd", "retrained"]
    assert (first[1], first[4]) == ("3", "0.01")
    assert float(first[5]) == pytest.approx(best["retrained"]["value"], abs=1e-6)
    assert run(("table", "bbopt-output/crossed", "--group-by", "none")) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 31
    assert run(("table", "bbopt-output/crossed", "--where", "missing > 0")) == 0
    assert len(capsys.readouterr().out.splitlines()) > 1  # a challenger was dropped before its last fold

    assert run(("report", "bbopt-output/crossed", "--terminal")) == 0
    report = " ".join(capsys.readouterr().out.split())
    assert f"Its training by retrain-command came to {best['retrained']['value']:.4g}." in report

    assert search(*LIMIT, "--resume", "auto") == 0
    again = capsys.readouterr().out.splitlines()[-1]
    assert "was retrained before, in " in again
    assert "(run 1-31)" in again


def test_a_training_that_fails_is_tried_again(
    crossed: ScenarioFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    fails = crossed.write("fails", "")
    assert search("--runcount-limit", "4") == 255
    assert "the final incumbent could not be retrained: CRASHED" in capsys.readouterr().err
    fails.unlink()
    assert search("--runcount-limit", "4", "--resume", "auto") == 0
    assert "The final incumbent was retrained in" in capsys.readouterr().out.splitlines()[-1]


def test_double_cross_validation(crossed: ScenarioFolder, capsys: pytest.CaptureFixture[str]) -> None:
    outer = ("--outer-folds", "2", "--runcount-limit", "4", "--algo", "./train.sh --outer {outer-fold}")
    assert search(*outer) == 1
    assert "does not tell the program its outer fold" in capsys.readouterr().err
    assert search(*outer, "--retrain-command", "./train.sh --all --outer {outer-fold}") == 0
    header, first, second, last = capsys.readouterr().out.splitlines()[-4:]
    assert header.split() == ["outer", "fold", "inner", "loss", "outer", "loss", "settings"]
    values = [[float(word) for word in line.split()[:3]] for line in (first, second)]
    assert [value[0] for value in values] == [0, 1]
    assert values[1][2] - values[0][2] == pytest.approx(1.0)  # the outer fold adds its number
    mean = sum(value[2] for value in values) / 2
    assert last == f"Double cross-validation: loss {mean:.6g} +/- 0.707 over 2 outer folds"
    assert sorted(path.name for path in (crossed.path / "bbopt-output").iterdir()) == [
        "crossed-outer-0", "crossed-outer-1",
    ]  # fmt: skip


def test_the_seeds_of_an_outer_fold_are_told_which(
    crossed: ScenarioFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def instead(scenario: Scenario, numbers: Sequence[int], given: Assignments, **_: bool) -> int:
        told.append([f"{entry.name}={entry.text}" for entry in given.entries][-1])
        return 7  # so that it is the last

    monkeypatch.setattr("bbopt.cli.seeds.tune_seeds", instead)
    words = ("./train.sh {outer-fold}", "--retrain-command", "./train.sh --all {outer-fold}")
    assert search("--seeds", "1-2", "--outer-folds", "2", "--algo", *words) == 7
    assert told == ["--outer-fold=0"]
