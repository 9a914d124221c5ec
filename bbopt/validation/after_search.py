"""The validation that follows a search."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from bbopt.executors import Executor
from bbopt.exports import TrajectoryRow
from bbopt.planning.executor import RunOwner
from bbopt.planning.setup import Setup
from bbopt.tuning import Progress, Steering
from bbopt.validation.messages import (
    announce_validation,
    short_summary,
    summary,
    tell_validation,
)
from bbopt.validation.plans import plan_after_search
from bbopt.validation.records import KnownRuns
from bbopt.validation.validation import Validation, validation_executor
from bbopt.validation.validator import ValidationObserver

__all__ = ["SearchValidation"]

_LOG = logging.getLogger(__name__)


class SearchValidation:
    """Validates a search's incumbents, and says what SMAC v2 says; used once."""

    def __init__(
        self,
        setup: Setup,
        rows: Sequence[TrajectoryRow],
        owner: RunOwner,
        observers: Sequence[ValidationObserver] = (),
        known: KnownRuns | None = None,
        *,
        steering: Steering | None = None,
    ) -> None:
        """Runs that are `known` are not made; with `steering` people may end it."""
        self._setup = setup
        self._rows = rows
        self._owner = owner
        self._observers = observers
        self._known = known
        self._steering = steering
        self._validation: Validation | None = None
        self._stop_before_start: int | None = None
        self._is_stopped = False

    def stop(self, signal: int | None = None) -> None:
        """End it soon; may be called from a signal handler."""
        self._is_stopped = True
        if self._validation is None:
            self._stop_before_start = signal
        else:
            self._validation.stop(signal)

    def run(self, progress: Progress, executor: Executor, sample_call: str) -> int | None:
        """Validate after a search that ended with `progress`; the signal that ended it early, if one did.

        `sample_call` is the call of a run of the final incumbent.  Raises StateError, TargetAbortError.
        """
        plan = plan_after_search(self._setup, self._rows, progress.wallclock_s)
        if isinstance(plan, str):
            _LOG.info("No validation: %s", plan)
            return None
        _LOG.info("Now starting offline validation.")
        with validation_executor(plan, executor, self._owner) as slots:
            n_parallel = min(plan.settings.n_parallel or slots.n_slots, slots.n_slots)
            announce_validation(plan, n_parallel, datetime.now().astimezone())
            self._validation = Validation(plan, slots, self._observers, self._known, steering=self._steering)
            if self._is_stopped:
                self._validation.stop(self._stop_before_start)
            outcome = self._validation.run()
        tell_validation(outcome)
        label = self._setup.objective.label
        block = summary(outcome, progress.incumbent_name, label, sample_call)
        _LOG.info("\n%s", block, extra={"calm": short_summary(outcome, label)})
        return outcome.signal
