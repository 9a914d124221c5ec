"""All commands: what their descriptions promise, and what each makes of a wrong command line."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from bbopt.cli.command import Arguments, Command, read_arguments
from bbopt.cli.commands import COMMANDS, SEARCH, find_command
from bbopt.cli.main import run
from bbopt.errors import InputError
from bbopt.exports import FORMS
from bbopt.options import Kind, Option, option_table

EVERY_COMMAND = pytest.mark.parametrize("command", [SEARCH, *COMMANDS.values()], ids=lambda c: c.name)
OWN_OPTIONS = [(command, option) for command in COMMANDS.values() for option in command.options]
EVERY_OPTION = pytest.mark.parametrize(
    ("command", "option"), OWN_OPTIONS, ids=[f"{c.name} {o.name}" for c, o in OWN_OPTIONS]
)
WITH_VALUES = [(command, option) for command, option in OWN_OPTIONS if option.kind is not Kind.SWITCH]
EVERY_OPTION_WITH_A_VALUE = pytest.mark.parametrize(
    ("command", "option"), WITH_VALUES, ids=[f"{c.name} {o.name}" for c, o in WITH_VALUES]
)
MEAN_THE_SAME = {
    *("scenario-file", "scenarioFile", "scenario", "num-run", "numrun", "numRun", "seed", "study", "cores"),
    *("metric", "maximize", "runs"),
    *("budget-max", "max-budget", "budget-min", "min-budget", "eta", "skip-last"),
    *("cluster", "worker-cores", "worker-memory", "worker-walltime", "cluster-option"),
}
"""Names of own options that also name one of a scenario, of the same meaning."""

SCENARIO = ("--scenario", "scenario.txt")
ENOUGH = {
    "": SCENARIO,
    "check": SCENARIO,
    "call": SCENARIO,
    "validate": (*SCENARIO, "--configuration", "DEFAULT"),
    "merge": (*SCENARIO, "--directories", "a", "b", "--output", "c"),
    "init": ("train.py", "--", "--data", "x"),
    "run": ("--param", "x real [0, 1] [0.5]", "--metric", "loss", "--", "true"),
    "design": ("lhs", "-n", "3", *SCENARIO),
    "hyperband-schedule": ("--R", "81"),
    "status": (".",),
    "stop": (".", "1-2"),
    "table": (".",),
    "best": (".",),
    "tail": (".", "1-2"),
    "files": (".", "1-2"),
    "archive": (".",),
    "forget": (".", "1-2"),
    "export": (".", "--to", "csv"),
    "report": (".",),
    "copy-database": ("sqlite:///a.db", "sqlite:///b.db"),
    "worker": ("sqlite:///jobs.db", "--trust"),
    "jobs": ("add",),
    "jobs add": ("sqlite:///jobs.db", *SCENARIO),
    "jobs check": ("sqlite:///jobs.db",),
    "sqlschedule": ("sqlite:///jobs.db?table=t", "module.function", "lr=0.1"),
    "sqlschedules": ("sqlite:///jobs.db?table=t", "module.function", "lr={{1,2}}", "r:=@random.random()"),
    "sql": ("-n", "-1", "sqlite:///jobs.db?table=t", "."),
    "sqlstatus": ("--all", "--set_status=START", "sqlite:///jobs.db?table=t", "1,", "2"),
    "sqlview": ("-d", "sqlite:///jobs.db?table=t", "view"),
    "sqlreload": ("sqlite:///jobs.db?table=t", "jobs/t", "--all"),
    "jobs reload": ("sqlite:///jobs.db", "--study", "t", "jobs/t", "1"),
    "dispatch": ("--local", "--", "true"),
    "jobdispatch": ("--condor", "--repeat_jobs=3", "true"),
    "cmdline": ("module.function", "lr=0.1"),
    "jobs list": ("sqlite:///jobs.db", "lr=0.1", "10,11"),
    "jobs view": ("sqlite:///jobs.db", "10"),
    "jobs status": ("sqlite:///jobs.db",),
    "jobs monitor": ("sqlite:///jobs.db", "--once"),
    "jobs set": ("sqlite:///jobs.db", "lr=0.1", "--status", "queued"),
    "jobs delete": ("sqlite:///jobs.db", "--status", "done"),
    "keras-automl": (
        *("--source-table", "a", "--model-output-table", "b", "--model-arch-table", "c"),
        *("--model-selection-table", "d", "--model-id-list", "1"),
        *("--compile-params-grid", "{}", "--fit-params-grid", "{}"),
    ),
    "keras-automl load-table": ("iris.csv", "--table", "iris"),
    "keras-automl train-test-split": ("--source-table", "a", "--output-table", "b"),
    "keras-automl prepare": (
        *("--source-table", "a", "--output-table", "b"),
        *("--dependent-varname", "y", "--independent-varname", "x"),
    ),
    "keras-automl load-keras-model": ("model.json", "--model-arch-table", "library"),
    "keras-automl predict": ("--model-table", "a", "--test-table", "b", "--output-table", "c"),
    "keras-automl show-table": ("iris",),
    "keras-automl export-table": ("iris", "--output", "iris.csv"),
    "run-limited": ("--", "true"),
    "install-smac-names": ("names",),
    "doctor": (".",),
    "completion": ("bash",),
}
"""Arguments of each command with which nothing is wrong before it begins its work."""


def test_export_offers_the_forms_that_there_are() -> None:
    (to,) = (option for option in COMMANDS["export"].options if option.name == "to")
    assert to.domain == "{" + ", ".join(FORMS) + "}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params.pcs").write_text("x real [0, 1] [0.5]\n")
    (tmp_path / "target").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "target").chmod(0o755)
    (tmp_path / "scenario.txt").write_text(
        "algo = ./target\npcs-file = params.pcs\nuse-instances = false\nrun-obj = QUALITY\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(command: Command, *arguments: str) -> tuple[str, ...]:
    return (*command.name.split(), *arguments)


def arguments_of(name: str, *argv: str) -> Arguments:
    found = read_arguments(COMMANDS[name], argv)
    assert found.given.problems == ()
    return found


@EVERY_COMMAND
def test_its_function_is_there(command: Command) -> None:
    module, _, function = command.function.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert re.sub("[- ]", "_", command.name) in {function, ""}
    assert module.rpartition(".")[2] == function


@EVERY_COMMAND
def test_enough_is_known(command: Command) -> None:
    assert read_arguments(command, ENOUGH[command.name]).given.problems == ()


@EVERY_COMMAND
def test_every_required_option_is_its_own(command: Command) -> None:
    assert set(command.required) <= {option.name for option in command.options}


@EVERY_OPTION
def test_no_own_option_clashes_with_one_of_a_scenario(command: Command, option: Option) -> None:
    """Also where the command takes no scenario: a name means one thing."""
    assert {name for name in option.names if option_table().find(name)} <= MEAN_THE_SAME
    assert command.table.find(option.name) is option


@EVERY_OPTION
def test_every_own_option_has_a_sentence_and_a_default_in_its_domain(
    command: Command, option: Option
) -> None:
    assert option.help.endswith(".")
    if option.default is not None:
        found = read_arguments(command, [f"--{option.name}={option.default}"])
        assert not any(option.name in problem.what for problem in found.given.problems)


@EVERY_COMMAND
@pytest.mark.parametrize("flag", ["--help", "-h", "-?", "/?", "--HELP", "--help-level=advanced"])
def test_help(command: Command, flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever else is wrong."""
    assert run(words(command, "--frobnicate", flag)) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"Usage\n  {command.call} {command.usage}\n")
    assert err == ""


