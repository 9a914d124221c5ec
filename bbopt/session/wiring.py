"""From a scenario to the parts of a search: objective, engine, target command, policies."""

from __future__ import annotations

import dataclasses
import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bbopt.acquisition import AcquisitionRule, SearchSettings
from bbopt.engines import CappingSettings, Engine, Problem, RacingSettings
from bbopt.errors import InputError, InputErrors, Place
from bbopt.executors import Evaluator, Executor, InProcessExecutor, LocalExecutor, RunRules
from bbopt.executors.cluster_options import cluster_of
from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT
from bbopt.runs import Objective, QualityObjective, RuntimeObjective
from bbopt.scenario import OptionValues, Scenario
from bbopt.seeding import stream
from bbopt.session.target_call import answer_format, call_format, refuse_unknown_parameters
from bbopt.space import Configuration, Space, read_pcs
from bbopt.storage import JournalIdentity
from bbopt.surrogate import ForestSettings, ImputationSettings
from bbopt.target import RuntimeSource, TargetCommand, Timing
from bbopt.tuning import AnswerRules, Answers, CrashPolicy

if TYPE_CHECKING:
    from bbopt.engines.smbo import CensoredRule, ModelSettings

__all__ = [
    "build_answers",
    "build_engine",
    "build_objective",
    "crash_policy",
    "journal_identity",
    "libraries_loading",
    "load_space",
    "named_configuration",
    "problems_of",
    "start_configurations",
    "start_executor",
    "target_command",
]

_PENALTY_FACTORS = {"MEAN": 1, "MEAN10": 10, "MEAN1000": 1000}
_MODEL_LIBRARIES = (
    "scipy.special",
    "scipy.stats",
    "scipy.linalg",
    "scipy.optimize",
    "sklearn.tree",
    "sklearn.decomposition",
)


def load_space(scenario: Scenario) -> Space:
    """The parameter space of the scenario, restricted to the search subspace where one is given.

    InputErrors where it does not fit to how the target is to be called.
    """
    space = read_pcs(scenario.pcs_path)
    if scenario.subspace_path is not None:
        with problems_of(str(scenario.subspace_path)):
            space = space.subspace(space.parse_settings(_read_text(scenario.subspace_path)))
    text = scenario.options.optional_text("search-subspace")
    if text:
        with problems_of(f"{scenario.options.place('search-subspace')}: search-subspace"):
            space = space.subspace(space.parse_settings(text))
    refuse_unknown_parameters(scenario.call, space)
    return space


def _read_text(path: Path) -> str:
    """A subspace file: settings as in the option, also one a line."""
    try:
        return ", ".join(filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "the file of the search subspace can't be read", place=Place(path), got=str(error)
        ) from error


def build_objective(scenario: Scenario) -> Objective:
    """What is minimised."""
    options = scenario.options
    if scenario.run_objective == "RUNTIME":
        return RuntimeObjective(scenario.cutoff_s, _PENALTY_FACTORS[scenario.intra_objective])
    if options.flag("transform-crashed-quality"):
        return QualityObjective(options.number("transform-crashed-quality-value"))
    return QualityObjective(None)


def target_command(scenario: Scenario) -> TargetCommand:
    """How the target is called."""
    return TargetCommand(
        scenario.algo,
        scenario.exec_dir,
        scenario.exec_dir_text,
        call_format(scenario),
        answer_format(scenario, _crashed_quality(build_objective(scenario))),
    )


def _crashed_quality(objective: Objective) -> float:
    """The quality of a run that reports none, which means nothing where runtimes are minimised."""
    if isinstance(objective, RuntimeObjective):
        return 0.0
    return LARGEST_DOUBLE if objective.crashed_quality is None else objective.crashed_quality


def journal_identity(scenario: Scenario, space: Space) -> JournalIdentity:
    """What a journal of the scenario's runs is about."""
    return JournalIdentity(
        algo_exec=scenario.algo_text,
        exec_dir=scenario.exec_dir_text,
        pcs_path=str(scenario.pcs_path),
        pcs_text=space.text,
        cutoff_s=scenario.cutoff_s,
        deterministic=scenario.deterministic,
        instances=scenario.instances.instances,
    )


def crash_policy(scenario: Scenario) -> CrashPolicy:
    """What crashed runs lead to."""
    options = scenario.options
    return CrashPolicy(
        abort_on_first=options.flag("abort-on-first-run-crash"),
        abort_on_any=options.flag("abort-on-crash"),
        retries=options.integer("retry-crashed-count"),
    )


def build_answers(scenario: Scenario, command: TargetCommand) -> Answers | None:
    """What compares the answers to the instances; None for a black box, which has none."""
    if scenario.instances.is_black_box:
        return None
    options = scenario.options
    rules = AnswerRules(
        are_compared=options.flag("check-sat-consistency"),
        contradiction_stops=options.flag("check-sat-consistency-exception"),
        are_verified=scenario.verify_sat,
    )
    return Answers(rules, command.shell_line)


def start_configurations(scenario: Scenario, space: Space) -> list[Configuration]:
    """The initial incumbent, then the initial challengers."""
    options = scenario.options
    given = [("initial-incumbent", options.text("initial-incumbent"))]
    given += [("initial-challengers", text) for text in options.texts("initial-challengers")]
    found = []
    for i, (name, text) in enumerate(given):
        rng = stream(scenario.seed, "start configuration", i)
        configuration = named_configuration(space, text, rng, f"{options.place(name)}: {name}")
        if configuration.is_forbidden:
            raise InputError(
                f"the configuration of {name} is forbidden",
                place=options.place(name),
                got=configuration.call_text(),
            )
        found.append(configuration)
    return found


