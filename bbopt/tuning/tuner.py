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
from dataclasses import dataclass, field, replace

from bbopt.engines import ALONE, Engine, Incumbent
from bbopt.errors import StateError, TargetAbortError
from bbopt.executors import Executor, FinishedRun
from bbopt.runs import (
    Elapsed,
    History,
    Objective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    tuner_time,
)
from bbopt.tuning.answers import Answers
from bbopt.tuning.events import Observer, Outcome, Progress, Record, iteration_of
from bbopt.tuning.peers import Peers, Reused
from bbopt.tuning.rules import Clocks, Rules

__all__ = ["Tuner"]

_LOG = logging.getLogger(__name__)

_LOOK_AHEAD_SHARE = 0.02
"""The next run is prepared in advance where slots would otherwise be idle for this share of their time."""

_POLL_S = 1.0  # how often files whose deletion means something are looked at
_HELD_UP_LOOK_S = 0.2
"""How often others are looked at while a slot has nothing to do until one of them is done."""

_MOST_REFUSED_CLAIMS = 16
"""Runs in a row that others were faster to claim; then they get time before the next try."""
_RECORD_RETRIES_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # a disk may be full for a moment only


@dataclass(slots=True)
class _Totals:
    """Sums over all runs."""

    target_time_s: float = 0.0
    wallclock_s: float = 0.0
    asking_s: float = 0.0
    n_failures: int = 0
    n_reused: int = 0
    attempts: dict[int, int] = field(default_factory=dict)


