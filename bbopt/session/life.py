"""A search as a thing that begins, anew whenever runs were forgotten, with all that belongs to it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.engines import Engine
from bbopt.executors import Executor, RunNumbers
from bbopt.planning.engine import build_engine
from bbopt.planning.executor import RunOwner
from bbopt.planning.setup import build_answers
from bbopt.runs import KNOWN_KIND, Elapsed
from bbopt.session.checkpoint_keeping import CheckpointKeeping
from bbopt.session.incumbent_command import IncumbentCommand
from bbopt.session.incumbent_doubts import IncumbentDoubts
from bbopt.session.incumbent_on_record import IncumbentOnRecord
from bbopt.session.messages import Messages
from bbopt.session.output_files import OutputFiles
from bbopt.session.plan import Plan
from bbopt.session.run_folders import RunFolders
from bbopt.session.sharing import ChosenRuns
from bbopt.session.stopping import Stopping
from bbopt.stores import Follower, Recorder
from bbopt.tuning import Answers, Observer, Outcome, Peers, Steering, Tuner, TunerSettings, keep_earlier

__all__ = ["Lives", "SearchLife"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SearchLife:
    """A search from its beginning, or since it had to forget runs."""

    tuner: Tuner
    files: OutputFiles
    messages: Messages
    command: IncumbentCommand
    follower: Follower | None


class Lives:
    """Begins a search with its earlier runs: those that the plan has restored, or that are left on record.

    What it opens is closed by `resources`; who asks it to end is heard through `stopping`.
    """

    def __init__(
        self,
        plan: Plan,
        owner: RunOwner,
        executor: Executor,
        recorder: Recorder,
        *,
        observers: Sequence[Observer],
        steering: Steering,
        stopping: Stopping,
        resources: ExitStack,
    ) -> None:
        self._plan = plan
        self._owner = owner
        self._executor = executor
        self._recorder = recorder
        self._observers = observers
        self._steering = steering
        self._stopping = stopping
        self._resources = resources
        # Names for runs without a process, behind those on record.
        self._numbers = RunNumbers(owner.label, lambda: self._n_before)

    @property
    def _n_before(self) -> int:
        """The last number of a run on record, of those that were forgotten, too."""
        return max(self._owner.n_before, self._recorder.last_number)

    def begin(self, before: Outcome | None = None) -> SearchLife:
        """A search that has its earlier runs; `before` is what the one was that had to forget some."""
        plan, scenario = self._plan, self._plan.scenario
        answers = build_answers(plan.setup)
        follower = self._follow() if plan.shares else None
        engine = build_engine(scenario, plan.problem)
        files = OutputFiles(scenario, plan.space)
        self._resources.callback(files.close)
        doubts, messages = IncumbentDoubts(scenario), Messages(plan.setup)
        on_record = IncumbentOnRecord(self._recorder)
        run_folders = RunFolders(scenario, self._owner.keeper)
        self._resources.callback(run_folders.close)
        keeping = self._checkpoint_keeping(engine)
        command = IncumbentCommand(scenario, messages, plan.setup.objective.shown)
        self._resources.callback(command.close)
        tuner = Tuner(
            engine,
            self._executor,
            self._recorder,
            plan.setup.objective,
            TunerSettings(
                scenario.limits,
                scenario.crashes,
                scenario.kill_runs_file,
                scenario.sharing.frequency_s,
                tells_output=scenario.logging.logs_target_output,
            ),
            observers=(files, on_record, *self._observers, doubts, messages, run_folders, *keeping, command),
            peers=None if follower is None else self._peers(follower, answers),
            answers=answers,
            numbers=self._numbers,
            steering=self._steering,
            checkpoints=self._owner.checkpoints,
        )
        self._stopping.hand_to(tuner.stop)
        if plan.warmstart:
            _warm_start(engine, plan.warmstart)
        if before is not None or plan.restored is not None:
            with self._stopping.reading():
                self._take_up(tuner, before, files)
            if scenario.racing.always_runs_initial:
                engine.suggest(plan.given[0])
            files.take_over(tuner.history.runs, tuner.progress())
            on_record.take_over(tuner.progress())
            doubts.take_over(tuner.history.runs)
            messages.take_over(tuner.history.runs)
            run_folders.take_over(tuner.history.runs, tuner.progress())
            for one in keeping:
                one.take_over(tuner.history.runs, tuner.progress(), self._n_before)
        return SearchLife(tuner, files, messages, command, follower)

    def _checkpoint_keeping(self, engine: Engine) -> tuple[CheckpointKeeping, ...]:
        """Who decides which checkpoints stay, where there are any."""
        checkpoints, settings = self._owner.checkpoints, self._plan.scenario.checkpoints
        if checkpoints is None or settings is None:
            return ()
        checkpoints.release_all()
        failures_first = self._plan.setup.objective.failures_first
        keeping = CheckpointKeeping(checkpoints, settings, engine.may_return, failures_first=failures_first)
        self._resources.callback(keeping.close)
        return (keeping,)

    def _follow(self) -> Follower:
        plan, scenario = self._plan, self._plan.scenario
        follower = plan.store.follow(scenario.num_run, plan.identity, plan.space)
        return ChosenRuns(follower, scenario, plan.space.default)

    def _peers(self, follower: Follower, answers: Answers | None) -> Peers:
        plan, scenario = self._plan, self._plan.scenario
        claims = plan.store.claims(scenario.num_run, plan.space)
        self._resources.callback(claims.release_all)
        return Peers(
            follower,
            claims,
            plan.setup.objective,
            deterministic=scenario.deterministic,
            reuses=scenario.sharing.reuses,
            answers=answers,
        )

    def _take_up(self, tuner: Tuner, before: Outcome | None, files: OutputFiles) -> None:
        if before is not None:
            self._go_on(tuner, before)
        elif self._plan.restored is not None:
            self._restore(tuner, self._plan.restored, files.elapsed)

    def _go_on(self, tuner: Tuner, before: Outcome) -> None:
        """Take up all runs on record that still count."""
        plan, progress = self._plan, before.progress
        record = plan.store.runs(plan.scenario.num_run, plan.space)
        runs = record.runs if record is not None else ()
        tuner.resume(runs, Elapsed(progress.wallclock_s, progress.own_cpu_s))
        n_forgotten = len(before.history) - len(runs)
        _LOG.info("%d runs are forgotten; the search goes on behind %d.", n_forgotten, len(runs))

    def _restore(self, tuner: Tuner, restored: EarlierRuns, shown: Elapsed) -> None:
        restored.warn_of_losses()
        if self._plan.continues_in_place:
            # Read again now that it is ours alone: a search that was just ending may have added runs.
            restored = restored.with_runs(self._recorder.take_recovered())
        else:
            restored.warn_of_differences(self._plan.identity)
            keep_earlier(self._recorder, restored.runs)
        if self._recorder.repaired is not None:
            _LOG.warning("%s", self._recorder.repaired)
        known = restored.elapsed  # at the last run; the trajectory may end later
        elapsed = Elapsed(max(known.wallclock_s, shown.wallclock_s), max(known.own_cpu_s, shown.own_cpu_s))
        tuner.resume(restored.runs, elapsed)
        _LOG.info("Restored %d runs from %s.", len(restored.runs), restored.record.source)


def _warm_start(engine: Engine, learnt: Sequence[EarlierRuns]) -> None:
    for earlier in learnt:
        earlier.warn_of_losses()
        for run in earlier.runs:
            origin = replace(run.request.origin, kind=KNOWN_KIND)
            engine.learn(replace(run.request, origin=origin), run.result)
    _LOG.info("The model knows %d earlier runs (warm start).", sum(len(one.runs) for one in learnt))
