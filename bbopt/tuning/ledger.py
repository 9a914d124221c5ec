"""What a search has run so far: on record first, then in the history and in the sums over it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from bbopt.errors import LostFileError, StateError, UnavailableError
from bbopt.runs import History, Objective, Run, RunRequest, RunResult, tuner_time
from bbopt.stores import RecordedRun, Recorder
from bbopt.tuning.iterations import Iterations

__all__ = ["RETRIES_S", "Ledger", "keep", "keep_earlier"]

_LOG = logging.getLogger(__name__)

RETRIES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How long to wait between tries of what a full disk prevents: it may be full for a moment only."""

PATIENCE_S = 600.0
"""How long a database is waited for, at least, which is being restarted or can't be reached."""


_AT_ONCE = 1000


def keep(recorder: Recorder, *runs: RecordedRun, is_hurried: Callable[[], bool]) -> None:
    """Put the runs on record, trying for a while where that is of use, and nobody is hurried.

    Raises StateError when they can't be.
    """
    delays, end = list(RETRIES_S), time.monotonic() + PATIENCE_S
    while True:
        try:
            return recorder.record(*runs)
        except StateError as error:
            if isinstance(error, UnavailableError) and not delays and time.monotonic() < end:
                delays.append(RETRIES_S[-1])
            if is_hurried() or isinstance(error, LostFileError) or not delays:
                raise
            delay_s = delays.pop(0)
            _LOG.warning("%s; trying again in %s s", error, delay_s)
            time.sleep(delay_s)


def keep_earlier(recorder: Recorder, runs: Sequence[RecordedRun]) -> None:
    """Put runs on record that another one has, some at a time; StateError when that can't be done."""
    for start in range(0, len(runs), _AT_ONCE):
        recorder.record(*runs[start : start + _AT_ONCE])


class Ledger:
    """The runs of a search; those taken over from peers count apart, for they cost nothing here."""

    def __init__(self, recorder: Recorder, objective: Objective) -> None:
        self._recorder = recorder
        self._objective = objective
        self.history = History(failures_first=objective.failures_first)
        self.iterations = Iterations()
        self.n_reused = 0
        self.n_failures = 0
        self.target_time_s = 0.0
        self.wallclock_s = 0.0

    @property
    def n_executed(self) -> int:
        """How many runs were made here."""
        return len(self.history) - self.n_reused

    def keep(self, *runs: RecordedRun, is_hurried: Callable[[], bool]) -> None:
        """See the function of this name."""
        keep(self._recorder, *runs, is_hurried=is_hurried)

    def add(self, request: RunRequest, result: RunResult, reused_from: int | None = None) -> Run:
        """Count the run, which is on record."""
        run = Run.valued(request, result, self._objective)
        self.history.add(run)
        self.iterations.add(request, result)
        if reused_from is None:
            self.target_time_s += tuner_time(result)
        else:
            self.n_reused += 1
        self.wallclock_s += result.wallclock_s
        self.n_failures += self._objective.is_failure(result)
        return run
