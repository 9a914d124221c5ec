"""The engine that a scenario's options ask for."""

from __future__ import annotations

import dataclasses
import importlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from bbopt.acquisition import AcquisitionName, SearchSettings
from bbopt.engines import Engine, Problem
from bbopt.engines.proposers import DesignProposer, PortfolioProposer, Proposer, random_search
from bbopt.engines.racers import (
    AshaEngine,
    CappingSettings,
    HalvingEngine,
    HalvingSettings,
    HopelessEngine,
    RacingEngine,
    RacingSettings,
    UnracedEngine,
    by_curve,
    by_median,
    hyperband_schedule,
)
from bbopt.planning.beginning import beginning
from bbopt.scenario import (
    BudgetOptions,
    HopelessRule,
    ModelOptions,
    ProposerName,
    RacerName,
    RunObjective,
    Scenario,
)
from bbopt.surrogate import ForestSettings, ImputationSettings

if TYPE_CHECKING:
    from bbopt.engines.proposers.smbo import CensoredRuns, ModelSettings
    from bbopt.engines.racers.budget_search import BudgetSearchSettings

__all__ = ["budget_search_settings", "build_engine", "libraries_loading"]

_MODEL_LIBRARIES = (
    "scipy.special",
    "scipy.linalg",
    "scipy.optimize",
    "sklearn.tree",
)
_LIBRARY_OF_COMPONENTS = "sklearn.decomposition"
_LIBRARIES = {ProposerName.SMBO: _MODEL_LIBRARIES, ProposerName.TPE: ("scipy.special", "optuna")}
_RULES = {HopelessRule.CURVE: by_curve, HopelessRule.MEDIAN: by_median}


def build_engine(scenario: Scenario, problem: Problem) -> Engine:
    """The engine that the options ask for: who proposes, how those race, and which runs are given up."""
    racer, rule = _racer(scenario, problem), _RULES.get(scenario.hopeless)
    return racer if rule is None else HopelessEngine(racer, problem, rule)


def _racer(scenario: Scenario, problem: Problem) -> Engine:
    if scenario.budgets is not None and scenario.racer.has_rungs:
        return _with_rungs(scenario, scenario.budgets, problem)
    if scenario.racer is RacerName.AUTO and scenario.budgets is not None:
        return _budget_search(scenario, scenario.budgets, problem)
    proposer = _proposer(scenario, problem)
    if scenario.racer is RacerName.NONE:
        return UnracedEngine(proposer, problem, repeats=scenario.proposer.is_design)
    return RacingEngine(proposer, problem, _racing(scenario))


def _with_rungs(scenario: Scenario, budgets: BudgetOptions, problem: Problem) -> Engine:
    """A racer that begins with cheap runs, over a proposer for each level of budget."""
    brackets = hyperband_schedule(budgets.most, budgets.eta, budgets.least, budgets.skip_last)
    make_proposer = partial(_proposer, scenario, problem)
    is_additional = budgets.are_additional
    if scenario.racer is RacerName.ASHA:
        return AshaEngine(make_proposer, problem, brackets[0], budgets.eta, are_additional=is_additional)
    if scenario.racer is RacerName.SUCCESSIVE_HALVING:
        brackets = brackets[:1]
    n_brackets = budgets.brackets
    if n_brackets is None and not scenario.limits.has_any:
        n_brackets = len(brackets)
    settings = HalvingSettings(brackets, budgets.eta, n_brackets, are_additional=is_additional)
    return HalvingEngine(make_proposer, problem, settings)


def _budget_search(scenario: Scenario, budgets: BudgetOptions, problem: Problem) -> Engine:
    """The search that uses cheap runs, and goes over to the racing that there would be without budgets."""
    from bbopt.engines.racers.budget_search import BudgetSearchEngine

    settings = budget_search_settings(scenario, budgets)
    return BudgetSearchEngine(
        problem,
        settings,
        lambda black_box: RacingEngine(_proposer(scenario, black_box), black_box, _racing(scenario)),
        None if settings.models_proposals else _proposer(scenario, problem),
    )


