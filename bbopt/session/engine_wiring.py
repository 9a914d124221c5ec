"""The engine that a scenario's options ask for."""

from __future__ import annotations

import dataclasses
import importlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bbopt.acquisition import AcquisitionRule, SearchSettings
from bbopt.engines import CappingSettings, Engine, Problem, RacingSettings
from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import RunObjective
from bbopt.scenario import OptionValues, Scenario
from bbopt.session.beginning import beginning
from bbopt.surrogate import ForestSettings, ImputationSettings

if TYPE_CHECKING:
    from bbopt.engines.smbo import CensoredRule, ModelSettings

__all__ = ["build_engine", "libraries_loading"]

_MODEL_LIBRARIES = (
    "scipy.special",
    "scipy.stats",
    "scipy.linalg",
    "scipy.optimize",
    "sklearn.tree",
)
_LIBRARY_OF_COMPONENTS = "sklearn.decomposition"


def build_engine(scenario: Scenario, problem: Problem) -> Engine:
    """The engine that `engine` and `exec-mode` name."""
    options, begins = scenario.options, beginning(scenario)
    racing = RacingSettings(
        deterministic=scenario.deterministic,
        cutoff_s=scenario.cutoff_s,
        runlength=LARGEST_INT,
        max_incumbent_runs=options.integer("max-incumbent-runs"),
        initial_incumbent_runs=begins.incumbent_runs,
        initial_challenger_runs=options.integer("initial-challenger-runs"),
        max_norun_challenges=options.integer("max-norun-challenge-limit"),
        growth=_growth(scenario),
        given_at_once=begins.at_once,
        cheap_first=_is_cheap_first(scenario),
        capping=_capping(scenario),
        in_order=options.flag("deterministic-instance-ordering"),
    )
    if options.choice("exec-mode") == "PSEL":
        from bbopt.engines.random_search import portfolio_search

        return portfolio_search(problem, racing)
    if options.choice("engine") == "smac3":
        from bbopt.engines.smac3 import Smac3Engine

        return Smac3Engine(problem, racing)
    if options.choice("engine") == "random" or options.choice("exec-mode") == "ROAR":
        from bbopt.engines.random_search import random_search

        return random_search(problem, racing)
    from bbopt.engines.smbo import smbo

    return smbo(problem, racing, _model_settings(scenario))


@contextmanager
def libraries_loading(scenario: Scenario) -> Iterator[None]:
    """Import what the model needs while the first runs are under way, instead of when it is needed."""
    options = scenario.options
    if options.choice("engine") != "smbo" or options.choice("exec-mode") != "SMAC":
        yield
        return
    names = list(_MODEL_LIBRARIES)
    if scenario.instances.feature_names:
        names.append(_LIBRARY_OF_COMPONENTS)
    is_over = threading.Event()
    thread = threading.Thread(target=_import_until, args=(names, is_over), name="imports")
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()  # an interpreter must not end in the middle of an import


def _import_until(names: Sequence[str], is_over: threading.Event) -> None:
    """Import what there is time for: whoever interrupts the search does not wait for the rest."""
    for name in names:
        if is_over.is_set():
            return
        with suppress(ImportError):  # whoever needs it will say so
            importlib.import_module(name)


def _growth(scenario: Scenario) -> tuple[float, float]:
    """How fast the incumbent's pairs grow: see RacingSettings."""
    if scenario.is_like_smac2:
        return 0.0, 1.0
    return (4.0, 2.0) if scenario.instances.is_black_box else (1.0, 1.5)


def _is_cheap_first(scenario: Scenario) -> bool:
    return (
        scenario.run_objective is RunObjective.RUNTIME
        and scenario.options.choice("challenger-pairs") == "cheap"
    )


def _capping(scenario: Scenario) -> CappingSettings | None:
    options = scenario.options
    if not scenario.adaptive_capping:
        return None
    return CappingSettings(options.number("ac-mult-slack"), options.number("ac-add-slack"))


def _model_settings(scenario: Scenario) -> ModelSettings:
    from bbopt.engines.smbo import ModelSettings, SurrogateRule

    options = scenario.options
    is_runtime = scenario.run_objective is RunObjective.RUNTIME
    forest = ForestSettings(
        n_trees=options.integer("rf-num-trees"),
        split_min=options.integer("rf-split-min"),
        ratio_features=options.number("rf-ratio-features"),
        bootstrap=not options.flag("rf-full-tree-bootstrap"),
        min_variance=options.number("rf-min-variance"),
    )
    search = SearchSettings(
        n_random=max(1, options.integer("num-ei-random")),
        n_starts=options.integer("num-challengers"),
        n_random_starts=options.integer("num-ls-random"),
        n_continuous=options.integer("continous-neighbours"),
    )
    settings = ModelSettings(
        surrogate=SurrogateRule(options.choice("surrogate")),
        forest=forest,
        search=search,
        acquisition=AcquisitionRule[options.choice("acq-func")],
        log_responses=options.flag("rf-log-model") if options.is_given("rf-log-model") else is_runtime,
        n_components=options.integer("num-pca"),
        imputation=ImputationSettings(rounds=options.integer("imputation-iterations")),
        censored=_censored_rule(options),
        model_share=1.0 - options.number("intensification-percentage"),
    )
    return _as_smac2(settings) if scenario.is_like_smac2 else settings


def _censored_rule(options: OptionValues) -> CensoredRule:
    from bbopt.engines.smbo import CensoredRule

    if options.flag("mask-censored-data-as-kappa-max"):
        return CensoredRule.AS_CUTOFF
    return (
        CensoredRule.AS_SEEN if options.flag("treat-censored-data-as-uncensored") else CensoredRule.ESTIMATED
    )


def _as_smac2(settings: ModelSettings) -> ModelSettings:
    """The settings with what SMAC v2 has no options for as in SMAC v2."""
    return dataclasses.replace(
        settings,
        forest=dataclasses.replace(settings.forest, best_splits=True),
        search=dataclasses.replace(settings.search, n_mutants=0),
        plain_forest=True,
        random_every=2,
        design=0,
    )
