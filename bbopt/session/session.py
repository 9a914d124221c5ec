"""One tuning session: from a scenario to its outcome, with every output file written on the way."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType

from bbopt.engines import Engine, Problem
from bbopt.errors import BboptError, CommandError, InputError, InternalError, Place
from bbopt.executors import Evaluator, Executor
from bbopt.executors.cluster_options import cluster_of
from bbopt.executors.evaluator_options import evaluator_of
from bbopt.exports import set_aside_earlier_run, state_folder_path
from bbopt.runs import Elapsed, History, Objective, Run
from bbopt.scenario import Scenario
from bbopt.seeding import stream
from bbopt.session.beginning import beginning, start_configurations
from bbopt.session.earlier_instances import refuse_other_instances, with_known_instances
from bbopt.session.earlier_runs import EarlierRuns, read_earlier_runs
from bbopt.session.engine_wiring import build_engine, libraries_loading
from bbopt.session.executor_wiring import start_executor
from bbopt.session.log_files import error_log_path, log_files, log_path
from bbopt.session.messages import Messages
from bbopt.session.output_files import OutputFiles, make_folder
from bbopt.session.proposer_choice import refuse_beyond_abilities
from bbopt.session.scenario_commands import CommandRunner
from bbopt.session.sharing import SharedRuns, common_seed
from bbopt.session.shown_time import shown_time
from bbopt.session.validating import SearchValidation
from bbopt.session.validation_plans import validates_after_search, validation_settings
from bbopt.session.wiring import (
    build_answers,
    build_objective,
    crash_policy,
    journal_identity,
    load_space,
    target_command,
)
from bbopt.space import Configuration, Space
from bbopt.storage import JournalIdentity, JournalWriter, journal_path
from bbopt.target import TargetCommand
from bbopt.tuning import Answers, Observer, Outcome, Peers, Rules, Tuner
from bbopt.validation import ValidationObserver

__all__ = ["Plan", "Session", "plan_session"]

_LOG = logging.getLogger(__name__)

FINAL_ERROR = {"final_error": True}
"""Marks the log record of the error that ends the session: whoever catches the error shows it once more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a session needs, read and checked; nothing was written or run yet."""

    scenario: Scenario
    space: Space
    objective: Objective
    command: TargetCommand
    given: tuple[Configuration, ...]
    restored: EarlierRuns | None
    warmstart: EarlierRuns | None
    evaluator: Evaluator | None

    @property
    def identity(self) -> JournalIdentity:
        """What the journal is about."""
        return journal_identity(self.scenario, self.space)

    @property
    def shares(self) -> bool:
        """Whether this search and others in its folder learn from each other."""
        return self.scenario.options.flag("shared-model-mode")

    @property
    def problem(self) -> Problem:
        """What the engine is told."""
        scenario, seeds = self.scenario, self.scenario.named_seeds
        return Problem(
            self.space,
            self.objective,
            self.given,
            budget=scenario.limits.runcount if scenario.limits.has_run_limit else None,
            seed=seeds.search,
            common_seed=self._common_seed if seeds.pairs is None else seeds.pairs,
            instances=scenario.instances,
            deterministic=scenario.deterministic,
            cutoff_s=scenario.cutoff_s,
            seconds_for_given=beginning(scenario).seconds,
        )

    @property
    def _common_seed(self) -> int | None:
        return common_seed(self.scenario, self.identity) if self.shares else None

    @property
    def journal_path(self) -> Path:
        """Where the runs are recorded: where peers look, unless they shall not see them."""
        scenario, folder = self.scenario, self.scenario.output_root
        if not scenario.options.flag("shared-model-mode-write-data"):
            folder = state_folder_path(folder, scenario.num_run)
        return journal_path(folder, scenario.num_run)

    @property
    def continues_in_place(self) -> bool:
        """Whether the restored run's own files are written on."""
        if self.restored is None or self.restored.is_cut:
            return False
        own, read = self.journal_path, self.restored.path
        is_own = own.exists() and read.exists() and own.samefile(read)
        return is_own and self.restored.journal.identity in {None, self.identity}


