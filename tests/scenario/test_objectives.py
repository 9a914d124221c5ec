from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.options import settle
from bbopt.scenario import RunObjective, read_command_line, resolve
from bbopt.scenario.objectives import ObjectiveSettings, read_objective


def objective(text: str) -> ObjectiveSettings:
    return read_objective(resolve(read_command_line(text.split())))


@pytest.mark.parametrize(
    ("text", "run_objective", "intra", "capping"),
    [
        ("--cutoff-time 5", "RUNTIME", "MEAN10", True),
        ("--cutoff-time 5 --intra-obj mean1000", "RUNTIME", "MEAN1000", True),
        ("--cutoff-time 5 --overall_obj mean --ac false", "RUNTIME", "MEAN", False),
        ("--run-obj QUALITY", "QUALITY", "MEAN", False),
        ("--run-obj QUALITY --cutoff-time 5 --adaptive-capping 0", "QUALITY", "MEAN", False),
    ],
)
def test_defaults_follow_the_objective(text: str, run_objective: str, intra: str, capping: bool) -> None:
    expected = ObjectiveSettings(RunObjective(run_objective), intra, capping, 1e9, unsat_is_failure=False)
    assert objective(text) == expected


@pytest.mark.parametrize("text", ["--run-obj RUNTIME", "", "--cutoff-time max"])
def test_the_runtime_objective_needs_a_cutoff(text: str) -> None:
    with pytest.raises(InputError, match="needs a cutoff") as caught:
        objective(text)
    assert str(caught.value.place) == ("command line" if text else "None")
    assert "set cutoff-time = 5" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("--run-obj QUALITY --adaptive-capping true", "adaptive-capping is for the runtime objective"),
        ("--run-obj QUALITY --challenger-pairs cheap", "challenger-pairs is for the runtime objective"),
        ("--cutoff-time 5 --unsat-is-failure true", "unsat-is-failure is for the quality objective"),
    ],
)
def test_what_only_the_other_objective_has_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        objective(text)
    assert caught.value.exit_code == 1
    option = what.partition(" ")[0]
    assert caught.value.remedy == f"leave out {option}"


def test_costs_are_averaged_over_instances() -> None:
    with pytest.raises(InputError) as caught:
        objective("--cutoff-time 5 --inter-obj MEAN10")
    assert str(caught.value).startswith(
        "command line: the cost of a configuration is the mean over instances"
    )
    assert caught.value.got == "inter-obj = MEAN10"


@pytest.mark.parametrize("text", ["run-obj = MAXIMIZE", "cutoff-time = 0,5"])
def test_a_value_that_is_none_brings_no_second_error(text: str) -> None:
    name, _, value = text.partition(" = ")
    values, problems = settle([read_command_line((f"--{name}", value))])
    assert len(problems) == 1
    read_objective(values)
