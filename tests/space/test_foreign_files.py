"""Files of other programs in the place of a parameter file: one error that says what to write."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import ConfigSpace
import pytest

from bbopt.errors import InputError
from bbopt.space import parse_pcs, read_pcs

IRACE = """# name       switch        type  values       [conditions]
algo         "--algo "     c     (a,b)
alpha        "--alpha "    r     (0.0, 5.0)   | algo == "a"
ants         "--ants "     i,log (5, 100)
"""
IRACE_SCENARIO = """parameterFile = "parameters.txt"
targetRunner = "./target-runner"
"""
SPACE = ConfigSpace.ConfigurationSpace(seed=1)
SPACE.add(ConfigSpace.Float("lr", (1e-4, 1), default=0.1, log=True), ConfigSpace.Categorical("a", ["x", "y"]))


def only_error(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_pcs(text, "p.pcs")
    (error,) = caught.value.errors
    return error


@pytest.mark.parametrize(
    ("text", "line", "what", "expected"),
    [
        (IRACE, 2, "irace's file of parameters", "algo categorical {a, b} [a]"),
        ("\n\nants '-a ' i,log (5, 100)\n", 3, "irace's file", "ants integer [5, 100] [5] log"),
        ("[forbidden]\n" + 'o "" o ("lo","hi")\n', 2, "irace's file", "o ordinal {lo, hi} [lo]"),
        (IRACE_SCENARIO, 1, "irace's scenario file", "a parameter file"),
        ("algo = ./x\npcs-file = p.pcs\n", 1, "a scenario file", "a parameter file"),
        ('{"n_trials": 5, "name": "x"}', 1, "SMAC3's scenario", "a parameter file"),
        ('{"stats": {}, "data": [], "configs": {}}', 1, "SMAC3's file of runs", "a parameter file"),
        ('{"lr": [0, 1]}', 1, "a file in JSON", "a parameter file"),
        ("[1, 2]", 1, "a file in JSON", "a parameter file"),
        (
            '{"hyperparameters": [{"type": "normal_int", "name": "n", "mu": 1.0, "sigma": 1.0, "lower": 1, '
            '"upper": 9, "default_value": 2, "log": true, "q": 2}]}',
            1,
            "a space of ConfigSpace in JSON",
            "n integer [1, 9] [2] lognormal(0.0, 0.6931471805599453) step(2)",
        ),
        ('{"hyperparameters": [7]}', 1, "a space of ConfigSpace in JSON", "a parameter file"),
    ],
)
def test_one_error_says_what_the_file_is(text: str, line: int, what: str, expected: str) -> None:
    error = only_error(text)
    assert error.what.startswith(f"this is {what}")
    assert error.place is not None
    assert (error.place.line, error.expected) == (line, expected)
    assert error.remedy is not None
    assert "NAME categorical {a, b} [DEFAULT]" in error.remedy or "python -c" in error.remedy


def test_a_space_of_configspace_is_converted_by_what_the_error_says(tmp_path: Path) -> None:
    path = tmp_path / "it's a space.json"
    SPACE.to_json(path)
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    with pytest.raises(InputError, match="a space of ConfigSpace") as caught:
        read_pcs(path)
    assert caught.value.expected == "a categorical {x, y} [x]"
    assert caught.value.remedy is not None
    assert caught.value.remedy.startswith("python -c ")
    printed: list[str] = []
    exec(shlex.split(caught.value.remedy)[2], {"print": printed.append})
    assert printed == ["a categorical {x, y} [x]\nlr real [0.0001, 1.0] [0.1] log\n"]


@pytest.mark.parametrize("text", ["x real [0, 1] [0.5]\nalgo = 5\n", "x real [0, 1] [2]\n" + IRACE, "{"])
def test_a_faulty_parameter_file_is_one(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_pcs(text)
    assert not any(error.what.startswith("this is") for error in caught.value.errors) or IRACE in text


def test_one_line_like_another_programs_hides_no_other_problem() -> None:
    with pytest.raises(InputError) as caught:
        parse_pcs("x real [0, 1] [0.5]\nnonsense\n" + IRACE)
    assert len(caught.value.errors) == 4
