"""What all runs of an executor have in common: the target's call, its limits, how a run is judged."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

from bbopt.runs import RunRequest
from bbopt.target.call import TargetCommand
from bbopt.target.outcome import RunOutcome, conclude
from bbopt.target.supervisor.wire import RunOrder, SupervisedRun

__all__ = ["RunRules"]

_LONGEST_LIMIT_S = 1e9  # beyond it, there is no limit: no machine stays up for 30 years


@dataclass(frozen=True, slots=True)
class RunRules:
    """The rules for runs of `command`.

    A run is killed when its wall time, or the CPU time that it reports, exceeds `guard_factor` times its
    cutoff (None: never).  `grace_s` lies between SIGTERM and SIGKILL.  All output is appended to
    `output_log`, if given.  `crashed_quality` stands for a quality that was not reported.
    """

    command: TargetCommand
    guard_factor: float | None = 10.0
    grace_s: float = 2.0
    output_log: Path | None = None
    crashed_quality: float = 1e9

    def order(self, request: RunRequest, slot: int) -> RunOrder:
        """The order to execute `request` in a slot, with a fresh uuid; all its paths are absolute."""
        limit_s = None if self.guard_factor is None else self.guard_factor * request.cutoff_s
        return RunOrder(
            argv=self.command.argv(request),
            directory=str(self.command.directory.absolute()),
            slot=slot,
            uuid=str(uuid.uuid4()),
            limit_s=None if limit_s is None or limit_s > _LONGEST_LIMIT_S else limit_s,
            grace_s=self.grace_s,
            output_log=None if self.output_log is None else str(self.output_log.absolute()),
            patterns=list(self.command.answer.patterns),
        )

    def conclude(self, request: RunRequest, run: SupervisedRun) -> RunOutcome:
        """The result of `run`, which executed `request`."""
        return conclude(request, run, self.command, self.crashed_quality)
