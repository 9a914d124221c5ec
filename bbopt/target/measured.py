"""What was measured of a run beside what the target reports of it: which of them counts, and doubts."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bbopt.runs import RunResult
from bbopt.target.supervisor.wire import SupervisedRun

__all__ = ["AS_REPORTED", "RuntimeSource", "Timing", "doubts"]

_ROUNDING_S = 1.0  # some wrappers report whole seconds, rounded up
_FAR_BELOW = 0.5


class RuntimeSource(enum.Enum):
    """Whose word counts for the runtime of a run (`runtime-from`)."""

    REPORTED = "reported"
    CPUTIME = "cputime"
    WALLTIME = "walltime"

    def measured_s(self, run: SupervisedRun) -> float | None:
        """The time that counts instead of the reported one; None where that stays, or nothing is known."""
        if self is RuntimeSource.REPORTED or run.ended_by.is_fault:
            return None
        return run.cpu_s if self is RuntimeSource.CPUTIME else run.wallclock_s


@dataclass(frozen=True, slots=True)
class Timing:
    """What the time of a run means: where it comes from, and whether it is what is minimised."""

    source: RuntimeSource = RuntimeSource.REPORTED
    is_objective: bool = False


AS_REPORTED = Timing()
"""The target's word counts, and something else is minimised."""


def doubts(run: SupervisedRun, result: RunResult, timing: Timing) -> dict[str, str]:
    """What can't be right about the reported runtime of a solved run, by the kind of doubt.

    More than all processors together can have worked is impossible.  Far less than both times measured is
    suspicious where the runtime is minimised; with another objective many targets report 0 and mean it.
    """
    if timing.source is not RuntimeSource.REPORTED or not result.status.is_solved:
        return {}
    found = {}
    reported_s, wall_s, cpu_s = result.runtime_s, run.wallclock_s, run.cpu_s
    if run.n_processors is not None and reported_s > wall_s * run.n_processors + _ROUNDING_S:
        found["impossible"] = (
            f"the target reports a runtime of {reported_s:g} s, but the run has lasted {wall_s:.2f} s on "
            f"{run.n_processors} processors: is its unit seconds?"
        )
    if timing.is_objective and cpu_s is not None:
        least_s = min(cpu_s, wall_s)
        if reported_s < _FAR_BELOW * least_s - _ROUNDING_S:
            found["far below"] = (
                f"the target reports a runtime of {reported_s:g} s, but the run has used {cpu_s:.2f} s of "
                f"CPU time in {wall_s:.2f} s; --runtime-from cputime would count what is measured"
            )
    return found
