"""The answer of a program that trains the winner on all data, of which nothing is left to test it with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bbopt.runs import RunRequest
from bbopt.target.answers.answer_format import AnswerFormat, TargetReport
from bbopt.target.answers.exit_status import ExitStatusAnswer
from bbopt.target.supervisor.wire import SupervisedRun

__all__ = ["NO_QUALITY", "RetrainingAnswer"]

NO_QUALITY = "no quality was told"
"""The additional text of a run that has worked and told nothing of its quality."""


@dataclass(frozen=True, slots=True)
class RetrainingAnswer:
    """What runs `told` in the search, and where nothing is told, the exit status (an `AnswerFormat`).

    Where nobody tells a quality, there is the `unknown_quality`.
    """

    told: AnswerFormat
    unknown_quality: float

    @property
    def patterns(self) -> tuple[str, ...]:
        """See AnswerFormat."""
        return self.told.patterns

    @property
    def expected(self) -> str:
        """See AnswerFormat."""
        return f"an exit status of 0, or {self.told.expected}"

    @property
    def is_from_wrapper(self) -> bool:
        """See AnswerFormat."""
        return self.told.is_from_wrapper

    def report(self, request: RunRequest, run: SupervisedRun) -> TargetReport:
        """See AnswerFormat."""
        report = self.told.report(request, run)
        if report.problem is None:
            return report
        return replace(ExitStatusAnswer(self.unknown_quality).report(request, run), additional=NO_QUALITY)

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """See AnswerFormat."""
        return True
