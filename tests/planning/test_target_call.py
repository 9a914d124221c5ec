"""From a scenario to the target's command, and what does not fit to its parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import InputError, InputErrors
from bbopt.planning.setup import build_objective, build_setup, load_space, record_identity, target_command
from bbopt.runs import NO_BUDGET
from bbopt.scenario import Scenario, load_scenario, read_command_line
from bbopt.target import TargetCommand
from bbopt.target.answers import CostTimeAnswer, PatternAnswer, ResultLineAnswer
from bbopt.target.call_formats import Aclib2Call, IraceCall, SmacCall, TemplateCall

PCS = "luby categorical {yes, no} [yes]\nrestart-base integer [1, 9] [5]\n"


def scenario(folder: Path, text: str) -> Scenario:
    (folder / "params.pcs").write_text(PCS, encoding="utf-8")
    rest = "pcs-file = params.pcs\nuse-instances = false\nrun-obj = QUALITY\n"
    (folder / "scenario.txt").write_text(text + rest, encoding="utf-8")
    return load_scenario(read_command_line(("--scenario", "scenario.txt")), cwd=folder, home=folder)


def command_of(scenario: Scenario) -> TargetCommand:
    return target_command(scenario, build_objective(scenario))


def answer_of_runtimes(folder: Path, text: str) -> object:
    (folder / "params.pcs").write_text(PCS, encoding="utf-8")
    rest = "pcs-file = params.pcs\nuse-instances = false\nrun-obj = RUNTIME\ncutoff-time = 5\n"
    (folder / "scenario.txt").write_text(text + rest, encoding="utf-8")
    command_line = read_command_line(("--scenario", "scenario.txt"))
    return command_of(load_scenario(command_line, cwd=folder, home=folder)).answer


def test_what_is_minimised_decides_what_an_answer_means(tmp_path: Path) -> None:
    irace = "algo = true\ncall-format = irace\n"
    assert command_of(scenario(tmp_path, irace)).answer == CostTimeAnswer(cost_is_runtime=False)
    assert answer_of_runtimes(tmp_path, irace) == CostTimeAnswer(cost_is_runtime=True)
    found = answer_of_runtimes(tmp_path, "algo-template = true {params}\nresult-pattern = SAT: ok\n")
    assert isinstance(found, PatternAnswer)
    assert (found.needs_quality, found.unknown_quality) == (False, 0.0)
    wrapper = "algo = true\ncall-format = aclib2\n"
    assert command_of(scenario(tmp_path, wrapper)).answer == ResultLineAnswer(prefers_json=True)
    assert answer_of_runtimes(tmp_path, wrapper) == ResultLineAnswer(prefers_json=True, needs_quality=False)


WITH_BUDGETS = "racer = hyperband\nbudget-max = 9\n"


@pytest.mark.parametrize(
    "text",
    [
        "algo = true\n",
        "algo-template = true {params} --epochs {runlength}\n",
        "algo-template = env BBOPT_BUDGET={runlength} true {params}\n",
        "algo = true --epochs {runlength}\ncall-format = argparse\n",
        "algo-template = true\nrun-folders = true\ntemplate = deck.txt\n",
        "algo-template = true {params}\nrun-folders = true\npre-process = echo {runlength}\n",
        "tae = CONSTANT\n",
        "algo = true argparse_adapter.py --runlength-argument epochs -- true\n",
    ],
)
def test_a_target_that_sees_its_budget(tmp_path: Path, text: str) -> None:
    (tmp_path / "deck.txt").write_text("${luby} ${restart-base} ${runlength}\n")
    setup = build_setup(scenario(tmp_path, text + WITH_BUDGETS))
    assert setup.runlength == 9
    assert build_setup(scenario(tmp_path, text)).runlength == NO_BUDGET


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("algo-template = true {params}\n", "{runlength} in the command"),
        ("algo = true\ncall-format = argparse\n", "{runlength} in the command"),
        ("algo = true\ncall-format = irace\n", "call-format = smac"),
        ("algo = true argparse_adapter.py -- true\n", "--runlength-argument NAME"),
        ("algo = true\ncall-format = aclib2\n", "call-format = smac"),
        (
            "algo-template = true {params}\nrun-folders = true\nparameters-file = p.json\n",
            "{runlength} in the command",
        ),
    ],
)
def test_a_target_that_can_not_see_its_budget(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InputError, match="does not tell the program which") as caught:
        build_setup(scenario(tmp_path, text + WITH_BUDGETS))
    assert expected in str(caught.value.expected)


def test_an_analytic_function_has_no_budget(tmp_path: Path) -> None:
    (tmp_path / "p.pcs").write_text("x0 real [-5, 10] [1]\nx1 real [0, 15] [2]\n")
    argv = ("--pcs-file=p.pcs", "--tae=ANALYTIC", "--use-instances=false", "--racer=asha", "--budget-max=9")
    given = load_scenario(read_command_line((*argv, "--run-obj=QUALITY")), cwd=tmp_path)
    with pytest.raises(InputError, match="an analytic function has no budget"):
        build_setup(given)


@pytest.mark.parametrize(
    ("text", "call_format", "answer"),
    [
        ("algo = true\n", SmacCall, ResultLineAnswer),
        ("algo = true\nresult-pattern = quality: x\n", SmacCall, PatternAnswer),
        ("algo = true\ncall-format = argparse\n", TemplateCall, ResultLineAnswer),
        ("algo = true\ncall-format = aclib2\n", Aclib2Call, ResultLineAnswer),
        ("algo = true\ncall-format = irace\n", IraceCall, CostTimeAnswer),
        ("algo = true\ncall-format = irace\nresult-pattern = quality: x\n", IraceCall, PatternAnswer),
        ("algo-template = true {params}\n", TemplateCall, ResultLineAnswer),
    ],
)
def test_languages(tmp_path: Path, text: str, call_format: type, answer: type) -> None:
    command = command_of(scenario(tmp_path, text))
    assert isinstance(command.call_format, call_format)
    assert isinstance(command.answer, answer)


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("algo = true\n", {}),
        ("algo = true\ncall-format = SMAC\nruntime-from = reported\ntae = cli\n", {}),
        ("algo = true\ncall-format = Argparse\n", {"call-format": "argparse"}),
        (
            "algo-template = true {params}\nparam-format = {name}={value}\n",
            {"param-format": "{name}={value}"},
        ),
        (
            "algo = true\nresult-pattern = quality: a\nresult-pattern = SAT: b\nresult-exit-codes = 10:SAT\n",
            {"result-pattern": "quality: a\nSAT: b", "result-exit-codes": "10:SAT"},
        ),
        ("algo = true\nruntime-from = cputime\n", {"runtime-from": "cputime"}),
        ("algo = true\nmetric-pattern = mem: mem (.*)\n", {}),
        (
            "algo = true\nmetric = acc\nmaximise = true\nmetric-take = max\nmetric-pattern = mem: m (.*)\n",
            {"metric": "acc", "maximize": "true", "metric-take": "max", "metric-pattern": "mem: m (.*)"},
        ),
        (
            "algo = true\nmetric-limit = mem < 3\nmetric-pattern = quality: q (.*)\n",
            {
                "metric-limit": "mem < 3",
                "metric-pattern": "quality: q (.*)",
                "unsat-is-failure": "true",
            },
        ),
        ("tae = analytic\nanalytic-function = zero\n", {"tae": "ANALYTIC", "analytic-function": "ZERO"}),
    ],
)
def test_searches_share_runs_only_where_targets_are_called_alike(
    tmp_path: Path, text: str, context: dict[str, str]
) -> None:
    loaded = scenario(tmp_path, text)
    assert dict(record_identity(loaded, load_space(loaded)).context) == context


def test_a_context_by_hand_is_recorded_as_in_smac2(tmp_path: Path) -> None:
    scenario(tmp_path, "algo = true\n")
    words = ("--scenario", "scenario.txt", "-T", "b=1", "-T", "a = x=y")
    loaded = load_scenario(read_command_line(words), cwd=tmp_path, home=tmp_path)
    assert record_identity(loaded, load_space(loaded)).context == (("a", "x=y"), ("b", "1"))
    assert loaded.warnings == ()


def test_values_in_quotes(tmp_path: Path) -> None:
    command = command_of(scenario(tmp_path, "algo = true\ncli-call-params-with-quotes = true\n"))
    assert command.call_format == SmacCall(quote_values=True)


@pytest.mark.parametrize(
    ("text", "head", "parts"),
    [
        ("{params}\nparam-template = lubi: -l\n", ":2:18: unknown parameter: lubi", ["did you mean luby?"]),
        ("{params}\nparam-template = luby=on: -l\n", ":2:18: unknown value of luby: on", ["yes, no"]),
        ("{params}\nparam-template = luby: {param:bas}\n", ":2:18: unknown parameter: bas", []),
        ("-b {param:restart-bas} {params}\n", ":1:25: unknown parameter: restart-bas", ["restart-base?"]),
        ("{param:luby}\n", ":1:17: algo-template does not pass every", ["nothing for restart-base"]),
    ],
)
def test_templates_that_do_not_fit_to_the_parameters(
    tmp_path: Path, text: str, head: str, parts: list[str]
) -> None:
    with pytest.raises(InputErrors) as caught:
        load_space(scenario(tmp_path, f"algo-template = true {text}"))
    assert str(caught.value).startswith(f"scenario.txt{head}"), caught.value
    for part in parts:
        assert part in str(caught.value)


def test_templates_that_name_every_parameter_need_no_params(tmp_path: Path) -> None:
    text = "algo-template = true {param:luby} {param:restart-base}\nparam-template = *=no:\n"
    assert load_space(scenario(tmp_path, text)).n_params == 2
