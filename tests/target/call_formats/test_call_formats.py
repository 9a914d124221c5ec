"""The arguments of a run in every format but SMAC v2's own, which `tests/target/test_call.py` has."""

from __future__ import annotations

import argparse
import pickle
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import Place
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import NO_INSTANCE, Instance, Origin, RunRequest
from bbopt.scenario.call_templates import RUN_FACTS, WORD_LIST, parse_template, split_words
from bbopt.scenario.parameter_templates import (
    ParameterTemplates,
    parse_parameter_format,
    parse_parameter_templates,
)
from bbopt.shell_words import shell_line
from bbopt.space import Space, parse_pcs
from bbopt.space.declarations import Parameter, ParameterKind
from bbopt.target import TargetCommand
from bbopt.target.call_formats import Aclib2Call, CallFormat, IraceCall, SmacCall, TemplateCall

PLACE = Place("scenario.txt")
FACTS = ("instance", "instance-info", "seed", "cutoff", "cutoff-int", "runlength", "params")
INSTANCE = Instance("sat/a b.cnf", "hard")
ALGO = ("./run er", "--fixed")
MINISAT = parse_pcs(
    "rnd-freq real [0, 1] [0.1]\nluby categorical {yes,no} [yes]\nelim categorical {yes,no} [no]\n"
    "ccmin-mode categorical {0,1,2} [2]\n"
)
CLASP = parse_pcs(
    "heuristic categorical {Vsids,Berkmin} [Vsids]\nrestarts categorical {x,F,no} [x]\n"
    "base integer [1,1000] [100]\nfactor real [1,2] [1.5]\nsign-fix categorical {yes,no} [no]\n"
    "base | restarts in {x,F}\nfactor | restarts in {x}\n"
)


def parameters(general: str, *special: str, joins_dashed: bool = False) -> ParameterTemplates:
    rules = parse_parameter_templates([(text, PLACE) for text in special])
    return ParameterTemplates(parse_parameter_format(general, PLACE), rules, joins_dashed)


def template(text: str, rules: ParameterTemplates | None = None) -> TemplateCall:
    parsed = parse_template(split_words(text, PLACE), (*FACTS, *RUN_FACTS), text, PLACE)
    return TemplateCall(parsed, rules or parameters("-{name} {value}"))


ARGPARSE = TemplateCall(
    parse_template(ALGO, FACTS, " ".join(ALGO), PLACE).followed_by(WORD_LIST),
    parameters("--{name} {value}", joins_dashed=True),
)
FORMATS: dict[str, CallFormat] = {
    "smac": SmacCall(),
    "aclib2": Aclib2Call(),
    "irace": IraceCall(parameters("--{name} {value}")),
    "argparse": ARGPARSE,
    "template": template("'./run er' --fixed {seed} {params} {instance}"),
}
EVERY_FORMAT = pytest.mark.parametrize("call_format", FORMATS.values(), ids=FORMATS)


def request(
    space: Space = MINISAT,
    values: dict[str, str] | None = None,
    instance: Instance = INSTANCE,
    seed: int = 7,
    cutoff_s: float = 2.5,
) -> RunRequest:
    configuration = space.configuration({**space.default.values, **(values or {})})
    return RunRequest(configuration, instance, seed, cutoff_s, 2147483647, Origin("default", 0))


BLACK_BOX = request(instance=NO_INSTANCE, seed=-1, cutoff_s=LARGEST_DOUBLE)


def argv(call_format: CallFormat, run: RunRequest) -> list[str]:
    return TargetCommand(ALGO, Path("/x"), "/x", call_format).argv(run)


def test_aclib2() -> None:
    settings = ["-ccmin-mode", "2", "-elim", "no", "-luby", "yes", "-rnd-freq", "0.1"]
    assert argv(Aclib2Call(), request()) == [
        *ALGO, "--instance", "sat/a b.cnf", "--cutoff", "2.5", "--seed", "7", "--config", *settings,
    ]  # fmt: skip
    assert argv(Aclib2Call(), BLACK_BOX) == [
        *ALGO, "--instance", "no_instance", "--cutoff", "2147483647", "--seed", "-1", "--config", *settings,
    ]  # fmt: skip


def test_irace() -> None:
    settings = ["--ccmin-mode", "2", "--elim", "no", "--luby", "yes", "--rnd-freq", "0.1"]
    words = argv(FORMATS["irace"], request())
    assert words[:2] == list(ALGO)
    assert words[4:] == ["7", "sat/a b.cnf", "2.5", *settings]
    assert all(word.isascii() and word.isdecimal() for word in words[2:4])
    without_bound = argv(FORMATS["irace"], BLACK_BOX)
    assert without_bound[3:] == ["1", "1", "no_instance", *settings]
    assert without_bound[2] == words[2]
    assert argv(FORMATS["irace"], request(cutoff_s=5.0))[6] == "5"


def test_irace_ids_tell_configurations_and_instances_apart() -> None:
    runs = [request(values={"rnd-freq": str(i / 100)}, instance=Instance(f"i{i}")) for i in range(100)]
    ids = [argv(FORMATS["irace"], run)[2:4] for run in runs]
    assert len({configuration for configuration, _ in ids}) == len({instance for _, instance in ids}) == 100
    same = request(values={"rnd-freq": "0.5"}, seed=99)
    assert argv(FORMATS["irace"], same)[2] == argv(FORMATS["irace"], runs[50])[2]


