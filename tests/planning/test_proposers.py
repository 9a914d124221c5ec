"""Every combination of options about the search is refused before it begins, or does what it says."""

from __future__ import annotations

import importlib.util
import itertools
from collections import Counter
from pathlib import Path

import pytest

from bbopt.engines.proposers import Ability
from bbopt.engines.proposers.smac3 import Smac3Proposer
from bbopt.engines.racers import RacingEngine, UnracedEngine
from bbopt.errors import InputError
from bbopt.planning.engine import build_engine
from bbopt.runs import RunRequest
from bbopt.scenario import Scenario, load_scenario, read_command_line
from bbopt.session import plan_session

PCS = "x0 real [-5, 10] [1]\nx1 real [0, 15] [2]\nc categorical {a, b} [a]\n"

MODEL, RANDOM, SMAC3, PORTFOLIO = "model", "random", "smac3", "portfolio"
PROPOSERS = {
    (None, None): MODEL,
    (None, "SMAC"): MODEL,
    (None, "ROAR"): RANDOM,
    (None, "PSEL"): PORTFOLIO,
    ("smbo", None): MODEL,
    ("smbo", "SMAC"): MODEL,
    ("random", None): RANDOM,
    ("random", "ROAR"): RANDOM,
    ("smac3", None): SMAC3,
    ("smac3", "SMAC"): SMAC3,
}
"""Who proposes by engine and exec-mode; the other pairs contradict each other."""

BEFORE = {
    MODEL: {"default", "given", "initial design"},
    RANDOM: {"default", "given"},
    SMAC3: {"default", "given"},
}
"""What may come first."""

N_RUNS = {MODEL: 16, RANDOM: 8, SMAC3: 5, PORTFOLIO: 8}

COMBINATIONS = [
    pytest.param(*one, marks=pytest.mark.slow) if one[0] == "smac3" else one
    for one in itertools.product(
        (None, "smbo", "random", "smac3"),
        (None, "SMAC", "ROAR", "PSEL"),
        ("QUALITY", "RUNTIME"),
        ("black box", "instances"),
        ("true", "false"),
        (None, "true", "false"),
    )
]


def scenario(folder: Path, **options: str | None) -> Scenario:
    (folder / "p.pcs").write_text(PCS)
    (folder / "i.txt").write_text("one\ntwo\nthree\n")
    words: dict[str, str | None] = {
        "pcs-file": "p.pcs",
        "tae": "RANDOM",
        "random-trend-coefficient": "1",
        "cutoff-time": "50",
        "initial-challengers": "-x0 2 -x1 2 -c b",
        "initial-incumbent-runs": "2",
        "seed": "1",
    }
    given = words | {name.replace("_", "-"): text for name, text in options.items()}
    argv = [f"--{name}={text}" for name, text in given.items() if text is not None]
    return load_scenario(read_command_line(argv), cwd=folder)


def search(scenario: Scenario, n_runs: int) -> list[RunRequest]:
    """The first runs, answered by the evaluator."""
    plan = plan_session(scenario)
    assert plan.setup.evaluator is not None
    engine, asked = build_engine(scenario, plan.problem), []
    while len(asked) < n_runs and (request := engine.ask()) is not None:
        result = plan.setup.evaluator.evaluate(request)
        assert result is not None
        engine.tell(request, result)
        asked.append(request)
    return asked


@pytest.mark.parametrize(
    ("engine", "mode", "objective", "instances", "deterministic", "capping"), COMBINATIONS
)
def test_who_proposes(
    engine: str | None,
    mode: str | None,
    objective: str,
    instances: str,
    deterministic: str,
    capping: str | None,
    tmp_path: Path,
) -> None:
    def begin(n_runs: int) -> list[RunRequest]:
        options = {
            "engine": engine,
            "exec_mode": mode,
            "run_obj": objective,
            "deterministic": deterministic,
            "adaptive_capping": capping,
        }
        where = {"instance_file": "i.txt"} if instances == "instances" else {"use_instances": "false"}
        return search(scenario(tmp_path, **options, **where), n_runs)

    wanted = PROPOSERS.get((engine, mode))
    if wanted is None or (objective, capping) == ("QUALITY", "true"):
        with pytest.raises(InputError) as caught:
            begin(0)
        assert "engine" in str(caught.value) or "adaptive-capping" in str(caught.value)
        return
    asked = begin(N_RUNS[wanted])
    kinds = {request.origin.kind for request in asked}
    assert wanted in kinds
    assert kinds - BEFORE.get(wanted, set()) == {wanted}
    names = {"one", "two", "three"} if instances == "instances" else {"no_instance"}
    assert {request.instance.name for request in asked} <= names
    assert all((request.seed == -1) == (deterministic == "true") for request in asked)


