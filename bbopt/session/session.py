"""One tuning session: from a plan to its outcome, with every output file written on the way."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType

from bbopt.errors import BboptError, CommandError, InternalError, lack_of_descriptors
from bbopt.executors import Executor
from bbopt.exports.shown_time import shown_time
from bbopt.output_folder import SeedFile, highest_number
from bbopt.planning.engine import libraries_loading
from bbopt.planning.executor import RunOwner, build_checkpoints, build_keeper, start_executor
from bbopt.scenario import Scenario
from bbopt.session.life import Lives, SearchLife
from bbopt.session.log_files import log_files
from bbopt.session.messages import version_line
from bbopt.session.plan import Plan
from bbopt.session.scenario_commands import CommandRunner
from bbopt.session.sharing import tell_end
from bbopt.session.stopping import LeftReading, Stopping
from bbopt.stores import Recorder, RequestKind
from bbopt.target.tagged_processes import end_leftovers
from bbopt.tuning import Observer, Outcome, Steering
from bbopt.validation import ValidationObserver
from bbopt.validation.after_search import SearchValidation
from bbopt.validation.plans import validates_after_search
from bbopt.validation.records import KnownRuns
from bbopt.validation.retraining import Retraining

__all__ = ["Session"]

_LOG = logging.getLogger(__name__)

FINAL_ERROR = {"final_error": True}
"""Marks the log record of the error that ends the session: whoever catches the error shows it once more."""


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
        self._stopping = Stopping()
        self._control = plan.store.control(plan.scenario.num_run)
        self._steering = Steering(self._control)
        self._logs_to: Path | None = None
        scenario = plan.scenario
        self._commands = CommandRunner(scenario.commands, scenario.execution.grace_s, self._look)

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
        self._stopping.ask(reason, signal)
        self._commands.stop()

    def _look(self) -> None:
        """Do what people ask for while a command of theirs is under way; the search does what it can do."""
        for request in self._steering.look(tuple):
            if request.kind is RequestKind.STOP and not request.runs:
                self.stop(request.reason)
            else:
                self._steering.put_back(request)

    def _is_to_stop(self) -> bool:
        self._look()
        return self._stopping.wish is not None

    def run(self) -> Outcome:
        """Search to the end, then validate where the scenario asks for it.

        The outcome's signal may have come during the validation.  Raises StateError, TargetAbortError,
        CommandError.
        """
        plan, seed = self._plan, self._plan.scenario.num_run
        executor = self._start_executor()  # first, so that the supervisors start while files are opened
        plan.scenario.output.make()
        moved = None if plan.continues_in_place else plan.store.set_aside(seed)
        with self._stopping.reading():
            recorder = self._resources.enter_context(plan.store.open(seed, plan.identity, plan.space))
        self._control.take()  # what was asked of a search that is gone
        if self._owner.checkpoints is not None:
            self._owner.checkpoints.open(goes_on=plan.restored is not None)
        self._open_logs()
        self._announce(moved)
        if plan.continues_in_place or moved is not None:
            self._end_leftovers()
        return self._search_between_commands(executor, recorder)

    def _start_executor(self) -> Executor:
        return self._resources.enter_context(start_executor(self._plan.setup, self._owner))

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
            checkpoints=build_checkpoints(self._plan.setup),
        )

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

    def _open_logs(self) -> None:
        scenario = self._plan.scenario
        output, level = scenario.output, scenario.logging.level
        self._resources.enter_context(log_files(output, scenario.num_run, level))
        if level != "OFF":
            self._logs_to = output.file(SeedFile.ERRORS, scenario.num_run)

    def _announce(self, set_aside: str | None) -> None:
        scenario = self._plan.scenario
        _LOG.info("Logging to: %s", scenario.output.file(SeedFile.LOG, scenario.num_run))
        _LOG.info("%s", version_line())
        _LOG.info("Call String: %s ", self._call_string)
        started = shown_time(datetime.now().astimezone())
        objective = self._plan.setup.objective
        aim = "Minimizing" if objective.shown(1.0) > 0 else "Maximizing"
        _LOG.info("SMAC started at: %s. %s %s.", started, aim, objective.label)
        if set_aside is not None:
            _LOG.info("Earlier files of seed %d were moved to %s", scenario.num_run, set_aside)
        for warning in self._plan.warnings:
            _LOG.warning("%s", warning)

    def _end_leftovers(self) -> None:
        """End what an earlier life has left running, if all who watched over it were killed.

        Nobody else is at work on this record, since its lock is ours, and no run has been started yet.
        """
        n_processes = end_leftovers(self._record)
        if n_processes:
            _LOG.warning("%d processes that this search had left running were ended.", n_processes)

    def _search_between_commands(self, executor: Executor, recorder: Recorder) -> Outcome:
        """The command after the search cleans up after the one before it, whatever became of the search."""
        is_prepared = self._commands.run_before()
        try:
            outcome = self._search(executor, recorder)
        except (Exception, LeftReading):
            if is_prepared:
                self._clean_up()
            raise
        if is_prepared and not self._commands.run_after():
            return replace(outcome, signal=self._stopping.signal)
        return outcome

    def _clean_up(self) -> None:
        """Carry out the command after a search that failed: its error is the one to be told."""
        try:
            self._commands.run_after()
        except CommandError as error:
            _LOG.error("%s", error)

    def _search(self, executor: Executor, recorder: Recorder) -> Outcome:
        """Search to the end; anew, behind the runs that are left, whenever some are to be forgotten."""
        lives = Lives(
            self._plan,
            self._owner,
            executor,
            recorder,
            observers=self._observers,
            steering=self._steering,
            stopping=self._stopping,
            resources=self._resources,
        )
        outcome = None
        while True:
            life = lives.begin(outcome)
            with libraries_loading(self._plan.scenario):
                outcome = life.tuner.run()
            if not outcome.is_to_go_on:
                return self._end(life, outcome, executor, recorder)
            life.files.close()

    def _end(self, life: SearchLife, outcome: Outcome, executor: Executor, recorder: Recorder) -> Outcome:
        if life.follower is not None:
            tell_end(recorder.source, outcome.progress, life.follower.peers)
        life.command.await_end(self._is_to_stop)
        if self._stopping.wish is not None:
            return replace(outcome, signal=self._stopping.signal)
        made = KnownRuns(recorder.source, outcome.history.runs)
        outcome = self._validate(life, outcome, executor, made)
        return outcome if outcome.signal is not None else self._retrain(outcome, executor)

    def _validate(self, life: SearchLife, outcome: Outcome, executor: Executor, made: KnownRuns) -> Outcome:
        """The outcome of the search, with the signal that ended its validation, if one did."""
        scenario = self._plan.scenario
        incumbent = outcome.progress.incumbent
        if incumbent is None or not validates_after_search(scenario) or _was_interrupted(scenario, outcome):
            return outcome
        # What a deterministic black box would do again takes as long, and says nothing new.
        is_known = scenario.deterministic and scenario.instances.is_black_box
        validation = SearchValidation(
            self._plan.setup,
            life.files.rows,
            self._owner,
            self._validation_observers,
            made if is_known else None,
            steering=self._steering,
        )
        self._stopping.hand_to(lambda _, signal: validation.stop(signal))
        if self._stopping.wish is not None:  # while the last files were written
            return replace(outcome, signal=self._stopping.signal)
        call = life.messages.sample_call(incumbent.configuration)
        signal = validation.run(outcome.progress, executor, call)
        return outcome if signal is None else replace(outcome, signal=signal)

    def _retrain(self, outcome: Outcome, executor: Executor) -> Outcome:
        """The outcome of the search, with the signal that ended the training of its winner, if one did."""
        scenario, incumbent = self._plan.scenario, outcome.progress.incumbent
        if scenario.retraining is None or _was_interrupted(scenario, outcome):
            return outcome
        if incumbent is None or not incumbent.standing.has_worked:
            _LOG.warning("Nothing is retrained: no run has worked.")
            return outcome
        retraining = Retraining(
            self._plan.setup,
            incumbent.configuration,
            self._validation_observers,
            executor=executor,
            steering=self._steering,
        )
        self._stopping.hand_to(lambda _, __: retraining.stop())
        retraining.run()
        return replace(outcome, signal=self._stopping.signal)


def _was_interrupted(scenario: Scenario, outcome: Outcome) -> bool:
    """Whether the search did not end by itself, or its runs were to be killed."""
    kill_file = scenario.kill_runs_file
    return outcome.was_asked_for or (kill_file is not None and not kill_file.exists())
