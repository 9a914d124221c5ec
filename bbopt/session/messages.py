"""What SMAC v2 says while it runs, word for word where programs parse it.

Sparkle, for one, takes the last line of standard output that names the target's script.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bbopt.java_numbers import format_double
from bbopt.runs import Run, RunRequest
from bbopt.space import Configuration
from bbopt.target import TargetCommand
from bbopt.tuning import Outcome, Progress

__all__ = ["Messages", "closing_block", "config_name"]

_LOG = logging.getLogger(__name__)
_RULE = "=" * 87


class Messages:
    """Logs the search's events; an Observer of the tuning loop."""

    def __init__(self, command: TargetCommand, label: str, log_calls: bool, log_results: bool) -> None:
        self._command = command
        self._label = label
        self._log_calls = log_calls
        self._log_results = log_results
        self._announced_runs = 10
        self._has_incumbent = False
        self._last_requests: dict[Configuration, RunRequest] = {}

    def take_over(self, runs: Iterable[Run]) -> None:
        """Know the calls of the runs of an earlier life."""
        for run in runs:
            self._last_requests[run.request.configuration] = run.request
            self._has_incumbent = True

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        """See Observer."""
        self._last_requests.setdefault(request.configuration, request)
        if self._log_calls:
            _LOG.info("Call: %s", self._command.shell_line(request))

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        self._last_requests[run.request.configuration] = run.request
        result = run.result
        line = (
            f"Result of run {progress.n_runs}: {result.status.value}, {format_double(result.runtime_s)}, "
            f"{format_double(result.runlength)}, {format_double(result.quality)}, {run.request.seed}"
            f"{', ' + result.additional if result.additional else ''}"
        )
        _LOG.log(logging.INFO if self._log_results else logging.DEBUG, line)

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        incumbent = progress.incumbent
        if incumbent is None:
            return
        cost, name = format_double(incumbent.cost), config_name(progress)
        if is_new:
            verb = "Incumbent changed to:" if self._has_incumbent else "First incumbent:"
            self._has_incumbent = True
            _LOG.info(
                "%s %s, with %s: %s; estimate based on %d runs.",
                verb, name, self._label, cost, incumbent.n_runs,
            )  # fmt: skip
            _LOG.info(
                "Sample call for new incumbent %s: \n%s", name, self.sample_call(incumbent.configuration)
            )
        elif incumbent.n_runs >= self._announced_runs:
            self._announced_runs *= 2
            _LOG.info(
                "Updated estimated %s of the same incumbent: %s; estimate now based on %d runs.",
                self._label, cost, incumbent.n_runs,
            )  # fmt: skip

    def finished(self, outcome: Outcome) -> None:
        """See Observer."""
        incumbent = outcome.progress.incumbent
        call = self.sample_call(incumbent.configuration) if incumbent else None
        _LOG.info("\n%s", closing_block(outcome, self._label, call), extra={"closing": True})

    def sample_call(self, configuration: Configuration) -> str:
        """The call of the configuration's latest run."""
        return self._command.shell_line(self._last_requests[configuration])


def closing_block(outcome: Outcome, label: str, call: str | None) -> str:
    """The block between lines of `=` that ends a run."""
    progress = outcome.progress
    lines = [
        _RULE,
        f"SMAC has finished. Reason: {outcome.reason}   ",
        f"Total number of runs performed: {progress.n_runs}, "
        f"total configurations tried: {progress.n_configurations}.",
        f"Total CPU time used: {progress.tuner_time_s:.0f} s, "
        f"total wallclock time used: {progress.wallclock_s:.0f} s.",
    ]
    if progress.incumbent is None:
        lines.append("No run has finished: there is no incumbent.")
    else:
        lines += [
            f"SMAC's final incumbent: {config_name(progress)}, with estimated {label}: "
            f"{format_double(progress.incumbent.cost)}, based on {progress.incumbent.n_runs} run(s).",
            "Sample call for this final incumbent:",
            call or "",
        ]
    return "\n".join([*lines, _RULE])


def config_name(progress: Progress) -> str:
    """What the incumbent is called."""
    return f"config {progress.incumbent_number} (internal ID: 0x{progress.incumbent_number:04X})"
