"""What an answer format is."""

from __future__ import annotations

from typing import Protocol

from bbopt.runs import RunRequest
from bbopt.target.result_line import TargetReport
from bbopt.target.supervisor.wire import SupervisedRun

__all__ = ["AnswerFormat", "measured_runtime_s"]


class AnswerFormat(Protocol):
    """How a target's answer is found and read; implementations are immutable and can be pickled."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """Regular expressions that the lines of standard output are searched for."""
        ...

    @property
    def expected(self) -> str:
        """The answer in the form to show to a user."""
        ...

    @property
    def is_from_wrapper(self) -> bool:
        """Whether only programs answer so that were written for it and keep to their cutoff themselves."""
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
