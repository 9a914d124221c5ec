"""What an answer format is, and the report that it makes of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bbopt.runs import RunRequest, RunStatus
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun

__all__ = ["AnswerFormat", "TargetReport", "crashed", "measured_runtime_s", "unfinished_runtime_s"]


@dataclass(frozen=True, slots=True)
class TargetReport:
    """What a target said about its run.

    `problem` says in words why the output counts as CRASHED, and `remedy` what to do about it, if that is
    known; it is None for a valid result line, and then runtime and quality are numbers.  With a problem they
    are None.  `reason` says in words why a valid answer has this status, where that is not plain.
    """

    status: RunStatus
    runtime_s: float | None
    runlength: float
    quality: float | None
    additional: str = ""
    problem: str | None = None
    remedy: str = ""
    warnings: tuple[str, ...] = ()
    reason: str = ""


def crashed(problem: str, remedy: str = "") -> TargetReport:
    """The verdict on output that is no valid answer; `problem` says why."""
    return TargetReport(RunStatus.CRASHED, None, -1.0, None, problem=problem, remedy=remedy)


class AnswerFormat(Protocol):
    """How a target's answer is found and read; implementations are immutable and can be pickled."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """Regular expressions that lines of output are searched for.

        Of both streams, or of standard output alone where `is_from_wrapper`.
        """
        ...

    @property
    def expected(self) -> str:
        """The answer in the form to show to a user."""
        ...

    @property
    def is_from_wrapper(self) -> bool:
        """Whether only programs answer so that were written for it.

        They answer on standard output, and keep to their cutoff themselves.
        """
        ...

    def report(self, request: RunRequest, run: SupervisedRun) -> TargetReport:
        """What the target said about its run."""
        ...

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """Whether the end of a run that was killed explains that there is no valid answer."""
        ...


def measured_runtime_s(run: SupervisedRun) -> float:
    """The runtime of a program that does not tell it: its CPU time, or else its wall time."""
    return run.wallclock_s if run.cpu_s is None else run.cpu_s


def unfinished_runtime_s(run: SupervisedRun, cutoff_s: float) -> float:
    """The runtime of one that was ended and is a TIMEOUT: its cutoff, if that is the reason for it."""
    is_for_cutoff = run.ended_by in {EndedBy.GUARD, EndedBy.CPU}
    return cutoff_s if is_for_cutoff else min(cutoff_s, run.wallclock_s)
