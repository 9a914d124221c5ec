"""Folds in place of instances, and how the winner is trained again: what is read, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bbopt.errors import InputErrors
from bbopt.planning.setup import build_setup
from bbopt.runs import ALL_DATA, RETRAINING, Origin, RunRequest
from bbopt.scenario import Scenario, load_scenario, read_command_line

SCENARIO = """algo = ./s
call-format = argparse
pcs-file = p.pcs
metric = loss
folds = 3
deterministic = true
"""

TEMPLATE = ("--call-format", "template")


def outer(algo: str = "./s {outer-fold}", retrain: str = "./s {outer-fold} --all") -> list[str]:
    """The options of a double cross-validation's second search."""
    return ["--outer-folds", "2", "--outer-fold", "1", "--algo", algo, "--retrain-command", retrain]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"s": "#!/bin/sh\n", "p.pcs": "x real [0, 1] [0.5]\n", "i.txt": "a\nb\n"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "s").chmod(0o755)
    (tmp_path / "scenario.txt").write_text(SCENARIO)
    return tmp_path


def load(folder: Path, *argv: str) -> Scenario:
    words = ("--scenario", str(folder / "scenario.txt"), "--seed", "1", *argv)
    return load_scenario(read_command_line(words), cwd=folder, home=folder, search_path="")


def calls(scenario: Scenario) -> list[str]:
    """Those of the default on each fold, and on all data."""
    setup = build_setup(scenario)
    runs = [(one, Origin("default", 0)) for one in scenario.instances.instances]
    runs.append((ALL_DATA, Origin(RETRAINING, 0)))
    requests = [RunRequest(setup.space.default, one, -1, 1.0, 1, origin) for one, origin in runs]
    return [" ".join(setup.command.meant_by(one).argv(one)) for one in requests]


def test_each_fold_is_an_instance(folder: Path) -> None:
    scenario = load(folder)
    assert [(one.name, one.info) for one in scenario.instances.instances] == [
        ("0", "3"),
        ("1", "3"),
        ("2", "3"),
    ]
    assert scenario.test_instances is None
    assert dict(scenario.context)["folds"] == "3"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], [f"./s --id_cross_fold {fold} --nb_cross_fold 3 --x 0.5" for fold in (0, 2)]),
        (["--algo", "./s {fold}/{folds}"], ["./s 0/3 --x 0.5", "./s 2/3 --x 0.5"]),
        (["--algo", "./s {instance}"], ["./s 0 --x 0.5", "./s 2 --x 0.5"]),
        (["--algo-template", "./s {params} {fold}", *TEMPLATE], ["./s -x 0.5 0", "./s -x 0.5 2"]),
        (["--call-format", "irace"], ["--x 0.5", "--x 0.5"]),
        (["--call-format", "smac"], ["./s 0 3 1.0 1 -1 -x 0.5", "./s 2 3 1.0 1 -1 -x 0.5"]),
        (
            outer("./s {fold} {outer-fold}"),
            ["./s 0 1 --x 0.5", "./s 2 1 --x 0.5"],
        ),
    ],
)  # fmt: skip
def test_the_program_is_told_its_fold(folder: Path, options: list[str], expected: list[str]) -> None:
    found = calls(load(folder, *options))
    assert found[0].endswith(expected[0])
    assert found[2].endswith(expected[1])


@pytest.mark.parametrize(
    ("options", "call"),
    [
        (["--retrain-command", "./s --all"], "./s --all --x 0.5"),
        (["--retrain-command", "./s {params} --all"], "./s --x 0.5 --all"),
        (["--retrain-command", "./s x={param:x}"], "./s x=0.5"),
        (["--retrain-command", "./s", "--call-format", "smac"], "./s -x 0.5"),
        (outer(retrain="./s {outer-fold}/{outer-folds}"), "./s 1/2 --x 0.5"),
    ],
)
def test_the_winner_is_trained_by_another_command(folder: Path, options: list[str], call: str) -> None:
    assert calls(load(folder, *options))[3] == call


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--instances", "i.txt"], "folds and instances contradict each other"),
        (["--test-instances", "i.txt"], "folds and test-instances contradict each other"),
        (["--use-instances", "false"], "folds and use-instances contradict each other"),
        (["--run-obj", "RUNTIME"], "folds are compared by a quality"),
        (["--folds", "1"], "folds can't have this value"),
        (["--algo-template", "./s {params}", *TEMPLATE], "does not tell the program its fold"),
        (["--algo", "./s {outer-fold}"], "{outer-fold} needs a cross-validation"),
        (["--outer-fold", "1"], "there is no such outer fold"),
        (["--outer-folds", "2", "--outer-fold", "2"], "there is no such outer fold"),
        (["--outer-folds", "2", "--outer-fold", "1"], "outer-folds needs a retrain-command"),
        (outer(algo="./s"), "does not tell the program its outer fold"),
        (outer(retrain="./s"), "does not tell the program its outer fold"),
        (["--retrain-command", "./s {fold}"], "unknown placeholder {fold}"),
        (["--retrain-command", "./nothing"], "the program of retrain-command"),
        (["--retrain-command", "./s {run-folder}"], "{run-folder} needs run folders"),
    ],
)  # fmt: skip
def test_refusals(folder: Path, options: list[str], said: str) -> None:
    with pytest.raises(InputErrors, match=re.escape(said)):
        load(folder, *options)


def test_a_fold_that_there_is_not(folder: Path) -> None:
    (folder / "scenario.txt").write_text(SCENARIO.replace("folds = 3\n", "use-instances = false\n"))
    with pytest.raises(InputErrors, match="needs a cross-validation"):
        load(folder, "--algo", "./s {fold}")


def test_a_parameter_that_there_is_not(folder: Path) -> None:
    with pytest.raises(InputErrors, match="unknown parameter: y"):
        build_setup(load(folder, "--retrain-command", "./s {param:y}"))


def test_searches_of_outer_folds_are_apart(folder: Path) -> None:
    names = (*outer(), "--storage", "sqlite:///x.db")
    scenario = load(folder, *names)
    assert scenario.rungroup == f"{load(folder).rungroup}-outer-1"
    assert scenario.storage is not None
    assert scenario.storage.study == scenario.study == scenario.rungroup
    named = load(folder, *names, "--study", "mine")
    assert named.storage is not None
    assert named.storage.study == named.study == "mine-outer-1"
