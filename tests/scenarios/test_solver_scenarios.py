"""The scenarios that tune real solvers; the solvers check the options, where they are installed."""

from __future__ import annotations

import random
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bbopt.space import ParameterKind, Space, read_pcs
from tests.targets.target_calls import ROOT, Answer, environment, load_script

sys.path.insert(0, str(ROOT / "wrappers"))
import sat_solver

SOLVERS = ("minisat", "clasp")
EVERY = pytest.mark.parametrize("name", SOLVERS)
PROBLEM = "p cnf 4 5\n1 2 3 0\n-1 4 0\n-2 -3 0\n2 3 4 0\n-4 -1 2 0\n"


def folder(name: str) -> Path:
    return ROOT / "scenarios" / name


def target(name: str) -> ModuleType:
    return load_script(folder(name) / "target.py")


def space(name: str) -> Space:
    return read_pcs(folder(name) / "params.pcs")


def needs(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed (apt-get install {name})")


def options(name: str) -> dict[str, str]:
    lines = (folder(name) / "scenario.txt").read_text().splitlines()
    return dict(line.split(" = ", 1) for line in lines if line and not line.startswith("#"))


def command(name: str, values: dict[str, str], instance: Path, seed: int | None = 3) -> list[str]:
    script = target(name)
    line: list[str] = script.command(script.Call(str(instance), 5.0, seed, values))
    return line


def extreme_configurations(of: Space) -> Iterator[tuple[str, dict[str, str]]]:
    """For every parameter configurations in which it is active, at each choice or at both of its bounds."""
    rows = of.sample(600, np.random.default_rng(1))
    samples = [of.default.active_values, *(one.active_values for one in of.configurations(rows))]
    for parameter in of.parameters:
        if parameter.kind is ParameterKind.CATEGORICAL:
            for choice in parameter.choices:
                yield parameter.name, next(one for one in samples if one.get(parameter.name) == choice)
            continue
        active = next(one for one in samples if parameter.name in one)
        for bound in (parameter.low, parameter.high):
            yield parameter.name, {**active, parameter.name: parameter.text(bound)}


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    path = tmp_path / "problem.cnf"
    path.write_text(PROBLEM)
    return path


@EVERY
def test_the_scenario_names_what_the_generator_writes(name: str) -> None:
    given = options(name)
    program = folder(name) / given["execdir"] / shlex.split(given["algo"])[0]
    assert program.stat().st_mode & 0o111
    assert (folder(name) / "generate.py").stat().st_mode & 0o111
    assert (folder(name) / "README.md").is_file()
    assert given["instance-file"] == "instances/training.txt"
    assert given["test-instance-file"] == "instances/test.txt"
    assert given.get("feature-file", "instances/features.csv") == "instances/features.csv"
    assert 3 <= float(given["cutoff-time"]) <= 5
    assert (folder(name) / ".gitignore").read_text() == "instances/\n"


def parents(name: str) -> set[str]:
    """Parameters that others depend on: changing one alone is no configuration."""
    return set(re.findall(r"\| ([a-z-]+) in", (folder(name) / "params.pcs").read_text()))


@EVERY
def test_every_parameter_changes_the_command(name: str, problem: Path) -> None:
    of = space(name)
    samples = [one.active_values for one in of.configurations(of.sample(600, np.random.default_rng(1)))]
    for parameter in of.parameters:
        if parameter.name not in parents(name):
            active = next(one for one in samples if parameter.name in one)
            texts = [parameter.text(bound) for bound in (parameter.low, parameter.high)]
            lines = [shlex.join(command(name, {**active, parameter.name: text}, problem)) for text in texts]
            assert lines[0] != lines[1], parameter.name


@EVERY
def test_the_solver_accepts_every_value(name: str, problem: Path) -> None:
    needs(name)
    for parameter, values in extreme_configurations(space(name)):
        done = subprocess.run(command(name, values, problem), capture_output=True, text=True, timeout=60)
        assert done.returncode == 10, (parameter, values[parameter], done.stdout, done.stderr)


@EVERY
def test_the_solver_accepts_random_configurations(name: str, problem: Path) -> None:
    needs(name)
    of = space(name)
    for one in of.configurations(of.sample(60, np.random.default_rng(2))):
        done = subprocess.run(command(name, one.active_values, problem), capture_output=True, timeout=60)
        assert done.returncode == 10, one.active_values


@EVERY
@pytest.mark.parametrize("satisfiable", [True, False])
def test_a_call_as_smac_makes_it(name: str, satisfiable: bool, problem: Path) -> None:
    needs(name)
    if not satisfiable:
        problem.write_text("p cnf 2 4\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n")
    default = space(name).default.active_values
    words = [word for key, value in sorted(default.items()) for word in (f"-{key}", value)]
    done = subprocess.run(
        ["./target.py", str(problem), "0", "4.0", "2147483647", "0", *words],
        cwd=folder(name),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    answer = Answer(done.returncode, done.stdout, done.stderr)
    assert answer.status == ("SAT" if satisfiable else "UNSAT")
    assert answer.seed == 0
    assert (done.returncode, done.stderr) == (0, "")


@EVERY
def test_a_misspelt_parameter_shows_at_the_first_run(name: str, problem: Path) -> None:
    needs(name)
    done = subprocess.run(
        ["./target.py", str(problem), "0", "4.0", "2147483647", "0", "-lubi", "on"],
        cwd=folder(name),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    answer = Answer(done.returncode, done.stdout, done.stderr)
    assert answer.status == "CRASHED"
    assert "lubi" in answer.additional


def test_minisats_defaults_are_its_own() -> None:
    needs("minisat")
    shown = subprocess.run(["minisat", "--help", "--help-verb"], capture_output=True, text=True, timeout=60)
    pattern = re.compile(r"^  -([a-z-]+)[ ,].*\(default: (\S+)\)", re.MULTILINE)
    defaults = dict(pattern.findall(shown.stdout + shown.stderr))
    ours = {parameter.name: parameter.default_text for parameter in space("minisat").parameters}
    assert len(ours) >= 12
    assert {name: defaults[name] for name in ours} == ours


def test_minisats_seed_is_positive_and_left_out_when_deterministic(problem: Path) -> None:
    assert "-rnd-seed=1" in command("minisat", {}, problem, seed=0)
    assert command("minisat", {}, problem, seed=None) == ["minisat", "-verb=0", str(problem)]


def test_clasps_default_searches_as_clasp_does_by_itself(tmp_path: Path) -> None:
    needs("clasp")
    instance = hard_instance("threshold5", tmp_path)
    default = command("clasp", space("clasp").default.active_values, instance, seed=None)
    assert conflicts(default) == conflicts(["clasp", "--quiet=2", str(instance)])
    assert conflicts(default) > 100


def hard_instance(family: str, where: Path) -> Path:
    """One of clasp's instances of a family."""
    script = load_script(folder("clasp") / "generate.py")
    drawn = next(one for one in script.mixture(script.SIZES) if one.name == family)
    instance = where / "hard.cnf"
    instance.write_text(drawn.draw(random.Random(3)).dimacs("hard"))
    return instance


def conflicts(line: list[str]) -> int:
    done = subprocess.run([*line, "--stats=1"], capture_output=True, text=True, timeout=100)
    found = re.search(r"^c Conflicts +: (\d+)", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return int(found[1])


def test_clasps_composite_options() -> None:
    clasp = target("clasp")
    assert clasp.options({"restarts": "luby", "restarts-base": "64"}) == ["--restarts=L,64"]
    assert clasp.options({"restarts": "geometric", "restarts-base": "64", "restarts-factor": "1.5"}) == [
        "--restarts=x,64,1.5"
    ]
    assert clasp.options({"del-cfl": "no"}) == ["--del-cfl=no"]
    assert clasp.options({"contraction": "off"}) == ["--contraction=no"]
    assert clasp.options({"contraction": "on", "contraction-size": "9"}) == ["--contraction=9"]
    assert clasp.options({"update-act": "off", "init-moms": "off"}) == ["--no-init-moms"]
    with pytest.raises(clasp.CallError, match="no option of clasp is made of: speed, vsids-decay"):
        clasp.options({"speed": "9", "vsids-decay": "90"})


def test_clasps_answer_that_there_is_no_other_model(problem: Path) -> None:
    needs("clasp")
    problem.write_text("p cnf 1 1\n1 0\n")
    clasp = target("clasp")
    ending = sat_solver.run(clasp.command(clasp.Call(str(problem), 5.0, 1, {})), 5.0)
    assert ending.exit_code == 30
    assert sat_solver.verdict(ending, 5.0, clasp.CLASP_ANSWERS)[0] == "SAT"


CLASP_PRESETS = ("crafty", "handy", "jumpy", "frumpy")


def clasp_challengers() -> list[dict[str, str]]:
    """The active parameters of clasp's initial challengers."""
    lines = (folder("clasp") / "scenario.txt").read_text().splitlines()
    texts = [line.split(" = ", 1)[1] for line in lines if line.startswith("initial-challengers = ")]
    return [space("clasp").parse_configuration(text).active_values for text in texts]


@pytest.mark.parametrize("family", ["threshold5", "latin", "colouring"])
@pytest.mark.parametrize("number", range(len(CLASP_PRESETS)))
def test_clasps_initial_challengers_search_as_its_presets_do(
    number: int, family: str, tmp_path: Path
) -> None:
    needs("clasp")
    instance = hard_instance(family, tmp_path)
    challengers = clasp_challengers()
    assert len(challengers) == len(CLASP_PRESETS)
    own = ["clasp", f"--configuration={CLASP_PRESETS[number]}", "--quiet=2", "--seed=3", str(instance)]
    assert conflicts(command("clasp", challengers[number], instance)) == conflicts(own)
