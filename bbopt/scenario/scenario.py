"""A scenario: all that the options say, checked, with paths and commands made definite."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.errors import Place
from bbopt.java_numbers import LARGEST_INT
from bbopt.options import OptionValues
from bbopt.output_folder import OutputFolder
from bbopt.scenario.budgets import BudgetOptions
from bbopt.scenario.call_settings import CallSettings
from bbopt.scenario.checkpoints import CheckpointSettings
from bbopt.scenario.clusters import Cluster
from bbopt.scenario.evaluators import EvaluatorSettings
from bbopt.scenario.execution import AnswerChecks, CrashPolicy, ExecutionSettings
from bbopt.scenario.folds import OuterFold
from bbopt.scenario.hopeless import HopelessRule
from bbopt.scenario.objectives import ObjectiveSettings, RunObjective
from bbopt.scenario.output import LoggingSettings, SharingSettings
from bbopt.scenario.patience import Patience
from bbopt.scenario.random_seeds import NamedSeeds
from bbopt.scenario.retraining import RetrainingSettings
from bbopt.scenario.run_folders import RunFolderSettings
from bbopt.scenario.search import GridLevels, ModelOptions, ProposerName, RacerName, RacingOptions
from bbopt.scenario.validation_settings import ValidationSettings

if TYPE_CHECKING:  # only types: `bbopt --help` does without arrays
    from bbopt.runs import InstanceSet

__all__ = ["InstanceFiles", "Limits", "Resumption", "Said", "Scenario", "ScenarioCommands"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop; numbers from 2147483647 on, the largest integer that SMAC v2 knows, mean never.

    With `wallclock_ends_runs`, the runs under way at the end of `wallclock_s` are ended, too.  `cputime_s`
    includes the optimizer's own CPU time if `count_own_cpu_time`; the search also stops when
    `delete_file` is deleted, or when its `patience` is at an end.
    """

    runcount: int
    wallclock_s: int
    cputime_s: int
    iterations: int
    count_own_cpu_time: bool
    delete_file: Path | None
    wallclock_ends_runs: bool = False
    patience: Patience = field(default_factory=Patience)

    def for_each(self, n_runs: int) -> Limits:
        """The limits where `runcount` is a number of configurations, each of which has so many runs."""
        return replace(self, runcount=self.runcount * n_runs) if self.has_run_limit else self

    @property
    def has_any(self) -> bool:
        """Whether the search is limited at all."""
        has_others = self.has_wallclock_limit or self.has_cputime_limit or self.iterations < LARGEST_INT
        is_watched = self.delete_file is not None or self.patience != Patience()
        return self.has_run_limit or has_others or is_watched

    @property
    def has_run_limit(self) -> bool:
        """Whether the number of runs is limited."""
        return self.runcount < LARGEST_INT

    @property
    def has_wallclock_limit(self) -> bool:
        """Whether the time by the clock on the wall is limited."""
        return self.wallclock_s < LARGEST_INT

    @property
    def has_cputime_limit(self) -> bool:
        """Whether the tuner time is limited."""
        return self.cputime_s < LARGEST_INT


@dataclass(frozen=True, slots=True)
class Resumption:
    """Earlier runs: a state folder to go on from, and a state folder, a record or a table to learn from.

    Either may be a study in a database instead: the runs of the own seed there, and those of all seeds.  The
    iterations say up to where each is read, None: all of it.  is_automatic: the search goes on with what
    its own seed has in the output folder, if anything.  settings: the text of values of parameters that
    earlier runs do not name.
    """

    restore_dir: Path | None
    warmstart_path: Path | None
    restore_database: DatabaseAddress | None = None
    warmstart_database: DatabaseAddress | None = None
    restore_iteration: int | None = None
    warmstart_iteration: int | None = None
    is_automatic: bool = False
    settings: str = ""


@dataclass(frozen=True, slots=True)
class InstanceFiles:
    """The instance file (of a folder of instances a list of them) and the feature file; None for no file."""

    instances: bytes | None
    features: bytes | None


@dataclass(frozen=True, slots=True)
class ScenarioCommands:
    """Shell commands around the search, run in `directory`; a failure stops it if `failure_is_error`."""

    before: str | None
    after: str | None
    directory: Path
    failure_is_error: bool
    logs_output: bool


class CommandInFolder(NamedTuple):
    """The words of a command, none for no such, and the folder that it runs in."""

    words: tuple[str, ...]
    folder: Path