class Tuner:
    """Runs the search until a limit is reached, the space is used up, or `stop` is called."""

    def __init__(
        self,
        engine: Engine,
        executor: Executor,
        record: Record,
        objective: Objective,
        rules: Rules,
        *,
        observers: Sequence[Observer] = (),
        peers: Peers | None = None,
        answers: Answers | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        self._engine = engine
        self._executor = executor
        self._record = record
        self._objective = objective
        self._limits = rules.limits
        self._crashes = rules.crashes
        self._kill_file = rules.kill_file
        self._observers = observers
        self._peers = peers
        self._is_held_up = False
        self._answers = answers
        self._listen_interval_s = rules.listen_interval_s if peers is not None else None
        self._clocks = clocks = clocks or Clocks()
        self._history = History()
        self._totals = _Totals()
        self._earlier = self._elapsed = Elapsed()
        self._running: set[int] = set()
        self._ahead: RunRequest | None = None
        self._stop: tuple[str, int | None] | None = None
        self._shown: Incumbent | None = None
        self._started_at = clocks.wall()
        self._cpu_at_start = clocks.cpu()

    @property
    def history(self) -> History:
        """All runs so far."""
        return self._history

    def resume(self, runs: Iterable[tuple[RunRequest, RunResult, int | None]], elapsed: Elapsed) -> None:
        """Take over the runs of an earlier life, in order, each with the peer it was reused from, if any.

        Those that were executed count against the limits.  Raises TargetAbortError when their answers
        contradict each other.
        """
        for request, result, reused_from in runs:
            self._add(request, result, reused_from)
            self._check_answer(request, result, reused_from)
            self._engine.tell(request, result)
        self._earlier = self._elapsed = elapsed
        self._shown = self._engine.incumbent

    def stop(self, reason: str, signal: int | None = None) -> None:
        """End the search soon, killing what runs; may be called from a signal handler."""
        if self._stop is None:
            self._stop = (reason, signal)
            self._executor.wake()

    def run(self) -> Outcome:
        """Search until the end; the executor is left without running targets.

        Raises TargetAbortError when the target's answers forbid going on, StateError when a run could not
        be recorded.
        """
        try:
            reason = self._search()
            self._end_running(keep=True)
        except BaseException:
            self._end_running(keep=False)  # cancels again what is being cancelled: no more waiting
            raise
        signal = self._stop[1] if self._stop else None
        self._look_at_clocks()
        outcome = Outcome(reason, self.progress(), self._history, signal)
        for observer in self._observers:
            observer.finished(outcome)
        return outcome

    def progress(self) -> Progress:
        """Where the search stands now."""
        incumbent = self._engine.incumbent
        elapsed = self._elapsed
        counted = elapsed.own_cpu_s if self._limits.count_own_cpu_time else 0.0
        return Progress(
            n_runs=len(self._history) - self._totals.n_reused,
            n_reused=self._totals.n_reused,
            n_foreign=self._peers.n_runs.total() if self._peers is not None else 0,
            n_configurations=self._history.n_configurations,
            n_failures=self._totals.n_failures,
            n_running=len(self._running),
            iteration=iteration_of(self._history.n_configurations),
            tuner_time_s=self._totals.target_time_s + counted,
            wallclock_s=elapsed.wallclock_s,
            own_cpu_s=elapsed.own_cpu_s,
            incumbent=incumbent,
            incumbent_number=self._history.number(incumbent.configuration) if incumbent else 1,
            last=self._history.runs[-1] if len(self._history) else None,
        )

    def _look_at_clocks(self) -> None:
        """So that all that is said of one moment agrees, and the system is not asked at every turn."""
        self._elapsed = Elapsed(
            self._earlier.wallclock_s + self._clocks.wall() - self._started_at,
            self._earlier.own_cpu_s + self._clocks.cpu() - self._cpu_at_start,
        )

    # ------------------------------------------------------------------ the loop

    def _search(self) -> str:
        while True:
            if self._stop:
                return self._stop[0]
            reason = self._limit_reached()
            if reason is None:
                self._listen()
                self._fill_slots()
                self._look_ahead()
            if self._running:
                for finished in self._collect(self._poll_interval_s()):
                    self._handle(finished)
            elif reason := reason or self._reason_to_end():
                return reason
            elif self._is_held_up:
                time.sleep(_HELD_UP_LOOK_S)  # no slot is in use: there is nothing to wait for but others

    def _reason_to_end(self) -> str | None:
        """Why nothing is under way; None where there is more to run, now or when others are done."""
        reason = self._limit_reached() or self._engine.exhausted
        if reason or self._is_held_up or self._stop:
            return reason
        return "the engine has nothing left to propose."

    def _collect(self, timeout_s: float | None) -> list[FinishedRun]:
        """The runs that have finished; none of them is waited for again, whatever comes of handling one."""
        finished_runs = self._executor.wait(timeout_s)
        self._running.difference_update(finished.ticket for finished in finished_runs)
        self._look_at_clocks()
        return finished_runs

    def _fill_slots(self) -> None:
        self._is_held_up = False
        while self._executor.n_free and self._limit_reached() is None:
            request = self._ahead or self._due()
            self._ahead = None
            if request is None:
                return
            self._submit(request, attempt=0)
            for observer in self._observers:
                observer.run_started(request, self.progress())

    def _look_ahead(self) -> None:
        """Have the next run ready when a slot becomes free.

        It is proposed without the results of the runs under way, as if there were one slot more: only
        worth it where runs are so short that slots would wait for proposals.
        """
        if self._executor.n_slots == 1 or self._executor.n_free or self._ahead is not None:
            return
        if self._totals.asking_s > _LOOK_AHEAD_SHARE * self._totals.wallclock_s:
            self._ahead = self._due()

    def _due(self) -> RunRequest | None:
        """The next run that has to be executed here, claimed; None when there is none for now.

        It ends: each round but the last counts a refused claim, or takes over one of the runs that others
        have recorded.  Those grow meanwhile only as fast as targets run, and a limit or a request to stop is
        heeded in every round.
        """
        n_refused = 0
        while n_refused < _MOST_REFUSED_CLAIMS and self._stop is None and self._limit_reached() is None:
            request = self._ask()
            if request is None:
                break
            if self._peers is None:
                return request
            if self._is_reused(request, self._peers):
                continue
            if not self._peers.claim(request):
                self._engine.decline(request)
                n_refused += 1
                continue
            self._listen()  # it may have been recorded, and given up, since the last time
            if not self._is_reused(request, self._peers):
                return request
            self._peers.release(request)
        self._is_held_up = self._peers is not None and self._peers.are_busy
        return None

    def _is_reused(self, request: RunRequest, peers: Peers) -> bool:
        reused = peers.reusable(request)
        if reused is not None:
            self._reuse(request, reused)
        return reused is not None

    def _ask(self) -> RunRequest | None:
        begin_s = time.monotonic()
        request = self._engine.ask(ALONE if self._peers is None else self._peers)
        self._totals.asking_s += time.monotonic() - begin_s
        return request

    def _listen(self) -> None:
        """Learn what other searches have found out since the last time."""
        if self._peers is not None:
            self._peers.hear(self._engine)

    def _reuse(self, request: RunRequest, reused: Reused) -> None:
        """Take a peer's result for the run that is due; it goes on record as what it is."""
        request = replace(request, cutoff_s=reused.cutoff_s)
        self._keep(request, reused.result, reused.peer)
        run = self._add(request, reused.result, reused.peer)
        self._engine.tell(request, reused.result)
        self._report(run, "")

    def _submit(self, request: RunRequest, attempt: int) -> None:
        ticket = self._executor.submit(request)
        self._running.add(ticket)
        if attempt:
            self._totals.attempts[ticket] = attempt

    def _handle(self, finished: FinishedRun) -> None:
        attempt = self._totals.attempts.pop(finished.ticket, 0)
        request, result = finished.request, finished.result
        for warning in finished.warnings:
            _LOG.warning("%s", warning)
        if result.status is RunStatus.ABORT:
            raise TargetAbortError("the target algorithm answered ABORT", got=_told(finished))
        if result.status is RunStatus.KILLED:
            return  # ended by us because the search ends: as if it had never been started
        if result.status is RunStatus.CRASHED and attempt < self._crashes.retries and not self._stop:
            _LOG.warning(
                "run crashed, trying again (%d of %d): %s", attempt + 1, self._crashes.retries, result.reason
            )
            self._submit(request, attempt + 1)
            return
        result = self._objective.settled(result)
        self._keep(request, result)
        if self._peers is not None:  # not before the run is where the others find it
            self._peers.release(request)
        run = self._add(request, result)
        self._check_crash(finished)
        self._engine.tell(request, result)
        self._report(run, finished.output)
        self._check_answer(request, result)

    def _keep(self, request: RunRequest, result: RunResult, reused_from: int | None = None) -> None:
        elapsed = self._elapsed
        for delay_s in _RECORD_RETRIES_S:
            try:
                return self._record.append(request, result, elapsed, reused_from)
            except StateError as error:
                if self._stop:
                    raise
                _LOG.warning("%s; trying again in %s s", error, delay_s)
                time.sleep(delay_s)
        return self._record.append(request, result, elapsed, reused_from)

    def _add(self, request: RunRequest, result: RunResult, reused_from: int | None = None) -> Run:
        run = Run.valued(request, result, self._objective)
        self._history.add(run)
        if reused_from is None:
            self._totals.target_time_s += tuner_time(result)
        else:
            self._totals.n_reused += 1
        self._totals.wallclock_s += result.wallclock_s
        self._totals.n_failures += self._objective.is_failure(result)
        return run

    def _check_crash(self, finished: FinishedRun) -> None:
        if finished.result.status is RunStatus.TIMEOUT and finished.result.reason:
            _LOG.warning("run %d: %s", len(self._history), finished.result.reason)
        if finished.result.status is not RunStatus.CRASHED:
            return
        if self._crashes.abort_on_any:
            raise TargetAbortError(
                "a run of the target algorithm crashed (abort-on-crash)", got=_told(finished)
            )
        if len(self._history) == 1 and self._crashes.abort_on_first:
            raise TargetAbortError(
                "the first run of the target algorithm crashed",
                got=_told(finished),
                remedy="try the call with `bbopt call --scenario ...`, or go on in spite of it with "
                "--abort-on-first-run-crash false",
            )
        _LOG.warning("run %d crashed: %s", len(self._history), finished.result.reason)

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
        is_new = shown is None or incumbent.configuration != shown.configuration
        self._shown = incumbent
        for observer in self._observers:
            observer.incumbent_changed(progress, is_new)

    # ------------------------------------------------------------------ limits

    def _limit_reached(self) -> str | None:
        """Why no further run may be started, in SMAC v2's words where it has them."""
        self._look_at_clocks()
        limits = self._limits
        n_started = len(self._history) - self._totals.n_reused + len(self._running)
        if n_started >= limits.runcount:
            return f"algorithm run limit ({limits.runcount} runs) has been reached."
        if iteration_of(self._history.n_configurations) >= limits.iterations:
            return f"model building iteration limit ({limits.iterations}) has been reached."
        progress = self.progress()
        if progress.wallclock_s >= limits.wallclock_s:
            return f"wallclock time limit ({limits.wallclock_s} s) has been reached."
        if progress.tuner_time_s >= limits.cputime_s:
            return f"total CPU time limit ({limits.cputime_s} s) has been reached."
        if limits.delete_file is not None and not os.path.exists(limits.delete_file):
            return f"the file {limits.delete_file} was deleted (terminate-on-delete)."
        return None

    def _poll_interval_s(self) -> float | None:
        """How long to wait for a run before looking at other things; None: for ever."""
        interval_s = _HELD_UP_LOOK_S if self._is_held_up else self._listen_interval_s
        if self._kill_file is None:
            return interval_s
        if not os.path.exists(self._kill_file):
            self.stop(f"the file {self._kill_file} was deleted (kill-runs-on-file-delete).")
            return 0.0
        return min(_POLL_S, interval_s or _POLL_S)

    def _end_running(self, keep: bool) -> None:
        """Kill what runs; a run that ended by itself all the same is kept, unless an error stops us."""
        if not self._running:
            return
        self._executor.cancel()
        while self._running:
            for finished in self._collect(None):
                if keep:
                    self._handle(finished)


def _told(finished: FinishedRun) -> str:
    """What the target said: the reason where there is one, else its last words."""
    return finished.result.reason or finished.output[-2000:] or "no output"