@pytest.mark.parametrize(
    ("engine", "racer", "objective", "instances", "deterministic"),
    [
        *itertools.product(
            ("smbo", "random", "sobol", "grid"),
            (None, "racing", "none"),
            ("QUALITY", "RUNTIME"),
            ("black box", "instances"),
            ("true", "false"),
        )
    ],
)
def test_how_configurations_compete(
    engine: str, racer: str | None, objective: str, instances: str, deterministic: str, tmp_path: Path
) -> None:
    where = {"instance_file": "i.txt"} if instances == "instances" else {"use_instances": "false"}
    options = {"engine": engine, "racer": racer, "run_obj": objective, "deterministic": deterministic}
    options |= {"initial_challengers": None, "runcount_limit": "20"}
    options |= {"grid_levels": "2"} if engine == "grid" else {}
    given = scenario(tmp_path, **options, **where)
    asked = search(given, 6)
    assert len(asked) == 6
    is_race = racer == "racing" or (racer is None and engine in {"smbo", "random"})
    by_configuration = Counter(request.configuration for request in asked)
    if not is_race:
        n_pairs = 3 if instances == "instances" else 1
        assert set(by_configuration.values()) == {n_pairs}, "each is run on everything"
        assert {request.cutoff_s for request in asked} == {50.0}
    engine_type = type(build_engine(given, plan_session(given).problem))
    assert engine_type is (RacingEngine if is_race else UnracedEngine)


@pytest.mark.parametrize("objective", ["QUALITY", "RUNTIME"])
@pytest.mark.parametrize("instances", [False, True])
def test_tpe_proposes_once_ten_are_known(objective: str, instances: bool, tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="the extra tpe is not installed")
    where = {"instance_file": "i.txt"} if instances else {"use_instances": "false"}
    options = {"engine": "tpe", "exec_mode": "SMAC", "run_obj": objective, "deterministic": "false"}

    def searched() -> list[RunRequest]:
        return search(scenario(tmp_path, **options, **where), 50)

    first = searched()
    kinds = list(dict.fromkeys(request.origin.kind for request in first))
    assert kinds == ["default", "given", "random", "tpe"]
    assert first == searched()


def test_tpe_is_no_random_search(tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="the extra tpe is not installed")
    with pytest.raises(InputError, match="engine and exec-mode name different proposers"):
        scenario(tmp_path, engine="tpe", exec_mode="ROAR")


def test_a_library_that_is_missing_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there_is = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> object:
        return None if name == "optuna" else there_is(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    plan_session(scenario(tmp_path, engine="smbo", use_instances="false"))
    with pytest.raises(InputError, match="tpe needs the Python package optuna, which is not") as caught:
        plan_session(scenario(tmp_path, engine="tpe", use_instances="false"))
    assert "bbopt-smac[tpe]" in str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("adaptive-capping", "true"), ("challenger-pairs", "cheap")])
def test_what_is_about_a_race_is_refused_without_one(name: str, text: str, tmp_path: Path) -> None:
    options = {name.replace("-", "_"): text, "run_obj": "RUNTIME", "instance_file": "i.txt"}
    plan_session(scenario(tmp_path, **options))
    with pytest.raises(InputError, match=f"{name} is for racer = racing") as caught:
        plan_session(scenario(tmp_path, **options, racer="none"))
    assert caught.value.got == f"{name} = {text}, and racer = none"


@pytest.mark.parametrize("surrogate", ["auto", "forest", "gp"])
@pytest.mark.parametrize(("engine", "mode"), [pair for pair, kind in PROPOSERS.items() if kind != MODEL])
def test_a_surrogate_is_the_smbo_engines(
    engine: str | None, mode: str | None, surrogate: str, tmp_path: Path
) -> None:
    asked = {"engine": engine, "exec_mode": mode, "surrogate": surrogate, "run_obj": "QUALITY"}
    given = scenario(tmp_path, **asked, use_instances="false")
    if surrogate == "auto":
        plan_session(given)
        return
    with pytest.raises(InputError, match="surrogate is for the proposer smbo") as caught:
        plan_session(given)
    assert f"surrogate = {surrogate}" in str(caught.value)


def test_both_places_of_a_contradiction_are_named(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("engine = smac3\n")
    (tmp_path / "p.pcs").write_text(PCS)
    words = ["--scenario", str(tmp_path / "s.txt"), "--pcs-file", "p.pcs", "--tae", "CONSTANT"]
    words += ["--run-obj", "QUALITY", "--use-instances", "false", "--exec-mode", "ROAR"]
    with pytest.raises(InputError) as caught:
        plan_session(load_scenario(read_command_line(words), cwd=tmp_path))
    text = str(caught.value)
    assert text.startswith("s.txt:1:10: engine and exec-mode name different proposers")
    assert "exec-mode = ROAR at command line" in text
    assert "leave one of them out" in text


@pytest.mark.parametrize(
    ("ability", "got"),
    [
        (Ability.NOISE, "algo-deterministic = false"),
        (Ability.INSTANCES, "instances = i.txt"),
        (Ability.RUNTIMES, "run-obj = RUNTIME"),
        (Ability.CAPPING, "adaptive-capping = true"),
        (Ability.PEERS, "shared-model-mode = true"),
    ],
)
def test_what_the_proposer_does_not_cope_with_is_refused(
    ability: Ability, got: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = scenario(
        tmp_path,
        engine="smac3",
        deterministic="false",
        instance_file="i.txt",
        run_obj="RUNTIME",
        adaptive_capping="true",
        shared_model_mode="true",
    )
    plan_session(asks)
    monkeypatch.setattr(Smac3Proposer, "abilities", Smac3Proposer.abilities - {ability})
    with pytest.raises(InputError, match="smac3 does not cope with") as caught:
        plan_session(asks)
    assert got in str(caught.value)
    assert "smbo, random, tpe, portfolio" in str(caught.value)
