"""Functions as targets: which fit a space, and what is said of those that do not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bbopt.errors import InputError
from bbopt.options import Assignments
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import tune
from bbopt.session.functions import function_scenario
from bbopt.space import parse_pcs

SPACE = parse_pcs("x real [0, 1] [0.5]\nlr real [0, 1] [0.5]\nm real [0, 1] [0.5]\nm | x > 0.5\n")
LOCK = threading.Lock()


def scenario(function: Callable[..., Any], folder: Path, *options: str) -> Assignments:
    return function_scenario(function, SPACE, read_command_line(options), folder)


def all_settings(**settings: float) -> float:
    return sum(settings.values())


def facts(x: float, lr: float, seed: int, budget: int = 9, m: float = 0.0, other: int = 3) -> float:
    return x


def test_a_seed_makes_it_noisy(tmp_path: Path) -> None:
    found = load_scenario(scenario(facts, tmp_path), cwd=tmp_path)
    assert not found.deterministic
    assert "seed={seed}" in found.algo
    assert not [word for word in found.algo if "budget" in word]  # it has a default, and there are none
    assert found.output.path == tmp_path / "bbopt-output" / "facts"


def test_without_one_it_is_deterministic(tmp_path: Path) -> None:
    found = load_scenario(scenario(all_settings, tmp_path, "--rungroup=mine"), cwd=tmp_path)
    assert found.deterministic
    assert found.output.path == tmp_path / "bbopt-output" / "mine"


def test_budgets_are_handed_over(tmp_path: Path) -> None:
    found = load_scenario(scenario(facts, tmp_path, "--budget-max=9"), cwd=tmp_path)
    assert "budget={runlength}" in found.algo


def test_a_folder_with_braces_and_blanks(tmp_path: Path) -> None:
    folder = tmp_path / "a {seed} b"
    folder.mkdir()
    found = load_scenario(scenario(all_settings, folder), cwd=folder)
    assert (found.output.path / "function.pickle").is_file()


@pytest.mark.parametrize(
    ("function", "options", "what", "remedy"),
    [
        (lambda x, m=0: x, (), "the function has no parameter lr", "**settings"),
        (lambda x, lrr, m=0: x, (), "the function has no parameter lr", "did you mean lrr?"),
        (lambda x, lr, z, m=0: x, (), "the space has no parameter z", "a default"),
        (lambda x, lr, m: x, (), "m is left out where its condition does not hold", "a default"),
        (lambda x, lr, /, m=0: x, (), "lr can't be given by name", "the /"),
        (lambda budget, **rest: 0, (), "runs have no budget", "budget_max"),
        (lambda instance, **rest: 0, (), "there are no instances", "instances=FILE"),
        (lambda seed, **rest: 0, ("--deterministic=true",), "has no seed", "deterministic=True"),
        (lambda **rest: LOCK.locked(), (), "can't be handed to the process", "open or make inside it"),
        (all_settings, ("--pcs-file=p.pcs",), "both a space and pcs_file", "leave out pcs_file"),
        (all_settings, ("--runcout-limit=3",), "unknown option", "runcount-limit"),
        (all_settings, ("--runcount-limit=many",), "runcount-limit", ""),
    ],
)
def test_slips(
    function: Callable[..., Any], options: tuple[str, ...], what: str, remedy: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        scenario(function, tmp_path, *options)
    assert what in str(caught.value)
    assert remedy in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_space_goes_with_a_function(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a space"):
        tune(all_settings, cwd=tmp_path)
    with pytest.raises(InputError, match="beside a scenario"):
        tune("scenario.txt", "x real [0, 1] [0.5]", cwd=tmp_path)
