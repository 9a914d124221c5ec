"""The engine that a scenario's options ask for."""

from __future__ import annotations

import dataclasses
import importlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bbopt.acquisition import AcquisitionName, SearchSettings
from bbopt.engines import Engine, Problem
from bbopt.engines.proposers import PortfolioProposer, Proposer, random_search
from bbopt.engines.racers import CappingSettings, RacingEngine, RacingSettings
from bbopt.runs import RunObjective
from bbopt.scenario import OptionValues, Scenario
from bbopt.session.beginning import beginning
from bbopt.session.proposer_choice import ProposerChoice, chosen_proposer
from bbopt.surrogate import ForestSettings, ImputationSettings

if TYPE_CHECKING:
    from bbopt.engines.proposers.smbo import CensoredRuns, ModelSettings

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
    """The engine that the options ask for: a proposer's configurations, raced."""
    return RacingEngine(_proposer(scenario, problem), problem, _racing(scenario))


def _proposer(scenario: Scenario, problem: Problem) -> Proposer:
    match chosen_proposer(scenario.options):
        case ProposerChoice.SMBO:
            from bbopt.engines.proposers.smbo import model_search

            return model_search(problem, _model_settings(scenario))
        case ProposerChoice.SMAC3:
            from bbopt.engines.proposers.smac3 import smac3_search

            return smac3_search(problem)
        case ProposerChoice.RANDOM:
            return random_search(problem)
        case ProposerChoice.PORTFOLIO:
            return PortfolioProposer(problem.given)


def _racing(scenario: Scenario) -> RacingSettings:
    options, begins = scenario.options, beginning(scenario)
    return RacingSettings(
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


@contextmanager
def libraries_loading(scenario: Scenario) -> Iterator[None]:
    """Import what the model needs while the first runs are under way, instead of when it is needed."""
    if chosen_proposer(scenario.options) is not ProposerChoice.SMBO:
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
    from bbopt.engines.proposers.smbo import ModelChoice, ModelSettings

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
        surrogate=ModelChoice(options.choice("surrogate")),
        forest=forest,
        search=search,
        acquisition=AcquisitionName[options.choice("acq-func")],
        log_responses=options.flag("rf-log-model") if options.is_given("rf-log-model") else is_runtime,
        n_components=options.integer("num-pca"),
        imputation=ImputationSettings(rounds=options.integer("imputation-iterations")),
        censored=_censored_runs(options),
        model_share=1.0 - options.number("intensification-percentage"),
    )
    return _as_smac2(settings) if scenario.is_like_smac2 else settings


def _censored_runs(options: OptionValues) -> CensoredRuns:
    from bbopt.engines.proposers.smbo import CensoredRuns

    if options.flag("mask-censored-data-as-kappa-max"):
        return CensoredRuns.AS_CUTOFF
    return (
        CensoredRuns.AS_SEEN if options.flag("treat-censored-data-as-uncensored") else CensoredRuns.ESTIMATED
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
