"""From a scenario to what searches, validations and single calls of it need: built once, and handed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bbopt.errors import InputError, InputErrors, Place
from bbopt.executors import Evaluator
from bbopt.executors.evaluators import build_evaluator
from bbopt.planning.designs import Design, design_table, table_rows, text_columns
from bbopt.planning.target_call import (
    answer_format,
    call_format,
    refuse_unknown_parameters,
    refuse_unpassed_parameters,
    refuse_unseen_budget,
)
from bbopt.runs import NO_BUDGET, Objective, QualityObjective, RuntimeObjective
from bbopt.scenario import ProposerName, RunObjective, Scenario
from bbopt.scenario.call_templates import FACTS, FOLD_FACTS, RUN_FACTS, SCENARIO_FOLDER, WORD_LIST
from bbopt.scenario.result_patterns import QUALITY
from bbopt.scenario.retraining import RetrainingSettings
from bbopt.space import Configuration, Space, read_pcs
from bbopt.stores import RecordIdentity, Results, RunStore
from bbopt.target import TargetCommand
from bbopt.target.answers import MetricReader, RetrainingAnswer
from bbopt.target.call_formats import TemplateCall
from bbopt.target.run_folder import FolderPlan, plan_folders
from bbopt.text_files import numbered_lines, read_text
from bbopt.tuning import Answers

__all__ = [
    "Setup",
    "build_answers",
    "build_objective",
    "build_setup",
    "load_space",
    "named_configuration",
    "problems_of",
    "record_identity",
    "results_of",
    "run_store",
    "runlength_in_full",
    "target_command",
]

_PENALTY_FACTORS = {"MEAN": 1, "MEAN10": 10, "MEAN1000": 1000}


@dataclass(frozen=True, slots=True)
class Setup:
    """What a scenario names; nothing was written or run yet.

    evaluator: what answers the runs in place of the target, if something does.
    folders: what each run's folder is made of, if it has one.  table: the design that is a file, if there is
    one that templates may take texts from.
    """

    scenario: Scenario
    space: Space
    objective: Objective
    command: TargetCommand
    evaluator: Evaluator | None
    folders: FolderPlan | None = None
    table: Design | None = None

    @property
    def runlength(self) -> int:
        """The budget of a run in full."""
        return runlength_in_full(self.scenario)

    @property
    def identity(self) -> RecordIdentity:
        """What a record of the scenario's runs is about."""
        return record_identity(self.scenario, self.space)


def build_setup(scenario: Scenario) -> Setup:
    """Read and check what the scenario names; InputError (InputErrors) for what can't be used."""
    space = load_space(scenario)
    evaluator = build_evaluator(scenario.evaluator, space)
    folders, table = _folders(scenario, space)
    refuse_unseen_budget(scenario, folders)
    objective = build_objective(scenario)
    command = target_command(scenario, objective)
    return Setup(scenario, space, objective, command, evaluator, folders, table)


def _folders(scenario: Scenario, space: Space) -> tuple[FolderPlan | None, Design | None]:
    """What the templates say, and the design's table that has texts for them; InputErrors for no fit."""
    settings = scenario.run_folders
    if settings is None:
        return None, None
    table = design_table(scenario) if scenario.proposer is ProposerName.CSV else None
    texts = frozenset[str]() if table is None else text_columns(table, space)
    folds = FOLD_FACTS if scenario.folds is not None else ()
    facts = frozenset((*FACTS, *folds, *RUN_FACTS)) - {WORD_LIST}
    plan = plan_folders(settings, space, scenario.output.runs, facts, texts)
    refuse_unpassed_parameters(scenario.call, space, plan)
    if table is None:
        return plan, None
    design = table_rows(table, space, plan.named)
    return plan.with_texts(design.rows, design.texts), design


def load_space(scenario: Scenario) -> Space:
    """The parameter space of the scenario, restricted to the search subspace where one is given.

    InputErrors where it does not fit to how the target is to be called.
    """
    space = read_pcs(scenario.pcs_path)
    if scenario.subspace_path is not None:
        settings = _settings_in(scenario.subspace_path)
        with problems_of(str(scenario.subspace_path)):
            space = space.subspace(space.parse_given(settings))
    subspace = scenario.said("search-subspace")
    if subspace.is_given:
        with problems_of(f"{subspace.place}: search-subspace"):
            space = space.subspace(space.parse_given(subspace.text))
    refuse_unknown_parameters(scenario.call, space, scenario.retraining)
    if scenario.run_folders is None:
        refuse_unpassed_parameters(scenario.call, space)
    return space


