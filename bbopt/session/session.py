"""One tuning session: from a scenario to its outcome, with every output file written on the way."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.earlier.wanted_runs import best_of, runs_to_go_on_from, runs_to_learn_from
from bbopt.engines import Engine, Problem
from bbopt.errors import BboptError, CommandError, InputError, InternalError, Place, lack_of_descriptors
from bbopt.executors import Executor, RunNumbers
from bbopt.exports.shown_time import shown_time
from bbopt.output_folder import SeedFile, highest_number
from bbopt.planning.abilities import refuse_beyond_abilities
from bbopt.planning.beginning import beginning, start_configurations
from bbopt.planning.designs import Design, design_rows
from bbopt.planning.engine import build_engine, libraries_loading
from bbopt.planning.executor import RunOwner, build_keeper, start_executor
from bbopt.planning.setup import (
    Setup,
    build_answers,
    build_setup,
    run_store,
)
from bbopt.runs import Elapsed, Texts
from bbopt.scenario import Scenario
from bbopt.seeding import stream
from bbopt.session.incumbent_command import IncumbentCommand
from bbopt.session.incumbent_doubts import IncumbentDoubts
from bbopt.session.log_files import log_files
from bbopt.session.messages import Messages, version_line
from bbopt.session.output_files import OutputFiles
from bbopt.session.run_folders import RunFolders
from bbopt.session.scenario_commands import CommandRunner
from bbopt.session.sharing import ChosenRuns, common_seed, tell_end
from bbopt.space import Configuration, Space, never_holding
from bbopt.stores import Follower, Recorder, RecordIdentity, RunStore
from bbopt.target.tagged_processes import end_leftovers
from bbopt.tuning import Answers, Observer, Outcome, Peers, Steering, Tuner, TunerSettings
from bbopt.validation import ValidationObserver
from bbopt.validation.after_search import SearchValidation
from bbopt.validation.plans import validates_after_search
from bbopt.validation.records import KnownRuns

__all__ = ["Plan", "Session", "plan_session"]

_LOG = logging.getLogger(__name__)

FINAL_ERROR = {"final_error": True}
"""Marks the log record of the error that ends the session: whoever catches the error shows it once more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a session needs, read and checked; nothing was written or run yet."""

    setup: Setup
    given: tuple[Configuration, ...]
    texts: tuple[Texts, ...]
    restored: EarlierRuns | None
    warmstart: EarlierRuns | None
    store: RunStore

    @property
    def scenario(self) -> Scenario:
        """See Setup."""
        return self.setup.scenario

    @property
    def space(self) -> Space:
        """See Setup."""
        return self.setup.space

    @property
    def identity(self) -> RecordIdentity:
        """See Setup."""
        return self.setup.identity

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to tell before the search begins."""
        source = self.scenario.pcs_path
        return (*self.scenario.warnings, *(f"{source}: {text}" for text in never_holding(self.space)))

    @property
    def shares(self) -> bool:
        """Whether this search and others in its folder learn from each other."""
        return self.scenario.sharing.is_on

    @property
    def problem(self) -> Problem:
        """What the engine is told."""
        scenario = self.scenario
        return Problem(
            self.space,
            self.setup.objective,
            self.given,
            budget=scenario.limits.runcount if scenario.limits.has_run_limit else None,
            seed=scenario.named_seeds.search,
            common_seed=_common_seed(self.setup),
            instances=scenario.instances,
            deterministic=scenario.deterministic,
            cutoff_s=scenario.cutoff_s,
            runlength=self.setup.runlength,
            seconds_for_given=beginning(scenario).seconds,
            texts=self.texts,
        )

    @property
    def continues_in_place(self) -> bool:
        """Whether the restored run's own record is written on."""
        restored = self.restored
        if restored is None or restored.is_cut or restored.kept_in != (self.store, self.scenario.num_run):
            return False
        identity = restored.record.identity
        return identity is None or not identity.differences(self.identity)


@dataclass(frozen=True, slots=True)
class _Life:
    """A search from its beginning, or since it had to forget runs."""

    tuner: Tuner
    files: OutputFiles
    messages: Messages
    follower: Follower | None


def _common_seed(setup: Setup) -> int | None:
    """Where choices come from that all searches on the problem should make alike; None for no others."""
    scenario = setup.scenario
    if (named := scenario.named_seeds.pairs) is not None:
        return named
    return common_seed(scenario, setup.identity) if scenario.sharing.is_on else None


