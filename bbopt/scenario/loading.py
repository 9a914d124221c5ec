"""From the command line to a Scenario: every source read, every path and command made definite."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bbopt.database_address import DatabaseAddress, StudyAddress, looks_like_address, without_passwords
from bbopt.errors import InputError, InputErrors, Problems
from bbopt.options import COMMAND_LINE, Assignments, OptionValues, settle
from bbopt.output_folder import OutputFolder
from bbopt.scenario.budgets import BudgetOptions, read_budgets
from bbopt.scenario.call_settings import CallSettings, evaluator_call, read_call_settings
from bbopt.scenario.checkpoints import CheckpointSettings, read_checkpoints
from bbopt.scenario.clusters import Cluster, read_cluster
from bbopt.scenario.context import read_context
from bbopt.scenario.evaluators import EvaluatorSettings, read_evaluator
from bbopt.scenario.execution import read_answer_checks, read_crash_policy, read_execution
from bbopt.scenario.folds import read_outer_fold, refuse_untold
from bbopt.scenario.hopeless import HopelessRule, read_hopeless
from bbopt.scenario.input_paths import (
    Folders,
    expand_home,
    find_file,
    find_folder,
    find_path,
    home_folder,
    joined,
)
from bbopt.scenario.objectives import read_objective
from bbopt.scenario.output import read_logging, read_sharing
from bbopt.scenario.parameter_files import ParameterFile, find_parameter_file
from bbopt.scenario.patience import Patience, read_patience
from bbopt.scenario.random_seeds import draw_seed, read_named_seeds, read_num_run
from bbopt.scenario.retraining import RETRAIN, RetrainingSettings, read_retraining
from bbopt.scenario.run_folders import RunFolderSettings, read_run_folders
from bbopt.scenario.rungroups import fill_rungroup, rungroup_replacements
from bbopt.scenario.scenario import (
    CommandInFolder,
    InstanceFiles,
    Limits,
    Resumption,
    Scenario,
    ScenarioCommands,
)
from bbopt.scenario.search import (
    ProposerName,
    RacerName,
    read_grid_levels,
    read_model,
    read_proposer,
    read_racer,
    read_racing,
)
from bbopt.scenario.slot_values import refuse_slot_values
from bbopt.scenario.sources import Sources, gather
from bbopt.scenario.state_folders import is_state_folder, state_folder_at
from bbopt.scenario.storage import read_queue, read_storage
from bbopt.scenario.target_program import ExecFolder, find_program, shell_warnings, split_command
from bbopt.scenario.validation_settings import read_validation

if TYPE_CHECKING:
    from bbopt.scenario.instance_sets import InstanceInputs

__all__ = [
    "find_pcs_file",
    "is_given_anywhere",
    "load_scenario",
    "load_sources",
    "replacements_for_rungroup",
]

T = TypeVar("T")


def load_scenario(
    command_line: Assignments,
    *,
    cwd: Path,
    home: Path | None = None,
    search_path: str | None = None,
    draw: Callable[[], int] = draw_seed,
) -> Scenario:
    """The scenario that `command_line` names, with everything that can be checked without running it.

    `home` and `search_path` are the user's home and PATH, by default those of this process.  Nothing is
    written.  Raises InputErrors with all problems found.
    """
    sources = gather(command_line, Folders(cwd.absolute(), home or home_folder()))
    return load_sources(sources, search_path=search_path, draw=draw)


def load_sources(
    sources: Sources, *, search_path: str | None = None, draw: Callable[[], int] = draw_seed
) -> Scenario:
    """The same, where the sources have been read."""
    if sources.scenario_path is None and not _names_what_runs(sources):
        raise InputErrors((*_problems(sources), _no_scenario()))
    values, problems = settle(sources.assignments)
    path_of_programs = os.environ.get("PATH", os.defpath) if search_path is None else search_path
    return _Loading(sources, values, problems, path_of_programs).scenario(draw)


def replacements_for_rungroup(scenario: Scenario) -> dict[str, str]:
    """What each placeholder of --rungroup, without its %, stands for in `scenario`."""
    return rungroup_replacements(scenario._options, scenario.name, scenario.num_run)


def _problems(sources: Sources) -> list[InputError]:
    return [problem for source in sources.assignments for problem in source.problems]


def _names_what_runs(sources: Sources) -> bool:
    names = ("algo-exec", "algo-template", "tae")
    return any(source.has(name) for source in sources.assignments for name in names)


def _no_scenario() -> InputError:
    return InputError(
        "no scenario file is given",
        place=COMMAND_LINE,
        expected="--scenario FILE",
        remedy="bbopt --help shows what to write",
    )


def find_pcs_file(command_line: Assignments, *, cwd: Path, home: Path | None = None) -> Path | None:
    """The parameter file that the sources name, whatever else is wrong with them; None when they name none.

    Raises InputError when it is not there, or the sources can't be read.
    """
    sources = gather(command_line, Folders(cwd.absolute(), home or home_folder()))
    values, _ = settle(sources.assignments)
    text = values.optional_text("pcs-file")
    if text is None:
        return None
    place = values.place("pcs-file")
    return find_parameter_file(text, sources.folders, str(sources.folders.current), place).path


def is_given_anywhere(name: str, command_line: Assignments, *, cwd: Path, home: Path | None = None) -> bool:
    """Whether any source gives the option; True where they can't be read, which loading will tell."""
    try:
        sources = gather(command_line, Folders(cwd.absolute(), home or home_folder()))
    except InputError:
        return True
    return any(source.has(name) for source in sources.assignments)