def _settings_in(path: Path) -> str:
    """A subspace file: settings as in the option, also one a line."""
    text = read_text(path, "file of the search subspace")
    return ", ".join(line.strip() for _, line in numbered_lines(text))


def build_objective(scenario: Scenario) -> Objective:
    """What is minimised."""
    objective = scenario.objective
    if objective.run_objective is RunObjective.RUNTIME:
        return RuntimeObjective(scenario.cutoff_s, _PENALTY_FACTORS[objective.intra_objective])
    metrics = scenario.call.metrics
    return QualityObjective(
        objective.crashed_quality,
        objective.unsat_is_failure,
        metric=metrics.optimised or QUALITY,
        is_maximised=metrics.is_maximised,
        take=metrics.takes.get(metrics.optimised, "last"),
    )


def runlength_in_full(scenario: Scenario) -> int:
    """The budget of a run in full, NO_BUDGET for a target that has none."""
    return NO_BUDGET if scenario.budgets is None else scenario.budgets.most


def target_command(scenario: Scenario, objective: Objective) -> TargetCommand:
    """How the target is called."""
    command = TargetCommand(
        scenario.algo,
        scenario.exec_dir,
        scenario.exec_dir_text,
        call_format(scenario.call),
        answer_format(scenario, objective.shown(objective.unknown_quality)),
        MetricReader(scenario.call.metrics),
        parameters_file="" if scenario.run_folders is None else scenario.run_folders.parameters_file,
    )
    if scenario.retraining is not None:
        retraining = _retraining(scenario.retraining, scenario, command, objective)
        command = replace(command, retraining=retraining.in_run(_facts(scenario)))
    return command.in_run(_facts(scenario))


def _facts(scenario: Scenario) -> dict[str, str]:
    """What placeholders stand for that is the same in all runs."""
    outer = {} if scenario.outer_fold is None else scenario.outer_fold.facts
    return {SCENARIO_FOLDER: str(scenario.folder), **outer}


def _retraining(
    settings: RetrainingSettings, scenario: Scenario, command: TargetCommand, objective: Objective
) -> TargetCommand:
    """The command that trains the winner; no limit of a metric makes it fail."""
    return replace(
        command,
        algo=settings.words,
        call_format=TemplateCall(settings.template, scenario.call.parameters),
        answer=RetrainingAnswer(command.answer, objective.shown(objective.unknown_quality)),
        metrics=MetricReader(replace(scenario.call.metrics, limits=())),
    )


def run_store(scenario: Scenario) -> RunStore:
    """Where the search keeps its runs: where peers look, unless they shall not see them."""
    return results_of(scenario).store(is_hidden=not scenario.sharing.is_open)


def results_of(scenario: Scenario) -> Results:
    """Where what its searches leave is."""
    return Results(scenario.output_root, scenario.storage)


def record_identity(scenario: Scenario, space: Space) -> RecordIdentity:
    """What a record of the scenario's runs is about."""
    return RecordIdentity(
        algo_exec=scenario.algo_text,
        exec_dir=scenario.exec_dir_text,
        pcs_path=scenario.pcs_path_text,
        pcs_text=space.text,
        cutoff_s=scenario.cutoff_s,
        deterministic=scenario.deterministic,
        instances=scenario.instances.instances,
        context=scenario.context,
        scenario_folder=str(scenario.folder) if SCENARIO_FOLDER in scenario.call.template.names else "",
    )


def build_answers(setup: Setup) -> Answers | None:
    """What compares the answers to the instances; None where they say nothing of these."""
    scenario = setup.scenario
    is_about_instances = not scenario.instances.is_black_box and scenario.folds is None
    if not is_about_instances or scenario.objective.unsat_is_failure:
        return None
    return Answers(scenario.answers, setup.command.shell_line)


def named_configuration(space: Space, text: str, rng: np.random.Generator, where: str) -> Configuration:
    """What DEFAULT, RANDOM or settings in any form stand for; parameters left out have their defaults.

    InputErrors, each beginning with `where`, when it is none of them.
    """
    word = text.strip().strip("<>").upper()
    if word == "DEFAULT":
        return space.default
    if word == "RANDOM":
        return space.configurations(space.sample(1, rng))[0]
    with problems_of(where):
        return space.configuration({**space.default.values, **space.parse_given(text)})


@contextmanager
def problems_of(where: str) -> Iterator[None]:
    """Say of every problem with settings where they were given."""
    try:
        yield
    except InputError as error:
        raise InputErrors(one.at(Place(where)) for one in error.errors) from error