def named_configuration(space: Space, text: str, rng: np.random.Generator, where: str) -> Configuration:
    """What DEFAULT, RANDOM or `-name 'value' ...` stands for.

    InputErrors, each beginning with `where`, when it is none of them.
    """
    word = text.strip().strip("<>").upper()
    if word == "DEFAULT":
        return space.default
    if word == "RANDOM":
        return space.configurations(space.sample(1, rng))[0]
    with problems_of(where):
        return space.parse_configuration(text)


@contextmanager
def problems_of(where: str) -> Iterator[None]:
    """Say of every problem with settings where they were given."""
    try:
        yield
    except InputError as error:
        errors = error.errors if isinstance(error, InputErrors) else (error,)
        raise InputErrors(
            InputError(one.what, place=Place(where), got=one.got, expected=one.expected, remedy=one.remedy)
            for one in errors
        ) from error


@contextmanager
def start_executor(
    scenario: Scenario,
    objective: Objective,
    output_log: Path | None = None,
    evaluator: Evaluator | None = None,
    n_slots: int | None = None,
) -> Iterator[Executor]:
    """The executor of the target's runs; its supervisors start at once, in the background.

    Nothing is started where an `evaluator` answers instead.  `n_slots` is how many runs at a time, by default
    as the options say; a cluster has as many as it has.
    """
    slots = n_slots or _n_slots(scenario.options)
    if evaluator is not None:
        crashed = _crashed_quality(objective)
        with InProcessExecutor(evaluator, slots, crashed_quality=crashed) as in_process:
            yield in_process
        return
    rules = _run_rules(scenario, objective, output_log)
    cluster = cluster_of(scenario.options, scenario.output_root / "workers")
    if cluster is None:
        with LocalExecutor(rules, slots, pin_cores=scenario.options.flag("pin-cores")) as executor:
            yield executor
        return
    from bbopt.executors.dask_executor import DaskExecutor  # needs Dask, which takes its time

    with DaskExecutor(rules, cluster) as executor:
        yield executor


def _run_rules(scenario: Scenario, objective: Objective, output_log: Path | None) -> RunRules:
    options = scenario.options
    has_guard = options.flag("kill-run-exceeding-captime")
    return RunRules(
        target_command(scenario),
        guard_factor=options.number("kill-run-exceeding-captime-factor") if has_guard else None,
        grace_s=options.number("kill-grace"),
        output_log=output_log,
        crashed_quality=_crashed_quality(objective),
        memory_limit_bytes=_bytes(options, "memory-limit"),
        output_limit_bytes=_bytes(options, "output-limit"),
        timing=Timing(RuntimeSource(options.choice("runtime-from")), scenario.run_objective == "RUNTIME"),
    )


def _bytes(options: OptionValues, name: str) -> int | None:
    """An option in megabytes, which are 1,000,000 bytes as for BenchExec; None when it is not given."""
    return max(1, round(1e6 * options.number(name))) if options.is_given(name) else None


@contextmanager
def libraries_loading(scenario: Scenario) -> Iterator[None]:
    """Import what the model needs while the first runs are under way, instead of when it is needed."""
    options = scenario.options
    if options.choice("engine") != "smbo" or options.choice("exec-mode") != "SMAC":
        yield
        return
    thread = threading.Thread(target=_import_model_libraries, name="imports")
    thread.start()
    try:
        yield
    finally:
        thread.join()  # an interpreter must not end in the middle of an import


def _import_model_libraries() -> None:
    for name in _MODEL_LIBRARIES:
        with suppress(ImportError):  # whoever needs it will say so
            importlib.import_module(name)


def _n_slots(options: OptionValues) -> int:
    """How many runs at a time; SMAC v2 knows a bound for all, and one for programs that it calls."""
    if not options.flag("cli-concurrent-execution"):
        return 1
    return options.integer("cores" if options.is_given("cores") else "cli-cores")


def build_engine(scenario: Scenario, problem: Problem) -> Engine:
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
        growth=_growth(scenario),
        dominance=options.optional_number("dominance-bound"),
        final_share=options.number("final-race"),
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


def _growth(scenario: Scenario) -> tuple[float, float]:
    """How fast the incumbent's pairs grow: see RacingSettings."""
    if scenario.options.choice("engine-preset") == "smac2":
        return 0.0, 1.0
    return (4.0, 2.0) if scenario.instances.is_black_box else (1.0, 1.5)


def _capping(scenario: Scenario) -> CappingSettings | None:
    options = scenario.options
    if not scenario.adaptive_capping:
        return None
    return CappingSettings(options.number("ac-mult-slack"), options.number("ac-add-slack"))


def _model_settings(scenario: Scenario) -> ModelSettings:
    from bbopt.engines.smbo import ModelSettings, SurrogateRule

    options = scenario.options
    is_runtime = scenario.run_objective == "RUNTIME"
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
    return _as_smac2(settings) if options.choice("engine-preset") == "smac2" else settings


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
        plain_responses=True,
        random_every=2,
        design=0,
    )
