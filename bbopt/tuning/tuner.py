"""The loop that joins an engine, an executor and a record: ask, execute, record, tell, stop.

A finished run is recorded before the engine is asked for the next one, so that what was reported finished
is never lost.  With one slot, what is proposed never depends on time.  With several it depends on which run
ends first anyhow, and where runs are short, one is asked for in advance.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bbopt.engines import Engine, Incumbent
from bbopt.errors import TargetAbortError
from bbopt.executors import Checkpoints, Executor, FinishedRun, RunNumbers, RunProgress
from bbopt.runs import ENDED_BY_USER, Elapsed, History, Objective, Run, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration
from bbopt.stores import RecordedRun, Recorder, RequestKind
from bbopt.tuning.answers import Answers
from bbopt.tuning.budget import Budget
from bbopt.tuning.events import Observer, Outcome, Progress
from bbopt.tuning.ledger import Ledger
from bbopt.tuning.named_runs import NamedRuns
from bbopt.tuning.peers import Peers, Reused
from bbopt.tuning.run_queue import RunQueue, told
from bbopt.tuning.runs_elsewhere import RunsElsewhere
from bbopt.tuning.steering import LOOK_S, Steering
from bbopt.tuning.tuner_settings import Clocks, TunerSettings

__all__ = ["Tuner"]

_LOG = logging.getLogger(__name__)

_LOOK_AHEAD_SHARE = 0.02
"""The next run is prepared in advance where slots would otherwise be idle for this share of their time."""

_POLL_S = 1.0  # how often files whose deletion means something are looked at
_HELD_UP_LOOK_S = 0.2
"""How often others are looked at while a slot has nothing to do until one of them is done."""

_FORGETS = "runs are to be forgotten."

_MOST_REFUSED_CLAIMS = 16
"""Runs in a row that others were faster to claim; then they get time before the next try."""


class Tuner:
    """Runs the search until a limit is reached, the space is used up, or `stop` is called."""

    def __init__(
        self,
        engine: Engine,
        executor: Executor,
        recorder: Recorder,
        objective: Objective,
        settings: TunerSettings,
        *,
        observers: Sequence[Observer] = (),
        peers: Peers | None = None,
        answers: Answers | None = None,
        clocks: Clocks | None = None,
        numbers: RunNumbers | None = None,
        steering: Steering | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._engine = engine
        self._objective = objective
        self._steering = steering
        self._named = NamedRuns(executor, numbers or RunNumbers("run"))
        self._queue = RunQueue(
            executor,
            objective,
            retries=settings.crashes.retries,
            tells_output=settings.tells_output,
            on_progress=self._run_progressed,
            on_ended=self._put_down,
            named=self._named,
        )
        self._ledger = Ledger(recorder, objective)
        self._budget = Budget(settings.limits, self._ledger, clocks or Clocks())
        self._settings = settings
        self._observers = observers
        self._peers = peers
        self._elsewhere = RunsElsewhere(peers, checkpoints)
        self._answers = answers
        self._asking_s = 0.0
        self._ahead: RunRequest | None = None
        self._is_held_up = False
        self._refused: str | None = None
        self._stop: tuple[str, int | None] | None = None
        self._shown: Incumbent | None = None
        self._confirmed: Configuration | None = None
        self._has_to_forget = False

    @property
    def history(self) -> History:
        """All runs so far."""
        return self._ledger.history

    def resume(self, runs: Iterable[RecordedRun], elapsed: Elapsed) -> None:
        """Take over the runs of an earlier life, in order.

        Those that were executed count against the limits.  Raises TargetAbortError when their answers
        contradict each other.
        """
        for run in runs:
            self._ledger.add(run.request, run.result, run.reused_from)
            self._check_answer(run.request, run.result, run.reused_from)
            self._engine.tell(run.request, run.result)
            if self._budget.has_patience:
                if self._has_improved():
                    self._budget.improved(run.elapsed.wallclock_s if run.elapsed else 0.0)
                self._shown = self._engine.incumbent
        self._budget.resume(elapsed)
        self._shown = self._engine.incumbent

    def stop(self, reason: str, signal: int | None = None) -> None:
        """End the search soon, killing what runs; may be called from a signal handler."""
        if self._stop is None:
            self._stop = (reason, signal)
            self._queue.stop()

    def run(self) -> Outcome:
        """Search until the end; the executor is left without running targets.

        It ends, too, when it has to go on with other runs on record: the outcome `is_to_go_on`.

        Raises TargetAbortError when the target's answers forbid going on, StateError when a run could not
        be recorded.
        """
        try:
            with self._queue.ending(self._handle):
                reason = self._search()
        finally:
            if self._steering is not None:
                self._steering.end()
        signal = self._stop[1] if self._stop else None
        self._budget.look()
        is_to_go_on = self._has_to_forget and self._stop is None
        progress = self.progress()
        outcome = Outcome(
            reason,
            progress,
            self.history,
            signal,
            None if progress.incumbent is None else self._objective.shown(progress.incumbent.cost),
            was_asked_for=self._stop is not None,
            is_to_go_on=is_to_go_on,
        )
        if is_to_go_on:
            return outcome
        for observer in self._observers:
            observer.finished(outcome)
        return outcome

    def progress(self) -> Progress:
        """Where the search stands now."""
        incumbent, ledger, elapsed = self._engine.incumbent, self._ledger, self._budget.elapsed
        history = ledger.history
        return Progress(
            n_runs=ledger.n_executed,
            n_reused=ledger.n_reused,
            n_foreign=self._peers.n_runs.total() if self._peers is not None else 0,
            n_configurations=history.n_configurations,
            n_failures=ledger.n_failures,
            n_running=self._queue.n_under_way,
            iteration=ledger.iterations.number,
            tuner_time_s=self._budget.tuner_time_s,
            wallclock_s=elapsed.wallclock_s,
            own_cpu_s=elapsed.own_cpu_s,
            incumbent=incumbent,
            incumbent_number=history.number(incumbent.configuration) if incumbent else 1,
            last=history.runs[-1] if len(history) else None,
        )

    # ------------------------------------------------------------------ the loop

    def _search(self) -> str:
        ending: str | None = None  # set by a confirmation: no other run is begun behind it
        while True:
            self._steer()
            if self._stop:
                return self._stop[0]
            reason = _FORGETS if self._has_to_forget else ending or self._used_up()
            if reason is None:
                self._listen()
                self._fill_slots()
                self._look_ahead()
            if self._queue.n_under_way and self._budget.left_to_runs_s != 0.0:
                self._queue.collect(self._poll_interval_s(), self._handle)
            elif reason := reason or self._reason_to_end():
                ending = reason
                if not self._confirms():
                    return reason
            elif self._is_held_up:
                time.sleep(_HELD_UP_LOOK_S)  # no slot is in use: there is nothing to wait for but others

    def _steer(self) -> None:
        """Do what people have asked for since the last time."""
        for request in self._steering.steer(self._named) if self._steering is not None else ():
            if request.kind is RequestKind.FORGET:
                self._has_to_forget = True
            else:
                self.stop(request.reason)

    def _reason_to_end(self) -> str | None:
        """Why nothing is under way; None where there is more to run, now or when others are done."""
        reason = self._used_up() or self._refused or self._engine.exhausted
        if reason or self._is_held_up or self._stop:
            return reason
        return "the engine has nothing left to propose."

    def _confirms(self) -> bool:
        """Whether a last run is awaited, beyond limits of time: the incumbent in full, where it lacks that.

        One configuration gets it, and nobody when the number of runs is limited and reached, when runs are
        ended at a limit, or somebody wants the search to end.  What another search makes is waited for as a
        run here would be.
        """
        is_over = self._has_to_forget or self._stop is not None or self._budget.is_final
        request = None if is_over else self._engine.confirm()
        if request is None or self._confirmed not in {None, request.configuration}:
            return False
        self._confirmed = request.configuration
        if self._is_reused(request):
            return True
        if not self._elsewhere.begin(request):  # another search confirms it at this moment
            self._engine.decline(request)
            if self._peers is None or not self._peers.are_busy:  # it is stopped: nobody knows for how long
                return False
            time.sleep(_HELD_UP_LOOK_S)
            self._listen()
            return True
        self._listen()
        if self._is_reused(request):
            self._elsewhere.end(request)
        else:
            self._submit(request)
        return True

    def _submit(self, request: RunRequest) -> None:
        self._queue.submit(request)
        progress = self.progress()
        for observer in self._observers:
            observer.run_started(request, progress)

    def _used_up(self) -> str | None:
        return self._budget.used_up(self._queue.n_under_way)

    def _fill_slots(self) -> None:
        self._is_held_up = False
        while self._queue.n_free and self._used_up() is None:
            request = self._ahead or self._due()
            self._ahead = None
            if request is None:
                return
            self._submit(request)

    def _look_ahead(self) -> None:
        """Have the next run ready when a slot becomes free.

        It is proposed without the results of the runs under way, as if there were one slot more: only
        worth it where runs are so short that slots would wait for proposals.
        """
        if self._queue.n_slots == 1 or self._queue.n_free or self._ahead is not None:
            return
        if self._asking_s > _LOOK_AHEAD_SHARE * self._ledger.wallclock_s:
            self._ahead = self._due()

    def _due(self) -> RunRequest | None:
        """The next run that has to be executed here, claimed; None when there is none for now.

        It ends: each round but the last counts a refused claim, or takes over one of the runs that others
        have recorded.  Those grow meanwhile only as fast as targets run, and a limit or a request to stop is
        heeded in every round.
        """
        n_refused, self._refused = 0, None
        self._elsewhere.look_again()
        while n_refused < _MOST_REFUSED_CLAIMS and self._stop is None and self._used_up() is None:
            request = self._ask()
            if request is None:
                break
            self._refused = self._budget.refusal_of(request)
            if self._refused is not None:  # those in the race may still have runs to come
                self._engine.decline(request)
                return None
            if self._is_reused(request):
                continue
            if not self._elsewhere.begin(request):
                self._engine.decline(request)
                n_refused += 1
                continue
            self._listen()  # it may have been recorded, and given up, since the last time
            if not self._is_reused(request):
                return request
            self._elsewhere.end(request)
        self._is_held_up = self._elsewhere.are_awaited
        return None

    def _is_reused(self, request: RunRequest) -> bool:
        reused = None if self._peers is None else self._peers.reusable(request)
        if reused is not None:
            self._reuse(request, reused)
        return reused is not None

    def _ask(self) -> RunRequest | None:
        begin_s = time.monotonic()
        request = self._elsewhere.ask(self._engine)
        self._asking_s += time.monotonic() - begin_s
        return request

    def _listen(self) -> None:
        """Learn what other searches have found out since the last time."""
        if self._peers is not None:
            self._peers.hear(self._engine, lambda: self._stop is not None)

    def _reuse(self, request: RunRequest, reused: Reused) -> None:
        """Take a peer's result for the run that is due; it goes on record as what it is."""
        request = replace(request, cutoff_s=reused.cutoff_s)
        self._keep(RecordedRun(request, reused.result, self._budget.elapsed, reused.peer))
        run = self._ledger.add(request, reused.result, reused.peer)
        self._engine.tell(request, reused.result)
        self._report(run, "")

    def _handle(self, finished: FinishedRun) -> None:
        request, result = finished.request, finished.result
        run = self._ledger.add(request, result)
        self._check_crash(finished)
        self._engine.tell(request, result)
        self._report(run, finished.output)
        self._check_answer(request, result)

    def _put_down(self, ended: Sequence[FinishedRun]) -> None:
        """On record first, in one go, then where the others look for what is under way."""
        self._budget.look()
        elapsed = self._budget.elapsed
        self._keep(*[RecordedRun(run.request, run.result, elapsed) for run in ended])
        for run in ended:
            self._elsewhere.end(run.request)

    def _keep(self, *runs: RecordedRun) -> None:
        self._ledger.keep(*runs, is_hurried=lambda: self._stop is not None)

    def _run_progressed(self, of_run: RunProgress) -> None:
        curve = self._named.progressed(of_run)
        progress = self.progress()
        for observer in self._observers:
            observer.run_progressed(of_run, progress)
        why = None if curve is None else self._engine.progressed(of_run.request, curve)
        if why is not None:
            self._named.give_up(of_run.ticket, why)

    def _check_crash(self, finished: FinishedRun) -> None:
        if finished.result.is_hopeless:
            _LOG.info("run %d was %s", len(self.history), finished.result.reason)
        if finished.result.status is RunStatus.TIMEOUT and finished.result.reason:
            _LOG.warning("run %d: %s", len(self.history), finished.result.reason)
        if finished.result.status is RunStatus.UNSAT and finished.result.reason:
            _LOG.info("run %d: %s", len(self.history), finished.result.reason)
        if finished.result.status is not RunStatus.CRASHED:
            return
        if finished.result.reason.startswith(ENDED_BY_USER):
            _LOG.info("run %s was %s", finished.result.run_id, finished.result.reason)
            return
        if self._settings.crashes.abort_on_any:
            raise TargetAbortError(
                "a run of the target algorithm crashed (abort-on-crash)", got=told(finished)
            )
        if len(self.history) == 1 and self._settings.crashes.abort_on_first:
            raise TargetAbortError(
                "the first run of the target algorithm crashed",
                got=told(finished),
                remedy="try the call with `bbopt call --scenario ...`, or go on in spite of it with "
                "--abort-on-first-run-crash false",
            )
        _LOG.warning("run %d crashed: %s", len(self.history), finished.result.reason)

    def _check_answer(self, request: RunRequest, result: RunResult, peer: int | None = None) -> None:
        """Only when the run stands in all files: what stops the search must be found there."""
        if self._answers is not None:
            self._answers.note(request, result, peer)

    def _report(self, run: Run, output: str) -> None:
        progress = self.progress()
        for observer in self._observers:
            observer.run_finished(run, output, progress)
        incumbent, shown = progress.incumbent, self._shown
        if incumbent is None or incumbent == shown:
            return
        is_new = self._has_other_incumbent()
        if self._has_improved():
            self._budget.improved()
        self._shown = incumbent
        for observer in self._observers:
            observer.incumbent_changed(progress, is_new)

    def _has_other_incumbent(self) -> bool:
        now, shown = self._engine.incumbent, self._shown
        return now is not None and (shown is None or now.configuration != shown.configuration)

    def _has_improved(self) -> bool:
        """Whether there is another incumbent that is better, not just as good, as one may be that is new."""
        now, shown = self._engine.incumbent, self._shown
        if now is None or not self._has_other_incumbent():
            return False
        return shown is None or now.standing.precedence < shown.standing.precedence

    def _poll_interval_s(self) -> float | None:
        """How long to wait for a run before looking at other things; None: for ever."""
        listen_s = self._settings.listen_interval_s if self._peers is not None else None
        interval_s = _sooner(_HELD_UP_LOOK_S if self._is_held_up else listen_s, self._budget.left_to_runs_s)
        interval_s = interval_s if self._steering is None else _sooner(LOOK_S, interval_s)
        kill_file = self._settings.kill_file
        if kill_file is None:
            return interval_s
        if not os.path.exists(kill_file):
            self.stop(f"the file {kill_file} was deleted (kill-runs-on-file-delete).")
            return 0.0
        return _sooner(_POLL_S, interval_s)


def _sooner(one_s: float | None, other_s: float | None) -> float | None:
    """The shorter of two times; None is for ever."""
    return min((time_s for time_s in (one_s, other_s) if time_s is not None), default=None)
