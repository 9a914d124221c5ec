"""From a scenario to the parts of a search: objective, engine, target command, policies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.acquisition import AcquisitionRule, SearchSettings
from bbopt.engines import Engine, Problem, RacingSettings
from bbopt.errors import InputError, Place
from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import QualityObjective
from bbopt.scenario import OptionValues, Scenario
from bbopt.seeding import stream
from bbopt.space import Configuration, Space, read_pcs
from bbopt.surrogate import ForestSettings
from bbopt.target import TargetCommand
from bbopt.tuning import CrashPolicy

if TYPE_CHECKING:
    from bbopt.engines.smbo import ModelSettings

__all__ = [
    "build_engine",
    "build_objective",
    "crash_policy",
    "load_space",
    "start_configurations",
    "target_command",
]

_UNLIMITED_RUNS = 2**31


def load_space(scenario: Scenario) -> Space:
    """The parameter space of the scenario, restricted to the search subspace where one is given."""
    space = read_pcs(scenario.pcs_path)
    options = scenario.options
    fixed: dict[str, str] = {}
    if scenario.subspace_path is not None:
        fixed |= _fixed_settings(_read_text(scenario.subspace_path))
    fixed |= _fixed_settings(options.optional_text("search-subspace") or "")
    return space.subspace(fixed) if fixed else space


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "the file of the search subspace can't be read", place=Place(path), got=str(error)
        ) from error


def _fixed_settings(text: str) -> dict[str, str]:
    """`a=1,b=2`, also one per line, as in SMAC v2's subspace options."""
    entries = [entry.strip() for line in text.splitlines() for entry in line.split(",")]
    fixed = {}
    for entry in filter(None, entries):
        name, equals, value = entry.partition("=")
        if not equals:
            raise InputError("a search subspace needs name=value", got=repr(entry), expected="name=value,...")
        fixed[name.strip()] = value.strip().strip("'")
    return fixed


def build_objective(scenario: Scenario) -> QualityObjective:
    """What is minimised."""
    options = scenario.options
    if options.flag("transform-crashed-quality"):
        return QualityObjective(options.number("transform-crashed-quality-value"))
    return QualityObjective(None)


def target_command(scenario: Scenario) -> TargetCommand:
    """How the target is called."""
    return TargetCommand(
        scenario.algo,
        scenario.exec_dir,
        scenario.exec_dir_text,
        scenario.options.flag("cli-call-params-with-quotes"),
    )


def crash_policy(scenario: Scenario) -> CrashPolicy:
    """What crashed runs lead to."""
    options = scenario.options
    return CrashPolicy(
        abort_on_first=options.flag("abort-on-first-run-crash"),
        abort_on_any=options.flag("abort-on-crash"),
        retries=options.integer("retry-crashed-count"),
    )


def start_configurations(scenario: Scenario, space: Space) -> list[Configuration]:
    """The initial incumbent, then the initial challengers."""
    options = scenario.options
    texts = [options.text("initial-incumbent"), *options.texts("initial-challengers")]
    return [_configuration(space, text, scenario.seed, place) for place, text in enumerate(texts)]


def _configuration(space: Space, text: str, seed: int, place: int) -> Configuration:
    word = text.strip().strip("<>").upper()
    if word == "DEFAULT":
        return space.default
    if word == "RANDOM":
        return space.configurations(space.sample(1, stream(seed, "start configuration", place)))[0]
    configuration = space.parse_configuration(text)
    if configuration.is_forbidden:
        raise InputError("the configuration to start from is forbidden", got=configuration.call_text())
    return configuration


def build_engine(
    scenario: Scenario, space: Space, objective: QualityObjective, given: Sequence[Configuration]
) -> Engine:
    """The engine that `engine` and `exec-mode` name."""
    options = scenario.options
    racing = RacingSettings(
        deterministic=scenario.deterministic,
        cutoff_s=scenario.cutoff_s,
        runlength=LARGEST_INT,
        max_incumbent_runs=options.integer("max-incumbent-runs"),
        initial_incumbent_runs=options.integer("initial-incumbent-runs"),
        initial_challenger_runs=options.integer("initial-challenger-runs"),
        max_norun_challenges=options.integer("max-norun-challenge-limit"),
    )
    runcount = scenario.limits.runcount
    budget = runcount if runcount < _UNLIMITED_RUNS else None
    problem = Problem(space, objective, tuple(given), budget, scenario.seed)
    if options.choice("engine") == "smac3":
        from bbopt.engines.smac3 import Smac3Engine

        return Smac3Engine(problem, racing)
    if options.choice("engine") == "random" or options.choice("exec-mode") == "ROAR":
        from bbopt.engines.random_search import random_search

        return random_search(problem, racing)
    from bbopt.engines.smbo import smbo

    return smbo(problem, racing, _model_settings(options))


def _model_settings(options: OptionValues) -> ModelSettings:
    from bbopt.engines.smbo import ModelSettings

    forest = ForestSettings(
        n_trees=options.integer("rf-num-trees"),
        split_min=options.integer("rf-split-min"),
        ratio_features=options.number("rf-ratio-features"),
        bootstrap=options.flag("rf-full-tree-bootstrap"),
        min_variance=options.number("rf-min-variance"),
    )
    search = SearchSettings(
        n_random=max(1, options.integer("num-ei-random")),
        n_starts=options.integer("num-challengers") + options.integer("num-ls-random"),
        n_continuous=options.integer("continous-neighbours"),
    )
    return ModelSettings(
        forest=forest,
        search=search,
        acquisition=AcquisitionRule[options.choice("acq-func")],
        log_responses=options.flag("rf-log-model"),
    )