def plan_session(scenario: Scenario) -> Plan:
    """Read and check what the scenario names; InputError (InputErrors) for what can't be used."""
    space = load_space(scenario)
    space.sample(1, stream(scenario.seed, "is anything legal"))  # better to know now than after a run
    given = start_configurations(scenario, space)
    restored, warmstart = _restored(scenario, space), _warmstart(scenario, space)
    if warmstart is not None:
        given += _best_of(warmstart, build_objective(scenario))
    _refuse_unusable_folder(scenario.output_root)
    refuse_beyond_abilities(scenario)
    cluster_of(scenario.options)  # raises what is wrong with it
    if validates_after_search(scenario):
        validation_settings(scenario)  # likewise
    return Plan(
        scenario,
        space,
        build_objective(scenario),
        target_command(scenario),
        tuple(given),
        restored,
        warmstart,
        evaluator_of(scenario.options, space),
    )


def _restored(scenario: Scenario, space: Space) -> EarlierRuns | None:
    """The run to go on from."""
    resumption, instances = scenario.resumption, scenario.instances.instances
    if resumption.restore_dir is None:
        return None
    earlier = read_earlier_runs(resumption.restore_dir, space, instances, resumption.restore_iteration)
    earlier.refuse_other_nature(scenario)
    return refuse_other_instances(earlier, scenario)


def _warmstart(scenario: Scenario, space: Space) -> EarlierRuns | None:
    """The runs to learn from."""
    resumption, instances = scenario.resumption, scenario.instances.instances
    if resumption.warmstart_dir is None:
        return None
    earlier = read_earlier_runs(resumption.warmstart_dir, space, instances, resumption.warmstart_iteration)
    return with_known_instances(earlier, scenario)


def _best_of(earlier: EarlierRuns, objective: Objective) -> list[Configuration]:
    """The best configuration of the runs that only teach the model: worth runs of its own.

    That is, of those that were run on most pairs, as an incumbent is.
    """
    history = History()
    for request, result, _ in earlier.runs:
        if not objective.is_failure(result):
            history.add(Run.valued(request, result, objective))
    if not len(history):
        return []
    return [min(history.configurations, key=lambda one: (-history.n_pairs(one), history.cost(one)))]


def _refuse_unusable_folder(folder: Path) -> None:
    """Say now that the output folder can't be made or written, before anything is written at all."""
    for path in (folder, *folder.parents):
        if not os.path.lexists(path) and path != path.parent:
            continue
        if not os.path.isdir(path):
            raise InputError("the output folder can't be made: a file is in the way", place=Place(path))
        if not _is_writable(path):
            raise InputError(
                "the output folder can't be written",
                place=Place(path),
                remedy="give another one with --output-dir, or change its permissions",
            )
        return


def _is_writable(path: Path) -> bool:
    """Whether files can be made there; tried, because permissions do not tell of read-only mounts."""
    try:
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False


