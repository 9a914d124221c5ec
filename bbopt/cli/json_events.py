"""`--json`: what a search does, as one JSON object a line on standard output, for programs.

Each object has `event`: "begun", "run", "incumbent", "validation", "validation-run" or, as the last, "end".
The names in the objects stay; new ones may come.  Numbers that JSON has no word for (NaN, infinity) are null.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping

from bbopt.cli.against_default import against_default
from bbopt.engines import Incumbent
from bbopt.runs import NO_BUDGET, Cell, Run, row_of, run_cells
from bbopt.session import Plan
from bbopt.space import Configuration
from bbopt.tuning import Observer, Outcome, Progress
from bbopt.version import __version__

__all__ = ["JsonEvents"]

_OF_RUN = (
    *("run_id", "status", "quality", "runtime_s", "instance", "seed", "cutoff_s", "budget", "origin"),
    *("started_at", "wallclock_s", "cpu_s", "memory_bytes", "additional", "reason"),
)


class JsonEvents(Observer):
    """Prints the events; an Observer of the tuning loop and a ValidationObserver."""

    def __init__(self, plan: Plan) -> None:
        self._scenario = plan.scenario
        self._objective = plan.setup.objective
        self._default = plan.space.default

    def begun(self) -> None:
        """The search is about to begin."""
        scenario, limits = self._scenario, self._scenario.limits
        self._tell(
            "begun",
            version=__version__,
            search_seed=scenario.num_run,
            target=scenario.algo_text,
            output=str(scenario.output_root.absolute()),
            metric=self._objective.label,
            maximize=self._objective.shown(1.0) < 0,
            runcount_limit=limits.runcount if limits.has_run_limit else None,
            wallclock_limit_s=limits.wallclock_s if limits.has_wallclock_limit else None,
            cputime_limit_s=limits.cputime_s if limits.has_cputime_limit else None,
        )

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        self._tell("run", number=progress.n_runs, **self._run(run))

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        if progress.incumbent is not None:
            self._tell("incumbent", is_new=is_new, **self._incumbent(progress.incumbent, progress))

    def validation_started(self, n_runs: int, noun: str) -> None:
        """See ValidationObserver."""
        self._tell("validation", n_runs=n_runs, noun=noun)

    def validation_run_finished(self, run: Run, n_finished: int) -> None:
        """See ValidationObserver."""
        self._tell("validation-run", number=n_finished, **self._run(run))

    def validation_ended(self) -> None:
        """See ValidationObserver."""
        return

    def ended(self, outcome: Outcome) -> None:
        """The search is over, and so is the validation behind it."""
        progress, incumbent = outcome.progress, outcome.progress.incumbent
        best = progress.incumbent_configuration
        beside = None if best is None else against_default(outcome.history, best, self._default)
        self._tell(
            "end",
            reason=outcome.reason,
            signal=outcome.signal,
            n_runs=progress.n_runs,
            n_configurations=progress.n_configurations,
            n_failures=progress.n_failures,
            wallclock_s=progress.wallclock_s,
            tuner_time_s=progress.tuner_time_s,
            output=str(self._scenario.output_root.absolute()),
            incumbent=None if incumbent is None else self._incumbent(incumbent, progress),
            against_default=None
            if beside is None
            else {
                "n_runs": beside.n_runs,
                "default": self._objective.shown(beside.default.mean),
                "incumbent": self._objective.shown(beside.incumbent.mean),
            },
        )

    def _run(self, run: Run) -> dict[str, object]:
        cells = run_cells(run.request, run.result)
        return {
            "settings": _settings(run.request.configuration),
            "value": self._objective.shown(run.cost),
            "failed": run.is_failure,
            **{name: cells[name] for name in _OF_RUN},
            "metrics": dict(run.result.metrics),
        }

    def _incumbent(self, incumbent: Incumbent, progress: Progress) -> dict[str, object]:
        return {
            "configuration": progress.incumbent_number,
            "settings": _settings(incumbent.configuration),
            "value": self._objective.shown(incumbent.cost),
            "failed": not incumbent.standing.has_worked,
            "n_runs": incumbent.n_runs,
            "budget": None if incumbent.budget == NO_BUDGET else incumbent.budget,
        }

    def _tell(self, event: str, **facts: object) -> None:
        told = {"event": event, "time": time.time(), **facts}
        sys.stdout.write(json.dumps(_plain(told), allow_nan=False) + "\n")
        sys.stdout.flush()


def _settings(configuration: Configuration) -> dict[str, Cell]:
    """The values of the active parameters."""
    settings = row_of(configuration, {}, configuration.space.names)
    return {name: value for name, value in settings.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
