"""What a run is worth: the objective turns a run's result into the number that is minimised.

The quality objective takes the target's reported quality.  The runtime objective (PAR-k over runtimes)
belongs here too; its table is in the protocol's section 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs.values import RunRequest, RunResult, RunStatus

__all__ = ["SHORTEST_TUNER_TIME_S", "QualityObjective", "tuner_time"]

SHORTEST_TUNER_TIME_S = 0.1
"""SMAC v2 counts a run that says it took less as this long against the tuner time limit."""

_LARGEST_QUALITY = LARGEST_DOUBLE / 2**31  # so that the costs of 2^31 runs can be added up


@dataclass(frozen=True, slots=True)
class QualityObjective:
    """Minimise the reported quality; a crashed run costs at least `crashed_quality` when that is given."""

    crashed_quality: float | None = 1e9

    @property
    def label(self) -> str:
        """What SMAC v2 calls the estimate in its messages."""
        return "mean quality"

    def settled(self, result: RunResult) -> RunResult:
        """The result as it goes on record: SMAC v2 writes the crashed quality over a smaller one."""
        if result.status is not RunStatus.CRASHED or self.crashed_quality is None:
            return result
        return replace(result, quality=max(result.quality, self.crashed_quality))

    def cost(self, request: RunRequest, result: RunResult) -> float:
        """The run's cost; lower is better."""
        quality = result.quality
        if self.is_failure(result) and self.crashed_quality is not None:
            quality = max(quality, self.crashed_quality)
        return min(max(quality, -_LARGEST_QUALITY), _LARGEST_QUALITY)

    def is_failure(self, result: RunResult) -> bool:
        """Whether the run says nothing about its configuration but that it failed."""
        return result.status in (RunStatus.CRASHED, RunStatus.KILLED)


def tuner_time(result: RunResult) -> float:
    """Seconds that the run counts against `cputime-limit` (tuner time)."""
    if result.status in (RunStatus.SAT, RunStatus.UNSAT):
        return max(result.runtime_s, SHORTEST_TUNER_TIME_S)
    return result.runtime_s