class Session:
    """A search with its files and processes; a context manager, used once."""

    def __init__(
        self,
        plan: Plan,
        observers: Sequence[Observer] = (),
        call_string: str = "",
        validation_observers: Sequence[ValidationObserver] = (),
    ) -> None:
        self._plan = plan
        self._observers = observers
        self._validation_observers = validation_observers
        self._call_string = call_string
        self._resources = ExitStack()
        self._tuner: Tuner | None = None
        self._validation: SearchValidation | None = None
        self._logs_to: Path | None = None
        self._stopped: tuple[str, int | None] | None = None
        scenario = plan.scenario
        self._commands = CommandRunner(scenario.commands, scenario.options.number("kill-grace"))

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                self._log_failure(error)
        finally:
            self._resources.close()

    def _log_failure(self, error: BaseException) -> None:
        """Leave the error in the log files; one that nobody foresaw becomes an InternalError."""
        if not self._logs_to or not isinstance(error, Exception):
            return
        if isinstance(error, BboptError):
            _LOG.error("%s", error, extra=FINAL_ERROR)
            return
        _LOG.error("internal error", exc_info=error, extra=FINAL_ERROR)
        raise InternalError(error, str(self._logs_to)) from error

    def stop(self, reason: str, signal: int | None = None) -> None:
        """End the search or its validation soon; may be called from a signal handler.

        While the user's command before or after the search is under way, it ends that one.
        """
        self._stopped = (reason, signal)
        self._commands.stop()
        if self._validation is not None:
            self._validation.stop(signal)
        elif self._tuner is not None:
            self._tuner.stop(reason, signal)

    def run(self) -> Outcome:
        """Search to the end, then validate where the scenario asks for it.

        The outcome's signal may have come during the validation.  Raises StateError, TargetAbortError,
        CommandError.
        """
        plan, scenario, folder = self._plan, self._plan.scenario, self._plan.scenario.output_root
        executor = self._start_executor()  # first, so that the supervisors start while files are opened
        make_folder(folder)
        moved = None if plan.continues_in_place else set_aside_earlier_run(folder, scenario.num_run)
        make_folder(plan.journal_path.parent)
        journal = self._resources.enter_context(JournalWriter(plan.journal_path, plan.identity, plan.space))
        self._open_logs()
        self._announce(moved.folder if moved else None)
        return self._search_between_commands(executor, journal)

    def _search_between_commands(self, executor: Executor, journal: JournalWriter) -> Outcome:
        """The command after the search cleans up after the one before it, whatever became of the search."""
        is_prepared = self._commands.run_before()
        try:
            outcome = self._search(executor, journal)
        except Exception:
            if is_prepared:
                self._clean_up()
            raise
        if is_prepared and not self._commands.run_after():
            return replace(outcome, signal=self._stopped[1] if self._stopped else None)
        return outcome

    def _clean_up(self) -> None:
        """Carry out the command after a search that failed: its error is the one to be told."""
        try:
            self._commands.run_after()
        except CommandError as error:
            _LOG.error("%s", error)

    @property
    def _output_log(self) -> Path | None:
        """Where all that the target prints is kept, if it is."""
        scenario = self._plan.scenario
        keep_output = scenario.options.flag("cli-log-all-process-output")
        return log_path(scenario.output_root, scenario.num_run) if keep_output else None

    def _start_executor(self) -> Executor:
        plan = self._plan
        executor = start_executor(plan.scenario, plan.objective, self._output_log, plan.evaluator)
        return self._resources.enter_context(executor)

    def _open_logs(self) -> None:
        scenario = self._plan.scenario
        folder, level = scenario.output_root, scenario.options.choice("log-level")
        self._resources.enter_context(log_files(folder, scenario.num_run, level))
        if level != "OFF":
            self._logs_to = error_log_path(folder, scenario.num_run)

    def _search(self, executor: Executor, journal: JournalWriter) -> Outcome:
        plan, scenario = self._plan, self._plan.scenario
        shared = self._share()
        answers = build_answers(scenario, plan.command)
        peers = None if shared is None else self._peers(shared, answers)
        engine = build_engine(scenario, plan.problem)
        files = OutputFiles(scenario, plan.space)
        self._resources.callback(files.close)
        messages = Messages(scenario, plan.command, plan.objective.label)
        frequency_s = scenario.options.integer("shared-model-mode-frequency")
        self._tuner = Tuner(
            engine,
            executor,
            journal,
            plan.objective,
            Rules(scenario.limits, crash_policy(scenario), scenario.kill_runs_file, frequency_s),
            observers=(files, *self._observers, messages),
            peers=peers,
            answers=answers,
        )
        if self._stopped is not None:
            self._tuner.stop(*self._stopped)
        if plan.warmstart is not None:
            self._warm_start(engine, plan.warmstart)
        if plan.restored is not None:
            self._restore(self._tuner, plan.restored, journal, files.elapsed)
            if scenario.options.flag("always-run-initial-config"):
                engine.suggest(plan.given[0])
            files.take_over(self._tuner.history.runs, self._tuner.progress())
            messages.take_over(self._tuner.history.runs)
        with libraries_loading(scenario):
            outcome = self._tuner.run()
        if shared is not None:
            shared.tell_end(journal.path, outcome.progress.n_runs, len(outcome.history))
        return self._validate(outcome, executor, files, messages)

    def _validate(
        self, outcome: Outcome, executor: Executor, files: OutputFiles, messages: Messages
    ) -> Outcome:
        """The outcome of the search, with the signal that ended its validation, if one did."""
        scenario = self._plan.scenario
        incumbent = outcome.progress.incumbent
        if incumbent is None or not _is_to_be_validated(scenario, outcome):
            return outcome
        self._validation = SearchValidation(
            scenario, self._plan.space, files.rows, self._output_log, self._validation_observers
        )
        if self._stopped is not None:  # while the last files were written
            return replace(outcome, signal=self._stopped[1])
        call = messages.sample_call(incumbent.configuration)
        signal = self._validation.run(outcome.progress, executor, call)
        return outcome if signal is None else replace(outcome, signal=signal)

    def _peers(self, shared: SharedRuns, answers: Answers | None) -> Peers:
        scenario = self._plan.scenario
        return Peers(
            shared,
            self._plan.objective,
            deterministic=scenario.deterministic,
            reuses=scenario.options.flag("shared-model-mode-tae"),
            answers=answers,
        )

    def _share(self) -> SharedRuns | None:
        if not self._plan.shares:
            return None
        shared = SharedRuns(self._plan.scenario, self._plan.identity, self._plan.space)
        self._resources.callback(shared.close)
        return shared

    def _warm_start(self, engine: Engine, earlier: EarlierRuns) -> None:
        earlier.warn_of_losses()
        for run in earlier.runs:
            engine.learn(run[0], run[1])
        _LOG.info("The model knows %d earlier runs (warm start).", len(earlier.runs))

    def _restore(self, tuner: Tuner, restored: EarlierRuns, journal: JournalWriter, shown: Elapsed) -> None:
        restored.warn_of_losses()
        if self._plan.continues_in_place:
            # Read again now that the file is locked: a search that was just ending may have added runs.
            restored = restored.with_runs(journal.take_recovered())
        else:
            restored.warn_of_differences(self._plan.identity)
            for run in restored.journal.runs:
                journal.append(run.request, run.result, run.elapsed, run.reused_from)
        if journal.torn is not None:
            _LOG.warning("The last record of %s was torn; it is kept in %s", journal.path, journal.torn)
        known = restored.elapsed  # at the last run; the trajectory may end later
        elapsed = Elapsed(max(known.wallclock_s, shown.wallclock_s), max(known.own_cpu_s, shown.own_cpu_s))
        tuner.resume(restored.runs, elapsed)
        _LOG.info("Restored %d runs from %s.", len(restored.runs), restored.path)

    def _announce(self, set_aside: Path | None) -> None:
        scenario = self._plan.scenario
        _LOG.info("Call String: %s ", self._call_string)
        started = shown_time(datetime.now().astimezone())
        _LOG.info("SMAC started at: %s. Minimizing %s.", started, self._plan.objective.label)
        if set_aside is not None:
            _LOG.info("Earlier files of seed %d were moved to %s", scenario.num_run, set_aside)
        for warning in scenario.warnings:
            _LOG.warning("%s", warning)


def _is_to_be_validated(scenario: Scenario, outcome: Outcome) -> bool:
    """Whether a validation follows: not when the search was interrupted, or its runs were to be killed."""
    kill_file = scenario.kill_runs_file
    was_interrupted = outcome.signal is not None or (kill_file is not None and not kill_file.exists())
    return validates_after_search(scenario) and not was_interrupted
