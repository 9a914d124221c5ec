"""What a command line without files becomes: the lines of a scenario file, and those of a parameter file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.options import Words, option_table, read_command_line
from bbopt.scenario import Assignments, read_option_file
from bbopt.scenario.command_scenarios import CommandScenario, ParameterLines, command_scenario

LINES = ParameterLines(("lr real [1e-5, 1] [0.01] log", "n integer [1, 8] [2]"))


def made(tmp_path: Path, *argv: str, lines: ParameterLines = LINES) -> CommandScenario:
    words = Words("COMMAND", are_a_command=True)
    given = read_command_line(argv, option_table(), words)
    assert given.problems == ()
    return command_scenario(given, lines, str(tmp_path))


def written(scenario: CommandScenario, tmp_path: Path) -> Assignments:
    path = tmp_path / "scenario.txt"
    path.write_text(scenario.text("/out/params.pcs"))
    return read_option_file(path)


def values(given: Assignments) -> dict[str, str]:
    assert given.problems == ()
    return {entry.option.name: entry.text for entry in given.entries}


def test_the_files_that_it_means(tmp_path: Path) -> None:
    scenario = made(
        tmp_path,
        "--metric",
        "loss",
        "--runs",
        "50",
        "--seed",
        "3",
        "--",
        "python",
        "train.py",
        "--lr",
        "{lr}",
    )
    assert scenario.pcs_text == "lr real [1e-5, 1] [0.01] log\nn integer [1, 8] [2]\n"
    assert values(written(scenario, tmp_path)) == {
        "algo-exec": "python train.py --lr '{param:lr}'",
        "call-format": "argparse",
        "algo-exec-dir": str(tmp_path),
        "use-instances": "false",
        "run-obj": "QUALITY",
        "algo-deterministic": "true",
        "metric": "loss",
        "runcount-limit": "50",
        "pcs-file": "/out/params.pcs",
    }
    assert [entry.text for entry in scenario.others] == ["3"]


def test_what_is_given_stands(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a\n")
    argv = ("--deterministic", "false", "--call-format", "smac", "--instances", "list.txt", "--", "./s")
    found = values(written(made(tmp_path, *argv), tmp_path))
    assert found["algo-deterministic"] == "false"
    assert found["call-format"] == "smac"
    assert found["instances"] == str(tmp_path / "list.txt")
    assert "use-instances" not in found


def test_a_seed_in_the_command_makes_it_random(tmp_path: Path) -> None:
    found = values(written(made(tmp_path, "--", "./s", "--seed={seed}"), tmp_path))
    assert (found["algo-exec"], found["algo-deterministic"]) == ("./s '--seed={seed}'", "false")


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("{lr}", "{param:lr}"),
        ("a={lr},{n}", "a={param:lr},{param:n}"),
        ("{{lr}}", "{{lr}}"),
        ('{"lr": 1}',) * 2,
    ],
)
def test_braces(tmp_path: Path, word: str, kept: str) -> None:
    assert made(tmp_path, "--", "./s", word).entries[0].text == f"./s '{kept}'"


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("python", "train.py"), "train"),
        (("python", "-m", "train"), "python"),
        (("./bin/solver.x", "--log", "train.py"), "solver"),
        (("python", "train.py", "data.csv"), "data"),
    ],
)
def test_the_folder_is_called_after_the_script(tmp_path: Path, command: tuple[str, ...], name: str) -> None:
    for file in ("train.py", "data.csv"):
        (tmp_path / file).touch()
    assert made(tmp_path, "--", *command).name == name


def test_conditions_and_forbidden_clauses(tmp_path: Path) -> None:
    lines = ParameterLines(LINES.declarations, ("lr | n > 3",), ("{n=7}",))
    assert made(tmp_path, "--", "./s", "--lr={lr}", lines=lines).pcs_text == (
        "lr real [1e-5, 1] [0.01] log\nn integer [1, 8] [2]\nlr | n > 3\n{n=7}\n"
    )
    with pytest.raises(InputError, match="--lr would stand alone where lr is switched off"):
        made(tmp_path, "--", "./s", "--lr", "{lr}", lines=lines)


@pytest.mark.parametrize(
    ("argv", "lines", "message"),
    [
        (("--", "./s"), ParameterLines(), "no parameters are declared"),
        (("--pcs-file", "p", "--", "./s"), LINES, "both --param and a parameter file"),
        (("--scenario", "s.txt", "--", "./s"), LINES, "takes no --scenario-file"),
        (("--", "./s", "a #b"), LINES, "can't stand in a scenario file"),
        (("--", "./s", "a\nb"), LINES, "can't stand in a scenario file"),
        (("--", "./s"), ParameterLines(("lr real",)), "--param:1:"),
    ],
)
def test_what_can_not_be_meant(
    tmp_path: Path, argv: tuple[str, ...], lines: ParameterLines, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        made(tmp_path, *argv, lines=lines)
    assert message in str(caught.value)
