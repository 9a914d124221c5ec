"""What all runs of an executor have in common: the target's call, its limits, how a run is judged."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path

from bbopt.once import Once
from bbopt.runs import RunRequest
from bbopt.target.call import TargetCommand
from bbopt.target.measured import AS_REPORTED, Timing, doubts
from bbopt.target.outcome import RunOutcome, conclude
from bbopt.target.supervisor.wire import RunOrder, SupervisedRun

__all__ = ["RunOrders"]

_LOG = logging.getLogger(__name__)
_LONGEST_LIMIT_S = 1e9  # beyond it, there is no limit: no machine stays up for 30 years


@dataclass(frozen=True, slots=True)
class RunOrders:
    """How runs of `command` are ordered, and judged.

    A run is killed when its wall time exceeds `wall_limit_s`.  It is killed, too, when its wall time, the CPU
    time of its processes, or the CPU time that it reports exceeds `guard_factor` times its cutoff (None:
    never): for the CPU time of its processes not before its wall time has reached the cutoff, so that a
    parallel program is not punished.  A program that is no wrapper may use CPU time up to the cutoff itself.
    A run is also killed when its processes use more than `memory_limit_bytes` together, or print more than
    `output_limit_bytes`.  `grace_s` lies between SIGTERM and SIGKILL; `kill_command` (absolute, or found on
    the PATH) helps to find what must be killed.

    All output is appended to `output_log`, if given.  `record` names the search they belong to.
    `crashed_quality` stands for a quality that was not reported; `timing` says what runtimes mean.
    """

    command: TargetCommand
    guard_factor: float | None = 10.0
    grace_s: float = 2.0
    output_log: Path | None = None
    crashed_quality: float = 1e9
    memory_limit_bytes: int | None = None
    output_limit_bytes: int | None = None
    timing: Timing = AS_REPORTED
    kill_command: tuple[str, ...] = ()
    record: str = ""
    wall_limit_s: float | None = None
    _told: Once = field(default_factory=Once, init=False, repr=False, compare=False)

    def order(self, request: RunRequest, slot: int) -> RunOrder:
        """The order to execute `request` in a slot, with a fresh uuid; all its paths are absolute."""
        limit_s = None if self.guard_factor is None else self.guard_factor * request.cutoff_s
        limit_s = None if limit_s is None or limit_s > _LONGEST_LIMIT_S else limit_s
        is_wrapper, patterns = self.command.answer.is_from_wrapper, list(self.command.answer.patterns)
        metrics = self.command.metrics
        return RunOrder(
            argv=self.command.argv(request),
            directory=str(self.command.directory.absolute()),
            slot=slot,
            uuid=str(uuid.uuid4()),
            limit_s=limit_s,
            grace_s=self.grace_s,
            output_log=None if self.output_log is None else str(self.output_log.absolute()),
            cpu_limit_s=limit_s if is_wrapper else _smaller(limit_s, request.cutoff_s),
            cpu_free_s=0.0 if limit_s is None or not is_wrapper else request.cutoff_s,
            memory_limit_bytes=self.memory_limit_bytes,
            output_limit_bytes=self.output_limit_bytes,
            patterns=patterns,
            metrics=metrics.searches,
            has_result_file=metrics.settings.are_wanted,
            searches_stderr=not is_wrapper or (metrics.settings.are_wanted and not patterns),
            kill_command=list(self.kill_command),
            record=self.record,
            wall_limit_s=self.wall_limit_s,
        )

    def conclude(self, request: RunRequest, run: SupervisedRun) -> RunOutcome:
        """The result of `run`, which executed `request`.

        It warns of a runtime that can't be right only once for each reason: the next ones will be no better.
        """
        if run.control and self._told.is_news(run.control):
            _LOG.info("Runs are measured and limited by means of %s.", run.control)
        outcome = conclude(request, run, self.command, self.crashed_quality, self.timing)
        found = doubts(run, outcome.result, self.timing)
        news = [text for kind, text in found.items() if self._told.is_news(kind)]
        return replace(outcome, warnings=(*outcome.warnings, *news)) if news else outcome


def _smaller(limit_s: float | None, cutoff_s: float) -> float | None:
    return None if limit_s is None else min(limit_s, cutoff_s)