def test_argparse_has_no_positional_arguments() -> None:
    settings = ["--ccmin-mode", "2", "--elim", "no", "--luby", "yes", "--rnd-freq", "0.1"]
    assert argv(ARGPARSE, BLACK_BOX) == [*ALGO, *settings]


def test_argparse_with_what_the_command_asks_for() -> None:
    words = ("python3", "t.py", "--data", "{instance}", "--seed={seed}")
    call = TemplateCall(
        parse_template(words, FACTS, " ".join(words), PLACE).followed_by(WORD_LIST), ARGPARSE.parameters
    )
    assert argv(call, request())[:5] == ["python3", "t.py", "--data", "sat/a b.cnf", "--seed=7"]
    assert argv(call, request())[-2:] == ["--rnd-freq", "0.1"]


def test_minisat() -> None:
    rules = parameters("-{name}={value}", "*=yes: -{name}", "*=no: -no-{name}")
    call = template("minisat -rnd-seed={seed} -cpu-lim={cutoff-int} {params} {instance}", rules)
    assert argv(call, request()) == [
        "minisat", "-rnd-seed=7", "-cpu-lim=3", "-ccmin-mode=2", "-no-elim", "-luby", "-rnd-freq=0.1",
        "sat/a b.cnf",
    ]  # fmt: skip
    assert argv(call, request(seed=-1, cutoff_s=5.0))[1:3] == ["-rnd-seed=1", "-cpu-lim=5"]


@pytest.mark.parametrize(
    ("values", "restarts"),
    [
        ({}, "--restarts=x,100,1.5"),
        ({"restarts": "F", "base": "64"}, "--restarts=F,64"),
        ({"restarts": "no"}, "--restarts=no"),
    ],
)
def test_clasp(values: dict[str, str], restarts: str) -> None:
    rules = parameters(
        "--{name}={value}",
        "restarts: --restarts={value}[,{param:base}][,{param:factor}]",
        "sign-fix=no:",
        "sign-fix=yes: --sign-fix",
    )
    call = template("clasp --seed {seed} {instance} {params}", rules)
    assert argv(call, request(CLASP, values)) == [
        "clasp", "--seed", "7", "sat/a b.cnf", "--heuristic=Vsids", restarts,
    ]  # fmt: skip


def test_a_parameter_of_the_template_is_not_among_the_others() -> None:
    call = template("run {param:luby} {params} {instance-info} {runlength} {cutoff}")
    assert argv(call, request(values={"luby": "no"})) == [
        "run", "no", "-ccmin-mode", "2", "-elim", "no", "-rnd-freq", "0.1", "hard", "2147483647", "2.5",
    ]  # fmt: skip


def test_a_call_that_is_no_search_s_is_one_of_a_run_from_the_beginning() -> None:
    call = template("run {checkpoint-in} --out={checkpoint-out} {budget-done} {run-id}")
    assert argv(call, request()) == ["run", "", "--out=", "0", "{run-id}"]


@EVERY_FORMAT
@pytest.mark.parametrize("run", [request(), BLACK_BOX], ids=["run", "black box"])
def test_what_is_shown_can_be_pasted_into_a_shell(call_format: CallFormat, run: RunRequest) -> None:
    command = TargetCommand(ALGO, Path("/x"), "/some where", call_format)
    words = shlex.split(command.shell_line(run).replace(";", " ;", 1))
    assert words == ["cd", "/some where", ";", *command.argv(run)]


@EVERY_FORMAT
def test_formats_can_be_pickled(call_format: CallFormat) -> None:
    command = TargetCommand(ALGO, Path("/x"), "/x", call_format)
    again = pickle.loads(pickle.dumps(command))
    assert again == command
    assert again.argv(request()) == command.argv(request())


_TEXT = st.text(st.characters(exclude_characters="\0"))  # lone surrogates included


def space_of(choice: str) -> Space:
    return Space([Parameter.discrete("x", ParameterKind.CATEGORICAL, [choice], choice)])


def passed_values(words: Sequence[str]) -> str:
    parser = argparse.ArgumentParser()
    parser.add_argument("--x")
    value = parser.parse_args(list(words)).x
    assert isinstance(value, str)
    return value


@given(_TEXT, _TEXT)
def test_any_value_and_instance_survive(value: str, instance: str) -> None:
    run = request(space_of(value), instance=Instance(instance))
    assert argv(Aclib2Call(), run)[-2:] == ["-x", value]
    assert argv(Aclib2Call(), run)[3] == instance
    assert argv(FORMATS["irace"], run)[5:] == [instance, "2.5", "--x", value]
    assert argv(FORMATS["template"], run)[3:] == ["-x", value, instance]
    assert passed_values(argv(ARGPARSE, run)[2:]) == value
    for name in ("aclib2", "irace", "argparse", "template"):
        assert FORMATS[name].text(ALGO, run) == shell_line(argv(FORMATS[name], run))