def budget_search_settings(scenario: Scenario, budgets: BudgetOptions) -> BudgetSearchSettings:
    """How `racer = auto` uses the budgets: its levels, and whether its runs go on."""
    from bbopt.engines.racers.budget_search import BudgetSearchSettings

    return BudgetSearchSettings.between(
        budgets.least,
        budgets.most,
        goes_on=_runs_go_on(scenario, budgets),
        step=budgets.eta if scenario.said("eta").is_given else None,
        models_proposals=scenario.proposer is ProposerName.SMBO,
        search=_search_settings(scenario.model),
    )


def _runs_go_on(scenario: Scenario, budgets: BudgetOptions) -> bool:
    """Whether a run begins where the configuration's last one ended: said, or known from its checkpoints."""
    if budgets.continue_ is not None:
        return budgets.continue_
    return scenario.checkpoints is not None and scenario.checkpoints.are_used


def _proposer(scenario: Scenario, problem: Problem) -> Proposer:
    match scenario.proposer:
        case ProposerName.SMBO:
            from bbopt.engines.proposers.smbo import model_search

            return model_search(problem, _model_settings(scenario))
        case ProposerName.TPE:
            from bbopt.engines.proposers.tpe import tpe_search

            return tpe_search(problem)
        case ProposerName.SMAC3:
            from bbopt.engines.proposers.smac3 import smac3_search

            return smac3_search(problem)
        case ProposerName.RANDOM:
            return random_search(problem)
        case ProposerName.PORTFOLIO:
            return PortfolioProposer(problem.given)
        case design:
            return DesignProposer(problem.given, design.value, problem.texts)


def _racing(scenario: Scenario) -> RacingSettings:
    options, begins = scenario.racing, beginning(scenario)
    return RacingSettings(
        max_incumbent_runs=options.max_incumbent_runs,
        initial_incumbent_runs=begins.incumbent_runs,
        initial_challenger_runs=options.initial_challenger_runs,
        max_norun_challenges=options.max_norun_challenges,
        growth=_growth(scenario),
        given_at_once=begins.at_once,
        cheap_first=options.begins_with_cheap,
        leaves_unsolved=_leaves_unsolved(scenario),
        capping=CappingSettings(*options.capping) if scenario.adaptive_capping else None,
        in_order=options.in_order,
    )


@contextmanager
def libraries_loading(scenario: Scenario) -> Iterator[None]:
    """Import what the model needs while the first runs are under way, instead of when it is needed."""
    names = list(_LIBRARIES.get(scenario.proposer, ()))
    if not names:
        yield
        return
    if scenario.proposer is ProposerName.SMBO and scenario.instances.feature_names:
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


def _leaves_unsolved(scenario: Scenario) -> bool:
    """Whether only the incumbent runs on pairs that it has not solved: see RacingSettings."""
    is_as_in_smac2 = scenario.is_like_smac2 or scenario.racing.in_order
    return scenario.run_objective is RunObjective.RUNTIME and not is_as_in_smac2


def _model_settings(scenario: Scenario) -> ModelSettings:
    from bbopt.engines.proposers.smbo import ModelChoice, ModelSettings

    options = scenario.model
    is_runtime = scenario.run_objective is RunObjective.RUNTIME
    forest = ForestSettings(
        n_trees=options.n_trees,
        split_min=options.split_min,
        ratio_features=options.ratio_features,
        bootstrap=options.bootstraps,
        min_variance=options.min_variance,
    )
    settings = ModelSettings(
        surrogate=ModelChoice(options.surrogate),
        forest=forest,
        search=_search_settings(options),
        acquisition=AcquisitionName[options.acquisition],
        log_responses=is_runtime if options.log_responses is None else options.log_responses,
        n_components=options.n_components,
        imputation=ImputationSettings(rounds=options.imputation_rounds),
        censored=_censored_runs(options),
        model_share=options.model_share,
        uses_prior=options.uses_prior,
    )
    return _as_smac2(settings) if scenario.is_like_smac2 else settings


def _search_settings(options: ModelOptions) -> SearchSettings:
    return SearchSettings(
        n_random=options.n_random,
        n_starts=options.n_starts,
        n_random_starts=options.n_random_starts,
        n_continuous=options.n_continuous,
    )


def _censored_runs(options: ModelOptions) -> CensoredRuns:
    from bbopt.engines.proposers.smbo import CensoredRuns

    if options.censored_as_cutoff:
        return CensoredRuns.AS_CUTOFF
    return CensoredRuns.AS_SEEN if options.censored_as_seen else CensoredRuns.ESTIMATED


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
