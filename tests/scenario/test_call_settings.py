"""The options of call formats, from scenario files."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bbopt.errors import InputErrors
from bbopt.scenario import CallFormatName, Scenario, load_scenario, read_command_line

REST = "pcs-file = params.pcs\nuse-instances = false\nrun-obj = QUALITY\n"
QUALITY = "result-pattern = quality: cost (.*)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "params.pcs").write_text("x real [0, 1] [0.5]\n", encoding="utf-8")
    program = tmp_path / "solver"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def load(folder: Path, text: str, *argv: str) -> Scenario:
    (folder / "scenario.txt").write_text(text + REST, encoding="utf-8")
    return load_scenario(
        read_command_line(("--scenario", "scenario.txt", *argv)), cwd=folder, home=folder, search_path=""
    )


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputErrors) as caught:
        load(folder, text)
    return str(caught.value)


def test_by_default_it_is_smacs(folder: Path) -> None:
    scenario = load(folder, "algo = ./solver '{x}'\n")
    assert scenario.call.format is CallFormatName.SMAC
    assert scenario.algo == ("./solver", "{x}")
    assert not scenario.call.template.words
    assert not scenario.call.results


def test_a_template_takes_the_place_of_algo(folder: Path) -> None:
    scenario = load(folder, "algo-template = ./solver -s {seed} {params}\n" + QUALITY)
    assert scenario.call.format is CallFormatName.TEMPLATE
    assert scenario.algo == ("./solver", "-s", "{seed}", "{params}")
    assert scenario.algo_text == "./solver -s {seed} {params}"
    assert scenario.program == folder / "solver"
    assert len(scenario.call.results.patterns) == 1
    both = load(folder, "algo = ./missing\nalgo-template = ./solver {params}\n")
    assert both.algo_text == "./solver {params}"


def test_a_template_on_the_command_line_is_enough(folder: Path) -> None:
    argv = ("--algo-template", "./solver {params}", "--pcs-file", "params.pcs", "--use-instances", "false")
    scenario = load_scenario(
        read_command_line((*argv, "--run-obj", "QUALITY")), cwd=folder, home=folder, search_path=""
    )
    assert scenario.call.format is CallFormatName.TEMPLATE


def test_argparse_appends_the_parameters_where_the_command_does_not_place_them(folder: Path) -> None:
    start = "call-format = argparse\nalgo = ./solver "
    facts = {"seed": "3"}
    appended = load(folder, f"{start} -s {{seed}}\n").call
    assert appended.template.filled(facts, {}, ["--x", "1"]) == ["./solver", "-s", "3", "--x", "1"]
    placed = load(folder, f"{start} {{params}} end\n").call
    assert placed.template.filled(facts, {}, ["--x", "1"]) == ["./solver", "--x", "1", "end"]


def test_every_given_rule_and_pattern_counts(folder: Path) -> None:
    call = load(
        folder,
        "algo-template = ./solver {params}\nparam-template = x=1: -one\nparam-template = x: -x={value}\n"
        "result-pattern = quality: cost (.*)\nresult-pattern = SAT: ^done\nresult-exit-codes = 10:SAT\n",
    ).call
    assert [rule.title for rule in call.parameters.special] == ["x=1", "x"]
    assert [rule.place.line for rule in call.parameters.special] == [2, 3]
    assert [pattern.meaning for pattern in call.results.patterns] == ["quality", "SAT"]
    assert call.results.exit_codes == ((10, "SAT"),)


@pytest.mark.parametrize(
    ("text", "head", "parts"),
    [
        ("algo-template = ./solver {parms}\n", ":1:26: unknown placeholder {parms}", ["{params}?"]),
        ("algo-template = ./solver {seed}\n", ":1:17: algo-template passes no parameter", ["{params}"]),
        (
            "algo-template = {seed} {params}\n",
            ":1:17: the program's name can't have a placeholder",
            ["or one beside the scenario, such as ./solver"],
        ),
        ("algo-template = ./solver -t {cutoff} {params}\n", ":1:17: {cutoff} needs a cutoff", ["algo-cut"]),
        ("algo-template = ./missing {params}\n", ":1:17: the target's program does not exist", []),
        ("algo-template = ./solver '{params}\n", ":1:17: the command can't be split", ["quote"]),
        ("call-format = template\nalgo = ./solver\n", ":1:15: call-format = template needs", []),
        (
            "call-format = irace\nalgo-template = ./solver {params}\n",
            ":2:17: call-format = irace has no use for algo-template",
            ["leave out one"],
        ),
        ("call-format = aclip2\nalgo = ./solver\n", ":1:15: call-format", ["did you mean aclib2?"]),
        (
            "algo = ./solver\nparam-format = -{name}={value}\n",
            ":2:16: call-format = smac has its own form",
            ["choose another"],
        ),
        (
            "algo = ./solver\ncall-format = irace\ncli-call-params-with-quotes = true\n",
            ":3:31: call-format = irace passes values as they are",
            [],
        ),
        ("algo-template = ./solver {params}\nparam-format = -{name}\n", ":2:16: param-format lacks", []),
        ("algo = ./solver\nresult-pattern = SAT: (\n", ":2:23: result-pattern is not", ["missing )"]),
        ("algo = ./solver\nresult-pattern = SAT: x\n", ":2:18: no result-pattern finds the quality", []),
        ("algo = ./solver\nresult-exit-codes = 10:SAT\n", ":2:21: no result-pattern finds the quality", []),
        ("algo = ./solver\nresult-exit-codes = ten:SAT\n", ":2:21: result-exit-codes can't be read", []),
    ],
)  # fmt: skip
def test_what_cannot_be_used(folder: Path, text: str, head: str, parts: list[str]) -> None:
    message = refusal(folder, text)
    assert message.startswith(f"scenario.txt{head}"), message
    for part in parts:
        assert part in message


def test_all_problems_are_told_at_once(folder: Path) -> None:
    message = refusal(
        folder,
        "algo-template = ./solver {sed} {params}\nparam-format = x\nresult-pattern = qualty: x\n",
    )
    for part in ("unknown placeholder {sed}", "param-format lacks", "unknown name: qualty"):
        assert part in message


def test_no_command_at_all(folder: Path) -> None:
    assert "the required option algo-exec is missing" in refusal(folder, "")


@pytest.mark.parametrize("call", ["algo = ./solver\n", "algo = ./solver\ncall-format = irace\n"])
def test_styles_of_switches_are_for_argparse(folder: Path, call: str) -> None:
    assert "flag-style is for call-format = argparse" in refusal(folder, call + "flag-style = pair\n")


@pytest.mark.parametrize("name", ["run-folder", "parameters-file"])
def test_places_in_a_run_folder_need_one(folder: Path, name: str) -> None:
    text = f"algo-template = ./solver {{params}} {{{name}}}\n" + QUALITY
    assert f"{{{name}}} needs run folders" in refusal(folder, text)
    assert load(folder, text + "run-folders = true\n").run_folders is not None


def test_where_files_carry_the_parameters_the_command_need_not(folder: Path) -> None:
    scenario = load(folder, "algo-template = ./solver\nparameters-file = p.json\n" + QUALITY)
    assert scenario.algo == ("./solver",)
    assert "parameters-file = NAME" in refusal(folder, "algo-template = ./solver\n" + QUALITY)


def test_a_program_may_be_made_for_each_run(folder: Path) -> None:
    (folder / "run.sh.in").write_text("#!/bin/sh\n", encoding="utf-8")
    text = "algo-template = ./run.sh\ntemplate = run.sh.in -> run.sh\n" + QUALITY
    assert load(folder, text).program is None


@pytest.mark.parametrize(
    ("cluster", "part"),
    [
        ("cluster = local\nworkers = 3\n", "slot-env has not a value for each slot of the cluster"),
        ("cluster = slurm\n", "slot-env is for slots of one machine"),
        ("dask-scheduler = tcp://h:1\n", "slot-env is for slots of one machine"),
    ],
)
def test_values_of_slots_on_clusters(folder: Path, cluster: str, part: str) -> None:
    text = "algo = ./solver\nslot-env = GPU=0,1\n"
    assert part in refusal(folder, text + cluster)
    assert load(folder, text + "cluster = local\nworkers = 2\n").execution.n_slots == 2