def _first_configurations(setup: Setup) -> Design:
    """A design, or else configurations to begin with."""
    scenario = setup.scenario
    if not scenario.proposer.is_design:
        return Design(start_configurations(scenario, setup.space))
    if setup.table is not None:
        return setup.table
    seed = _common_seed(setup)
    return design_rows(scenario, setup.space, scenario.named_seeds.search if seed is None else seed)


def plan_session(scenario: Scenario) -> Plan:
    """Read and check what the scenario names; InputError (InputErrors) for what can't be used."""
    setup = build_setup(scenario)
    space = setup.space
    space.sample(1, stream(scenario.seed, "is anything legal"))  # better to know now than after a run
    design = _first_configurations(setup)
    given = list(design.rows)
    restored, warmstart = runs_to_go_on_from(setup), runs_to_learn_from(setup)
    if warmstart is not None:
        given += best_of(warmstart, setup)
    _refuse_unusable_folder(scenario.output_root)
    refuse_beyond_abilities(scenario)
    return Plan(setup, tuple(given), tuple(design.texts), restored, warmstart, run_store(scenario))


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
    except OSError as error:
        if lack_of_descriptors(error) is not None:
            raise
        return False


class _LeftReading(KeyboardInterrupt):
    """A signal came while earlier runs were read: nothing is under way yet, and nothing new was written."""


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
        self._is_reading = False
        scenario = plan.scenario
        self._commands = CommandRunner(scenario.commands, scenario.execution.grace_s)

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
        if (lack := lack_of_descriptors(error)) is not None:
            _LOG.error("%s", lack, extra=FINAL_ERROR)
            return
        _LOG.error("internal error", exc_info=error, extra=FINAL_ERROR)
        raise InternalError(error, str(self._logs_to)) from error

    def stop(self, reason: str, signal: int | None = None) -> None:
        """End the search or its validation soon; may be called from a signal handler.

        While the user's command before or after the search is under way, it ends that one.  While earlier
        runs are read, which may take long, a signal raises a KeyboardInterrupt.
        """
        self._stopped = (reason, signal)
        if self._is_reading:
            self._leave_reading()
        self._commands.stop()
        if self._validation is not None:
            self._validation.stop(signal)
        elif self._tuner is not None:
            self._tuner.stop(reason, signal)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        self._is_reading = True
        try:
            self._leave_reading()
            yield
        finally:
            self._is_reading = False

    def _leave_reading(self) -> None:
        if self._stopped is not None and self._stopped[1] is not None:
            raise _LeftReading(self._stopped[1])

    def run(self) -> Outcome:
        """Search to the end, then validate where the scenario asks for it.

        The outcome's signal may have come during the validation.  Raises StateError, TargetAbortError,
        CommandError.
        """
        plan, seed = self._plan, self._plan.scenario.num_run
        executor = self._start_executor()  # first, so that the supervisors start while files are opened
        plan.scenario.output.make()
        moved = None if plan.continues_in_place else plan.store.set_aside(seed)
        with self._reading():
            recorder = self._resources.enter_context(plan.store.open(seed, plan.identity, plan.space))
        plan.store.control(seed).take()  # what was asked of a search that is gone
        self._open_logs()
        self._announce(moved)
        if plan.continues_in_place or moved is not None:
            self._end_leftovers()
        return self._search_between_commands(executor, recorder)

    def _search_between_commands(self, executor: Executor, recorder: Recorder) -> Outcome:
        """The command after the search cleans up after the one before it, whatever became of the search."""
        is_prepared = self._commands.run_before()
        try:
            outcome = self._search(executor, recorder)
        except (Exception, _LeftReading):
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
        keep_output = scenario.logging.logs_target_output
        return scenario.output.file(SeedFile.LOG, scenario.num_run) if keep_output else None

    @property
    def _record(self) -> str:
        """What marks the processes of this search's runs."""
        scenario = self._plan.scenario
        return os.path.realpath(scenario.output.file(SeedFile.RECORD, scenario.num_run))

    def _end_leftovers(self) -> None:
        """End what an earlier life has left running, if all who watched over it were killed.

        Nobody else is at work on this record, since its lock is ours, and no run has been started yet.
        """
        n_processes = end_leftovers(self._record)
        if n_processes:
            _LOG.warning("%d processes that this search had left running were ended.", n_processes)

    def _start_executor(self) -> Executor:
        plan = self._plan
        executor = start_executor(plan.setup, self._owner)
        return self._resources.enter_context(executor)

    @cached_property
    def _owner(self) -> RunOwner:
        """Whose the runs are; their names go on behind those on record."""
        label, restored = str(self._plan.scenario.num_run), self._plan.restored
        names = () if restored is None else (run.result.run_id for run in restored.runs)
        known = (name for name in names if name.startswith(f"{label}-"))
        return RunOwner(
            label=label,
            output_log=self._output_log,
            record=self._record,
            n_before=max(highest_number(known), 0 if restored is None else restored.record.last_number),
            keeper=build_keeper(self._plan.setup),
        )

    def _open_logs(self) -> None:
        scenario = self._plan.scenario
        output, level = scenario.output, scenario.logging.level
        self._resources.enter_context(log_files(output, scenario.num_run, level))
        if level != "OFF":
            self._logs_to = output.file(SeedFile.ERRORS, scenario.num_run)

    def _search(self, executor: Executor, recorder: Recorder) -> Outcome:
        """Search to the end; anew, behind the runs that are left, whenever some are to be forgotten."""
        numbers, before = self._numbers(recorder), None
        while True:
            life = self._begin(executor, recorder, numbers, before)
            with libraries_loading(self._plan.scenario):
                before = life.tuner.run()
            if not before.is_to_go_on:
                return self._end(life, before, executor, recorder)
            life.files.close()

    def _numbers(self, recorder: Recorder) -> RunNumbers:
        """Names for runs without a process, behind those on record."""
        owner = self._owner
        return RunNumbers(owner.label, lambda: max(owner.n_before, recorder.last_number))

    def _begin(
        self, executor: Executor, recorder: Recorder, numbers: RunNumbers, before: Outcome | None
    ) -> _Life:
        """A search that has its earlier runs; `before` is what the one was that had to forget some."""
        plan, scenario = self._plan, self._plan.scenario
        answers = build_answers(plan.setup)
        follower = self._follow() if plan.shares else None
        peers = None if follower is None else self._peers(follower, answers)
        engine = build_engine(scenario, plan.problem)
        files = OutputFiles(scenario, plan.space)
        self._resources.callback(files.close)
        doubts, messages = IncumbentDoubts(scenario), Messages(plan.setup)
        run_folders = RunFolders(scenario, self._owner.keeper)
        self._resources.callback(run_folders.close)
        command = IncumbentCommand(scenario, messages, plan.setup.objective.shown)
        self._resources.callback(command.close)
        frequency_s = scenario.sharing.frequency_s
        tuner = self._tuner = Tuner(
            engine,
            executor,
            recorder,
            plan.setup.objective,
            TunerSettings(
                scenario.limits,
                scenario.crashes,
                scenario.kill_runs_file,
                frequency_s,
                tells_output=scenario.logging.logs_target_output,
            ),
            observers=(files, *self._observers, doubts, messages, run_folders, command),
            peers=peers,
            answers=answers,
            numbers=numbers,
            steering=Steering(plan.store.control(scenario.num_run)),
        )
        if self._stopped is not None:
            tuner.stop(*self._stopped)
        if plan.warmstart is not None:
            self._warm_start(engine, plan.warmstart)
        if before is not None or plan.restored is not None:
            with self._reading():
                self._take_up(tuner, before, recorder, files)
            if scenario.racing.always_runs_initial:
                engine.suggest(plan.given[0])
            files.take_over(tuner.history.runs, tuner.progress())
            doubts.take_over(tuner.history.runs)
            messages.take_over(tuner.history.runs)
            run_folders.take_over(tuner.history.runs, tuner.progress())
        return _Life(tuner, files, messages, follower)

    def _take_up(self, tuner: Tuner, before: Outcome | None, recorder: Recorder, files: OutputFiles) -> None:
        if before is not None:
            self._go_on(tuner, before)
        elif self._plan.restored is not None:
            self._restore(tuner, self._plan.restored, recorder, files.elapsed)

    def _go_on(self, tuner: Tuner, before: Outcome) -> None:
        """Take up all runs on record that still count."""
        plan, progress = self._plan, before.progress
        record = plan.store.runs(plan.scenario.num_run, plan.space)
        runs = record.runs if record is not None else ()
        tuner.resume(runs, Elapsed(progress.wallclock_s, progress.own_cpu_s))
        n_forgotten = len(before.history) - len(runs)
        _LOG.info("%d runs are forgotten; the search goes on behind %d.", n_forgotten, len(runs))

    def _end(self, life: _Life, outcome: Outcome, executor: Executor, recorder: Recorder) -> Outcome:
        if life.follower is not None:
            tell_end(recorder.source, outcome.progress, life.follower.peers)
        made = KnownRuns(recorder.source, outcome.history.runs)
        return self._validate(outcome, executor, life.files, life.messages, made)

    def _validate(
        self,
        outcome: Outcome,
        executor: Executor,
        files: OutputFiles,
        messages: Messages,
        made: KnownRuns,
    ) -> Outcome:
        """The outcome of the search, with the signal that ended its validation, if one did."""
        scenario = self._plan.scenario
        incumbent = outcome.progress.incumbent
        if incumbent is None or not _is_to_be_validated(scenario, outcome):
            return outcome
        # What a deterministic black box would do again takes as long, and says nothing new.
        is_known = scenario.deterministic and scenario.instances.is_black_box
        self._validation = SearchValidation(
            self._plan.setup,
            files.rows,
            self._owner,
            self._validation_observers,
            made if is_known else None,
        )
        if self._stopped is not None:  # while the last files were written
            return replace(outcome, signal=self._stopped[1])
        call = messages.sample_call(incumbent.configuration)
        signal = self._validation.run(outcome.progress, executor, call)
        return outcome if signal is None else replace(outcome, signal=signal)

    def _follow(self) -> Follower:
        plan, scenario = self._plan, self._plan.scenario
        follower = plan.store.follow(scenario.num_run, plan.identity, plan.space)
        return ChosenRuns(follower, scenario, plan.space.default)

    def _peers(self, follower: Follower, answers: Answers | None) -> Peers:
        scenario = self._plan.scenario
        claims = self._plan.store.claims(scenario.num_run, self._plan.space)
        self._resources.callback(claims.release_all)
        return Peers(
            follower,
            claims,
            self._plan.setup.objective,
            deterministic=scenario.deterministic,
            reuses=scenario.sharing.reuses,
            answers=answers,
        )

    def _warm_start(self, engine: Engine, earlier: EarlierRuns) -> None:
        earlier.warn_of_losses()
        for run in earlier.runs:
            engine.learn(run.request, run.result)
        _LOG.info("The model knows %d earlier runs (warm start).", len(earlier.runs))

    def _restore(self, tuner: Tuner, restored: EarlierRuns, recorder: Recorder, shown: Elapsed) -> None:
        restored.warn_of_losses()
        if self._plan.continues_in_place:
            # Read again now that it is ours alone: a search that was just ending may have added runs.
            restored = restored.with_runs(recorder.take_recovered())
        else:
            restored.warn_of_differences(self._plan.identity)
            for run in restored.runs:
                recorder.record(run)
        if recorder.repaired is not None:
            _LOG.warning("%s", recorder.repaired)
        known = restored.elapsed  # at the last run; the trajectory may end later
        elapsed = Elapsed(max(known.wallclock_s, shown.wallclock_s), max(known.own_cpu_s, shown.own_cpu_s))
        tuner.resume(restored.runs, elapsed)
        _LOG.info("Restored %d runs from %s.", len(restored.runs), restored.record.source)

    def _announce(self, set_aside: str | None) -> None:
        scenario = self._plan.scenario
        _LOG.info("Logging to: %s", scenario.output.file(SeedFile.LOG, scenario.num_run))
        _LOG.info("%s", version_line())
        _LOG.info("Call String: %s ", self._call_string)
        started = shown_time(datetime.now().astimezone())
        _LOG.info("SMAC started at: %s. Minimizing %s.", started, self._plan.setup.objective.label)
        if set_aside is not None:
            _LOG.info("Earlier files of seed %d were moved to %s", scenario.num_run, set_aside)
        for warning in self._plan.warnings:
            _LOG.warning("%s", warning)


def _is_to_be_validated(scenario: Scenario, outcome: Outcome) -> bool:
    """Whether a validation follows: not when the search was interrupted, or its runs were to be killed."""
    kill_file = scenario.kill_runs_file
    was_interrupted = outcome.was_asked_for or (kill_file is not None and not kill_file.exists())
    return validates_after_search(scenario) and not was_interrupted
