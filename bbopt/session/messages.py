"""What SMAC v2 says while it runs, word for word where programs parse it.

Sparkle, for one, takes the last line of standard output that names the target's script.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable
from dataclasses import replace

from bbopt.java_numbers import format_double
from bbopt.planning.setup import Setup
from bbopt.runs import History, Run, RunRequest, RunResult, Standing, at_budget, spread_of
from bbopt.space import Configuration
from bbopt.target import TargetCommand
from bbopt.tuning import Observer, Outcome, Progress
from bbopt.version import __version__

__all__ = ["Messages", "version_line"]

_LOG = logging.getLogger(__name__)
_RULE = "=" * 87


def version_line() -> str:
    """Whose protocol is spoken, and by what."""
    python, system = sys.version.partition(" ")[0], os.uname()
    return (
        f"Version of SMAC is v2.10.03 (bbopt {__version__}), running on Python {python} "
        f"and {system.sysname} {system.release} ({system.machine}) "
    )


class Messages(Observer):
    """Logs the search's events; an Observer of the tuning loop."""

    def __init__(self, setup: Setup) -> None:
        self._scenario = scenario = setup.scenario
        self._command = setup.command
        self._runlength = setup.runlength
        self._label, self._shown = setup.objective.label, setup.objective.shown
        self._log_calls = scenario.logging.logs_calls
        self._log_results = scenario.logging.logs_results
        self._announced_runs = 10
        self._has_incumbent = False
        self._folders = setup.folders
        self._last_requests: dict[Configuration, RunRequest] = {}
        self._run_ids: dict[Configuration, str] = {}

    def take_over(self, runs: Iterable[Run]) -> None:
        """Know the calls of the runs of an earlier life."""
        for run in runs:
            self._last_requests[run.request.configuration] = run.request
            self._run_ids[run.request.configuration] = run.result.run_id
            self._has_incumbent = True

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        """See Observer."""
        self._last_requests.setdefault(request.configuration, request)
        if self._log_calls:
            _LOG.info("Call: %s", self._command.shell_line(request))

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        self._last_requests[run.request.configuration] = run.request
        self._run_ids[run.request.configuration] = run.result.run_id
        result = run.result
        line = (
            f"Result of run {progress.n_runs}: {result.status.value}, {format_double(result.runtime_s)}, "
            f"{format_double(result.runlength)}, {format_double(self._shown(result.quality))}, "
            f"{run.request.seed}{', ' + result.additional if result.additional else ''}{_metrics(result)}"
        )
        _LOG.log(logging.INFO if self._log_results else logging.DEBUG, line)

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        incumbent = progress.incumbent
        if incumbent is None:
            return
        cost, name = format_double(self._shown(incumbent.cost)), progress.incumbent_name
        if is_new:
            verb = "Incumbent changed to:" if self._has_incumbent else "First incumbent:"
            self._has_incumbent = True
            _LOG.info(
                "%s %s, with %s: %s; estimate based on %d runs%s.",
                verb, name, self._label, cost, incumbent.n_runs, at_budget(incumbent.budget),
            )  # fmt: skip
            _LOG.info(
                "Sample call for new incumbent %s: \n%s  ", name, self.sample_call(incumbent.configuration)
            )
        elif incumbent.n_runs >= self._announced_runs:
            self._announced_runs *= 2
            _LOG.info(
                "Updated estimated %s of the same incumbent: %s; estimate now based on %d runs.",
                self._label, cost, incumbent.n_runs,
            )  # fmt: skip

    def finished(self, outcome: Outcome) -> None:
        """See Observer."""
        _LOG.info("\n%s", self._closing_block(outcome))

    def sample_call(self, configuration: Configuration) -> str:
        """A call of the configuration in full, also where its own run was capped or had a lower budget."""
        return self._command_of(configuration).shell_line(self._sample(configuration))

    def _command_of(self, configuration: Configuration) -> TargetCommand:
        """The command in the folder of the configuration's last run, where that has one and it was kept."""
        run_id = self._run_ids.get(configuration)
        if self._folders is None or not run_id:
            return self._command
        return self._command.in_kept_folder(self._folders.path_of(run_id), run_id)

    def _sample(self, configuration: Configuration) -> RunRequest:
        last = self._last_requests[configuration]
        return replace(last, cutoff_s=self._scenario.cutoff_s, runlength=self._runlength)

    def _without_adapter(self, configuration: Configuration) -> list[str]:
        """What the user would type, where the sample call is another program's."""
        request = self._sample(configuration)
        typed = self._command.typed_line(request)
        is_new = typed is not None and typed != self._command.shell_line(request)
        return [f"The same without the adapter:\n{typed}"] if is_new else []

    def _over_folds(self, standing: Standing) -> list[str]:
        """What a cross-validation has come to, and each of its folds."""
        n_folds = self._scenario.folds
        if n_folds is None:
            return []
        return [f"Cross-validation: {self._label} {spread_of(standing, self._shown).text(n_folds)}."]

    def _closing_block(self, outcome: Outcome) -> str:
        """The block between lines of `=` that ends a run."""
        progress, incumbent = outcome.progress, outcome.progress.incumbent
        lines = [
            _RULE,
            f"SMAC has finished. Reason: {outcome.reason}   ",
            f"Total number of runs performed: {progress.n_runs}, "
            f"total configurations tried: {progress.n_configurations}.",
            f"Total CPU time used: {progress.tuner_time_s:.0f} s, "
            f"total wallclock time used: {progress.wallclock_s:.0f} s.",
        ]
        if incumbent is None:
            lines.append("No run has finished: there is no incumbent.")
        else:
            lines += [
                f"SMAC's final incumbent: {progress.incumbent_name}, with estimated {self._label}: "
                f"{format_double(self._shown(incumbent.cost))}, based on {incumbent.n_runs} run(s)"
                f" on {_n_instances(outcome.history, incumbent.configuration)} training instance(s)"
                f"{at_budget(incumbent.budget)}.",
                *self._over_folds(incumbent.standing),
                "Sample call for this final incumbent:",
                self.sample_call(incumbent.configuration),
                *self._without_adapter(incumbent.configuration),
            ]
        return "\n".join([*lines, _RULE])


def _n_instances(history: History, configuration: Configuration) -> int:
    return len({pair.instance for pair in history.costs(configuration)})


def _metrics(result: RunResult) -> str:
    """All named metrics, behind what SMAC v2 says of a run."""
    shown = ", ".join(f"{name} {value:g}" for name, value in result.metrics.items())
    return f" ({shown})" if shown else ""