@EVERY_COMMAND
@pytest.mark.parametrize("flag", ["--version", "-v", "--Version"])
def test_version(command: Command, flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(command, flag)) == 0
    assert capsys.readouterr().out.startswith("bbopt ")


@EVERY_COMMAND
@pytest.mark.parametrize("wrong", ["--frobnicate", "--frobnicate=3", "--frobnicate 3", "-Z"])
def test_an_unknown_option_is_one_error(
    command: Command, wrong: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    assert run(words(command, *wrong.split(), *ENOUGH[command.name])) == 1
    out, err = capsys.readouterr()
    name = wrong.replace("=", " ").split()[0]
    assert out == ""
    assert err.startswith(f"bbopt: error: command line: unknown option {name}\n  remedy:   ")
    assert len(err.splitlines()) == 2
    assert sorted(folder.iterdir()) == before


@EVERY_OPTION_WITH_A_VALUE
def test_a_missing_value_is_one_error(
    command: Command, option: Option, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(command, option.flag, "--help-level")) == 1
    assert f"{option.flag} needs a value\n  expected: {option.flag} {option.value}" in capsys.readouterr().err


@EVERY_OPTION
def test_all_spellings_and_both_forms(command: Command, option: Option) -> None:
    text = {Kind.FLAG: "1", Kind.PAIRS: "x=1"}.get(option.kind, "7")
    spellings = {option.name, option.name.upper(), option.name.replace("-", "_"), option.name.title()}
    for name in spellings | set(option.aliases):
        for argv in ([f"--{name}", text], [f"--{name}={text}"]):
            assert read_arguments(command, argv).own.is_given(option.name)


@EVERY_OPTION_WITH_A_VALUE
def test_two_values_are_an_error_but_where_they_add_up(command: Command, option: Option) -> None:
    texts = ("true", "false") if option.kind is Kind.FLAG else ("a=1", "b=2")
    texts = ("2", "3") if option.kind in {Kind.INTEGER, Kind.NUMBER} else texts
    if option.kind is Kind.CHOICE:
        texts = tuple(option.domain.strip("{}").split(", "))[:2]
    if len(texts) < 2:
        pytest.skip("there are no two values")
    argv = [word for text in texts for word in (option.flag, text)]
    found = read_arguments(command, argv)
    twice = [problem for problem in found.given.problems if "given twice" in problem.what]
    may_repeat = option.is_repeatable or bool(found.own.warnings)
    assert len(twice) == (0 if may_repeat else 1)


@pytest.mark.parametrize(
    ("name", "wrong", "near"),
    [
        ("validate", "--cnfiguration", "--configuration"),
        ("validate", "--validation-seeed", "--validation-seed"),
        ("call", "--runcount-limt", "--runcount-limit"),
        ("merge", "--directores", "--directories"),
    ],
)
def test_near_names_are_the_commands_own_and_the_scenarios(name: str, wrong: str, near: str) -> None:
    (problem,) = read_arguments(COMMANDS[name], [wrong, "1", *ENOUGH[name]]).given.problems
    assert near in str(problem.remedy)


def test_own_options_and_those_of_the_scenario_are_told_apart() -> None:
    found = arguments_of(
        "validate", "--seed=3", "--trajectory-file", "a", "b", "--config", "DEFAULT",
        "--validate-all", "true", "--incumbent=-x 1", "--random", "5",
    )  # fmt: skip
    assert found.own.texts("trajectory-file") == ("a", "b")
    assert found.own.texts("configuration") == ("DEFAULT", "-x 1")
    assert found.own.integer("random-configurations") == 5
    assert found.own.flag("validate-test-instances") is True
    assert [entry.option.name for entry in found.given.entries] == ["num-run", "validate-all"]


def test_a_word_that_may_be_left_out() -> None:
    assert read_arguments(COMMANDS["doctor"], []).given.problems == ()
    (problem,) = read_arguments(COMMANDS["doctor"], ["a", "b"]).given.problems
    assert problem.what == "one FOLDER is needed"


def test_words_and_limits_of_a_foreign_command() -> None:
    found = arguments_of("run-limited", "--cpu", "1e1", "ls", "--cpu", "--help")
    assert found.own.number("cpu") == 10
    assert found.own.number("grace") == 2
    assert found.own.optional_number("wall") is None
    assert found.given.words == ("ls", "--cpu", "--help")


def test_own_problems_wait_for_those_of_the_scenario(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "scenario.txt").write_text("runcount-limit = 0\n")
    assert run(("merge", *SCENARIO, "--up-to-iteration", "-1", "--directories")) == 1
    err = capsys.readouterr().err
    for part in ("up-to-iteration can't", "--directories needs a", "runcount-limit can't", "algo-exec"):
        assert part in err


@pytest.mark.parametrize("argv", [("--scenario", "f"), ("-x",), ("/?",), ("--",), ("--", "check")])
def test_what_begins_with_an_option_is_a_search(argv: tuple[str, ...]) -> None:
    assert find_command(argv) == (SEARCH, argv)


@pytest.mark.parametrize("word", ["paper", "", "-", "Check", "/x"])
def test_other_words_must_be_commands(word: str) -> None:
    with pytest.raises(InputError, match="there is no command"):
        find_command((word, "x"))


@pytest.mark.parametrize("name", ["jobdispatch", "dbidispatch"])
def test_jobmans_program_has_two_names(name: str) -> None:
    command, argv = find_command((name, "--nb_proc=2", "--condor=3", "run", "--local=4"))
    assert command.name == "jobdispatch"
    assert argv == ["--nb_proc=2", "--condor", "--nb_proc=3", "run", "--local=4"]


def test_names_of_two_words() -> None:
    assert find_command(("jobs", "add", "URL"))[0].name == "jobs add"
    assert find_command(("jobs", "--help"))[0].name == "jobs"
    assert find_command(("keras-automl", "prepare", "--help"))[0].name == "keras-automl prepare"


def test_what_is_no_command_of_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("jobs", "ad")) == 1
    assert "there is no command jobs ad\n" in (err := capsys.readouterr().err)
    assert "did you mean add?" in err