@dataclass(frozen=True, slots=True)
class _Target:
    """The target's program, None if it is never started, and the folder to run it in."""

    program: Path | None
    folder: ExecFolder


class _Loading:
    """Builds one Scenario, gathering problems on the way."""

    def __init__(
        self, sources: Sources, values: OptionValues, problems: list[InputError], search_path: str
    ) -> None:
        self._sources = sources
        self._values = values
        self._problems = Problems(problems)
        self._search_path = search_path
        self._folders = sources.folders

    def scenario(self, draw: Callable[[], int]) -> Scenario:
        values = self._values
        self._folders = replace(self._folders, experiment=self._folder("experiment-dir"))
        evaluator = self._problems.attempt(lambda: read_evaluator(values))
        call = self._call(evaluator)
        run_folders = self._problems.attempt(lambda: read_run_folders(values, self._folders))
        made = run_folders.names if run_folders else frozenset()
        target = self._problems.attempt(lambda: self._target(call, evaluator, made)) if call else None
        pcs = self._required("pcs-file", lambda text: self._pcs_file(text, target))
        subspace = self._optional_file("search-subspace-file")
        design = self._optional_file("design")
        kill_runs_file = self._optional_file("kill-runs-on-file-delete")
        instances = self._problems.attempt(lambda: self._instances(target))
        objective = self._problems.attempt(lambda: read_objective(values))
        limits, resumption = self._limits(), self._resumption()
        commands = self._commands()
        kill_command = self._problems.attempt(lambda: self._kill_command(target))
        on_incumbent = self._problems.attempt(lambda: self._on_incumbent(commands))
        num_run = read_num_run(values, resumption.restore_dir, draw, self._problems)
        seed = num_run + values.integer("seed-offset")
        named_seeds = self._problems.attempt(lambda: read_named_seeds(values, seed))
        outer_fold = self._problems.attempt(lambda: read_outer_fold(values))
        retraining = self._problems.attempt(lambda: self._retraining(target, evaluator, made))
        self._problems.attempt(lambda: refuse_untold(values, call, retraining))
        suffix = "" if outer_fold is None else outer_fold.suffix
        rungroup = self._problems.attempt(lambda: self._rungroup(num_run) + suffix)
        output_dir = self._problems.attempt(lambda: self._expanded("output-dir"))
        current = self._folders.current
        storage = self._problems.attempt(lambda: read_storage(values, current, rungroup or "", suffix))
        queue = self._problems.attempt(lambda: self._queue(storage, evaluator))
        validation = self._problems.attempt(lambda: read_validation(values))
        proposer = self._problems.attempt(lambda: read_proposer(values))
        racer = self._racer(proposer)
        budgets = self._problems.attempt(lambda: read_budgets(values, racer)) if racer else None
        hopeless = self._hopeless(call, racer)
        grid_levels = self._problems.attempt(lambda: read_grid_levels(values))
        logs = OutputFolder(self._folders.current / (output_dir or "") / (rungroup or "")).workers
        cluster = self._problems.attempt(lambda: self._cluster(logs, evaluator))
        execution = self._problems.attempt(lambda: read_execution(values))
        checkpoints = self._checkpoints(call, run_folders, evaluator, budgets)
        if (
            self._problems
            or call is None
            or target is None
            or pcs is None
            or instances is None
            or objective is None
            or rungroup is None
            or output_dir is None
            or commands is None
            or kill_command is None
            or on_incumbent is None
            or named_seeds is None
            or validation is None
            or proposer is None
            or racer is None
            or hopeless is None
            or grid_levels is None
            or execution is None
        ):
            raise InputErrors(self._problems)
        if racer is RacerName.NONE:
            limits = limits.for_each(instances.training.n_runs_of_each)
        return Scenario(
            path=self._sources.scenario_path,
            name=self._sources.name,
            rungroup=rungroup,
            text=self._text(),
            algo=call.words,
            algo_text=call.text,
            call=call,
            program=target.program,
            exec_dir=target.folder.path,
            exec_dir_text=target.folder.text,
            pcs_path=pcs.path,
            pcs_path_text=pcs.text,
            subspace_path=subspace,
            instances=instances.training,
            test_instances=instances.test,
            instance_files=InstanceFiles(instances.list_text, instances.features_text),
            folds=values.optional_integer("folds"),
            outer_fold=outer_fold,
            retraining=retraining,
            objective=objective,
            answers=read_answer_checks(values, answers_are_known=instances.training.answers_are_known),
            context=read_context(values),
            deterministic=values.flag("algo-deterministic"),
            cutoff_s=values.number("algo-cutoff-time"),
            limits=limits,
            kill_runs_file=kill_runs_file,
            commands=commands,
            kill_command=kill_command,
            on_incumbent=on_incumbent,
            resumption=resumption,
            output_dir=self._folders.current / output_dir,
            num_run=num_run,
            seed=seed,
            named_seeds=named_seeds,
            execution=execution,
            run_folders=run_folders,
            checkpoints=checkpoints,
            cluster=cluster,
            evaluator=evaluator,
            crashes=read_crash_policy(values),
            proposer=proposer,
            racer=racer,
            budgets=budgets,
            hopeless=hopeless,
            grid_levels=grid_levels,
            design_path=design,
            racing=read_racing(values),
            model=read_model(values),
            sharing=read_sharing(values),
            storage=storage,
            queue=queue,
            validation=validation,
            logging=read_logging(values),
            _options=values,
            warnings=(
                *values.warnings,
                *named_seeds.warnings,
                *instances.warnings,
                *self._pcs_warnings(pcs),
                *shell_warnings(call.text, call.place),
            ),
        )

    def _checkpoints(
        self,
        call: CallSettings | None,
        run_folders: RunFolderSettings | None,
        evaluator: EvaluatorSettings | None,
        budgets: BudgetOptions | None,
    ) -> CheckpointSettings | None:
        if call is None:
            return None
        has_budgets = budgets is not None
        return self._problems.attempt(
            lambda: read_checkpoints(self._values, call, run_folders, evaluator, has_budgets=has_budgets)
        )

    def _cluster(self, logs: Path, evaluator: EvaluatorSettings | None) -> Cluster | None:
        cluster = read_cluster(self._values, logs, self._file)
        if cluster is not None:
            self._refuse_evaluator(evaluator, "on a cluster", "the cluster")
            refuse_slot_values(self._values, cluster)
        return cluster

    def _queue(
        self, storage: StudyAddress | None, evaluator: EvaluatorSettings | None
    ) -> StudyAddress | None:
        queue = read_queue(self._values, storage)
        if queue is not None:
            self._refuse_evaluator(evaluator, "for workers", "executor queue")
        return queue

    def _refuse_evaluator(self, evaluator: EvaluatorSettings | None, where: str, other: str) -> None:
        if evaluator is not None:
            raise InputError(
                f"with tae = {evaluator.name} there is nothing to run {where}",
                place=self._values.place("tae"),
                remedy=f"leave out {other}, or the tae",
            )

    def _racer(self, proposer: ProposerName | None) -> RacerName | None:
        """None where its name is none, too: no other one stands in for it."""
        if proposer is None or self._values.is_faulty("racer"):
            return None
        return self._problems.attempt(lambda: read_racer(self._values, proposer))

    def _hopeless(self, call: CallSettings | None, racer: RacerName | None) -> HopelessRule | None:
        if call is None or racer is None:
            return None
        return self._problems.attempt(lambda: read_hopeless(self._values, call.metrics, racer))

    def _call(self, evaluator: EvaluatorSettings | None) -> CallSettings | None:
        """How the target is called; `algo-template` replaces `algo-exec`, and an evaluator needs neither."""
        values = self._values
        if values.optional_text("algo-template") is not None:
            return self._problems.attempt(lambda: read_call_settings(values))
        if values.optional_text("algo-exec") is None and evaluator is not None:
            return evaluator_call(evaluator.name, values.place("tae"))
        return self._required("algo-exec", lambda _: read_call_settings(values))

    def _required(self, name: str, make: Callable[[str], T]) -> T | None:
        """What `make` makes of the text of the option `name`, which must be given."""
        text = self._values.optional_text(name)
        if text is not None:
            return self._problems.attempt(lambda: make(text))
        if not any(problem.what.startswith(name) for problem in self._problems):
            self._problems.append(self._missing(name))
        return None

    def _missing(self, name: str) -> InputError:
        if self._sources.scenario_path is None:
            remedy = f"give a scenario file with --scenario FILE, or --{name} itself"
        else:
            remedy = f"add a line {name} = ... to {self._sources.scenario_path}"
        return InputError(f"the required option {name} is missing", remedy=remedy)

    def _pcs_file(self, text: str, target: _Target | None) -> ParameterFile:
        """The parameter file; a state folder's scenario may have the folder's own copy of it instead."""
        exec_folder = target.folder.text if target else str(self._folders.current)
        try:
            return find_parameter_file(text, self._folders, exec_folder, self._values.place("pcs-file"))
        except InputError:
            folder = self._folders.scenario
            copy = f"{folder}/param.pcs"
            if folder is None or not is_state_folder(Path(folder)) or not os.path.isfile(copy):
                raise
            return ParameterFile(copy)

    def _pcs_warnings(self, pcs: ParameterFile) -> list[str]:
        """Only where it matters to SMAC v2 that both read the same file."""
        if pcs.smac2_reads is None or not self._values.flag("shared-model-mode"):
            return []
        place = self._values.place("pcs-file")
        return [
            f"{place}: the parameters are those of {pcs.text}; SMAC v2 would read {pcs.smac2_reads}, the "
            "outermost file of that name, and refuse the runs of this search; an absolute path avoids that"
        ]

    def _optional_file(self, name: str) -> Path | None:
        if self._values.optional_text(name) is None:
            return None
        return self._problems.attempt(lambda: self._file(name))

    def _file(self, name: str) -> Path:
        """The file that the option names, which must be given."""
        return Path(find_file(self._values.text(name), self._folders, name, self._values.place(name)))

    def _folder(self, name: str) -> str | None:
        text, place = self._values.optional_text(name), self._values.place(name)
        if text is None:
            return None
        return self._problems.attempt(lambda: find_folder(text, self._folders, name, place))

    def _optional_path(self, name: str) -> Path | None:
        text, place = self._values.optional_text(name), self._values.place(name)
        if text is None:
            return None
        found = self._problems.attempt(lambda: find_path(text, self._folders, name, place))
        return None if found is None else Path(found)

    def _folder_path(self, name: str) -> Path | None:
        folder = self._folder(name)
        return None if folder is None else Path(folder)

    def _is_address(self, name: str) -> bool:
        return looks_like_address(self._values.optional_text(name) or "")

    def _database(self, name: str) -> DatabaseAddress | None:
        """What an option names that may name a database instead of a path."""
        text, place = self._values.optional_text(name), self._values.place(name)
        if text is None or not self._is_address(name):
            return None
        return self._problems.attempt(lambda: DatabaseAddress.read(text, self._folders.current, place))

    def _expanded(self, name: str) -> str:
        return expand_home(self._values.text(name), self._folders.home, self._values.place(name))

    def _target(
        self, call: CallSettings, evaluator: EvaluatorSettings | None, made: frozenset[str]
    ) -> _Target:
        """What `call` names.

        The program need not be there yet where a built-in evaluator answers instead, or where it is among the
        names of what is `made` for each run.
        """
        folders = self._exec_folders()
        if evaluator is not None or ("/" in call.words[0] and os.path.normpath(call.words[0]) in made):
            return _Target(None, folders[0])
        found = find_program(call.words, folders, self._search_path, call.place)
        return _Target(found.path, found.folder)

    def _exec_folders(self) -> list[ExecFolder]:
        """Where the target may run, the current folder first; SMAC v2 does not look beside the scenario."""
        name = "algo-exec-dir"
        text = self._expanded(name) if self._values.is_given(name) else ""
        texts = dict.fromkeys(joined(base, text) for base in self._folders.search_order)
        return [ExecFolder(Path(text), text) for text in texts]

    def _commands(self) -> ScenarioCommands | None:
        values = self._values
        directory = self._folder_path("prepost-exec-dir")
        if directory is None:
            return None
        return ScenarioCommands(
            before=values.optional_text("pre-scenario-command"),
            after=values.optional_text("post-scenario-command"),
            directory=directory,
            failure_is_error=values.optional_flag("exception-on-prepost-command") or False,
            logs_output=values.optional_flag("prepost-log-output") is not False,  # SMAC v2's default
        )

    def _kill_command(self, target: _Target | None) -> tuple[str, ...]:
        """The words of `cli-kill-by-environment-cmd`, which runs where the target does; none without it."""
        name = "cli-kill-by-environment-cmd"
        text, place = self._values.optional_text(name), self._values.place(name)
        if text is None:
            return ()
        words = split_command(text, place)
        if target is not None:
            find_program(words, [target.folder], self._search_path, place, subject=f"the program of {name}")
        return words

    def _on_incumbent(self, commands: ScenarioCommands | None) -> CommandInFolder:
        """What `on-new-incumbent` says, in `prepost-exec-dir` or else beside the scenario."""
        name = "on-new-incumbent"
        text, place = self._values.optional_text(name), self._values.place(name)
        if text is None or commands is None:
            return CommandInFolder((), self._folders.current)
        words = split_command(text, place)
        folders = [ExecFolder(Path(folder), folder) for folder in self._folders.search_order]
        folders.insert(0, ExecFolder(commands.directory, str(commands.directory)))
        program = find_program(
            words,
            folders,
            self._search_path,
            place,
            subject=f"the program of {name}",
            folder_option="prepost-exec-dir",
        )
        return CommandInFolder(words, program.folder.path)

    def _retraining(
        self, target: _Target | None, evaluator: EvaluatorSettings | None, made: frozenset[str]
    ) -> RetrainingSettings | None:
        """What trains the winner, which runs where the target does; it may be `made` for the run, too."""
        settings = read_retraining(self._values)
        if settings is None:
            return None
        self._refuse_evaluator(evaluator, "on all data", RETRAIN)
        if target is not None and os.path.normpath(settings.words[0]) not in made:
            find_program(
                settings.words,
                [target.folder],
                self._search_path,
                settings.place,
                subject=f"the program of {RETRAIN}",
            )
        return settings

    def _instances(self, target: _Target | None) -> InstanceInputs:
        from bbopt.scenario.instance_sets import load_instances  # with arrays, which --help does without

        exec_dir = target.folder.path if target else self._folders.current
        return load_instances(self._values, self._folders, exec_dir)

    def _limits(self) -> Limits:
        values = self._values
        return Limits(
            runcount=values.integer("runcount-limit"),
            wallclock_s=values.integer("wallclock-limit"),
            cputime_s=values.integer("cputime-limit"),
            iterations=values.integer("iteration-limit"),
            count_own_cpu_time=values.flag("use-cpu-time-in-tunertime"),
            delete_file=self._optional_file("terminate-on-delete"),
            wallclock_ends_runs=values.flag("wallclock-limit-ends-runs"),
            patience=self._problems.attempt(lambda: read_patience(values)) or Patience(),
        )

    def _resumption(self) -> Resumption:
        values = self._values
        restored = "restore-scenario" if values.is_given("restore-scenario") else "restore-state-from"
        restore_dir = None if self._is_address(restored) else self._folder_path(restored)
        warmstart_path = None if self._is_address("warmstart") else self._optional_path("warmstart")
        return Resumption(
            restore_dir=restore_dir and state_folder_at(restore_dir),
            warmstart_path=warmstart_path and state_folder_at(warmstart_path),
            restore_database=self._database(restored),
            warmstart_database=self._database("warmstart"),
            restore_iteration=values.optional_integer("restore-iteration"),
            warmstart_iteration=values.optional_integer("warmstart-iteration"),
            is_automatic=values.choice("resume") == "auto",
            settings=values.optional_text("earlier-settings") or "",
        )

    def _rungroup(self, num_run: int) -> str:
        replacements = rungroup_replacements(self._values, self._sources.name, num_run)
        template, place = self._values.text("rungroup"), self._values.place("rungroup")
        return fill_rungroup(template, replacements, place, self._values.text("rungroup-char"))

    def _text(self) -> str:
        if self._sources.scenario_path is not None:
            return without_passwords(self._sources.scenario_text)
        return without_passwords("".join(f"{name} = {text}\n" for name, text in self._values.as_given()))