class Said(NamedTuple):
    """An option's text, the default's where it is not given, and its place."""

    text: str
    place: Place
    is_given: bool


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is tuned, how, and where the output goes.  Paths are absolute.

    path: the scenario file, None when everything stands on the command line; `text` is its text, or then
        the options given, one `name = value` per line.
    name: what %SCENARIO_NAME stands for; `rungroup` is the name of the output folder below `output_dir`.
    algo: the words of the target's command, run in `exec_dir`; `program` is the file of the first word.
        Where a built-in evaluator answers the runs, there may be no such file, and `program` is None; a
        command that is not given is then the evaluator's name.
    call: the language in which the target is called and answers.
    algo_text, exec_dir_text, pcs_path_text: the command as given, the folder and the parameter file, all in
        SMAC v2's words, because it tells scenarios apart by them.
    instances: what the target is tuned on; `test_instances`, on which it is validated, are None when none
        are named.  `instance_files` is what they were read from.
    context: what else tells one target from another (`-T`, and how it is called and understood).
    cutoff_s: of every run, the largest double when there is none.
    num_run: the number in output file names; `seed`, from which all random streams come, is that number
        plus --seed-offset; `named_seeds` are those of single streams.
    kill_runs_file: all runs under way are killed when it is deleted.
    kill_command: the words of a command that helps to kill a run, started in `exec_dir`; none for no such.
    run_folders: what each run's folder is made of; None where runs have none.
    checkpoints: which checkpoints of runs stay; None where runs have none.
    on_incumbent: a command for each new incumbent.
    cluster: the cluster to start, the address of a running scheduler, or None for runs on this machine.
    evaluator: what answers the runs (`tae`); None where the target is started.
    folds: how many a cross-validation has; None without one.
    outer_fold: which of how many this search is in a double cross-validation; None in no such.
    retraining: how the winner is trained on all data when the search is over; None where it is not.
    budgets: how long runs may be; None where the target has no budget.
    warnings: sentences about options given that have no effect.
    """

    path: Path | None
    name: str
    rungroup: str
    text: str
    algo: tuple[str, ...]
    algo_text: str
    call: CallSettings
    program: Path | None
    exec_dir: Path
    exec_dir_text: str
    pcs_path: Path
    pcs_path_text: str
    subspace_path: Path | None
    instances: InstanceSet
    test_instances: InstanceSet | None
    instance_files: InstanceFiles
    folds: int | None
    outer_fold: OuterFold | None
    retraining: RetrainingSettings | None
    objective: ObjectiveSettings
    answers: AnswerChecks
    context: tuple[tuple[str, str], ...]
    deterministic: bool
    cutoff_s: float
    limits: Limits
    kill_runs_file: Path | None
    kill_command: tuple[str, ...]
    on_incumbent: CommandInFolder
    commands: ScenarioCommands
    resumption: Resumption
    output_dir: Path
    num_run: int
    seed: int
    named_seeds: NamedSeeds
    execution: ExecutionSettings
    run_folders: RunFolderSettings | None
    checkpoints: CheckpointSettings | None
    cluster: Cluster | None
    evaluator: EvaluatorSettings | None
    crashes: CrashPolicy
    proposer: ProposerName
    racer: RacerName
    budgets: BudgetOptions | None
    hopeless: HopelessRule
    grid_levels: GridLevels
    design_path: Path | None
    racing: RacingOptions
    model: ModelOptions
    sharing: SharingSettings
    storage: StudyAddress | None
    queue: StudyAddress | None
    validation: ValidationSettings
    logging: LoggingSettings
    warnings: tuple[str, ...]
    _options: OptionValues

    @property
    def run_objective(self) -> RunObjective:
        """What is minimised."""
        return self.objective.run_objective

    @property
    def adaptive_capping(self) -> bool:
        """Whether a run ends as soon as its configuration can't win."""
        return self.objective.adaptive_capping and self.racer is RacerName.RACING

    def said(self, name: str) -> Said:
        """What was given for an option, for messages, and for the few that only a command reads."""
        options = self._options
        return Said(options.as_text(name), options.place(name), options.is_given(name))

    @property
    def given_num_run(self) -> int | None:
        """The number in output file names, None where it was not given but drawn."""
        return self.num_run if self._options.is_given("num-run") else None

    @property
    def study(self) -> str:
        """What its study is called in a database: as said, or else like the folder of its outputs."""
        said = self.said("study")
        suffix = "" if self.outer_fold is None else self.outer_fold.suffix
        return f"{said.text.strip()}{suffix}" if said.is_given else self.rungroup.strip()

    @property
    def is_like_smac2(self) -> bool:
        """Whether what no option says is as in SMAC v2 (`engine-preset`)."""
        return self._options.choice("engine-preset") == "smac2"

    @property
    def folder(self) -> Path:
        """That of the scenario file, or else the current one."""
        return Path.cwd() if self.path is None else self.path.parent

    @property
    def output_root(self) -> Path:
        """The folder of this scenario's output files."""
        return self.output_dir / self.rungroup

    @property
    def output(self) -> OutputFolder:
        """The names in that folder."""
        return OutputFolder(self.output_root)
