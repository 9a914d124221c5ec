"""The answer of a program that tells nothing but by its exit status."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.runs import RunRequest, RunStatus
from bbopt.target.answers.answer_format import TargetReport, crashed, measured_runtime_s, unfinished_runtime_s
from bbopt.target.process_words import exit_in_words
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun

__all__ = ["ExitStatusAnswer"]


@dataclass(frozen=True, slots=True)
class ExitStatusAnswer:
    """0: the run has worked; anything else: it has not (an `AnswerFormat`).

    Where nobody tells a quality, there is the `unknown_quality`.
    """

    unknown_quality: float = 0.0

    @property
    def patterns(self) -> tuple[str, ...]:
        """See AnswerFormat."""
        return ()

    @property
    def expected(self) -> str:
        """See AnswerFormat."""
        return "an exit status of 0"

    @property
    def is_from_wrapper(self) -> bool:
        """See AnswerFormat."""
        return False

    def report(self, request: RunRequest, run: SupervisedRun) -> TargetReport:
        """See AnswerFormat."""
        if run.ended_by is not EndedBy.EXIT or run.exit_status is None:
            return crashed("the program was not run to its end")
        if run.exit_status:
            return crashed(f"the program {exit_in_words(run.exit_status)}")
        runtime_s = measured_runtime_s(run)
        if runtime_s >= request.cutoff_s:
            runtime_s = unfinished_runtime_s(run, request.cutoff_s)
            return TargetReport(RunStatus.TIMEOUT, runtime_s, -1.0, self.unknown_quality)
        return TargetReport(RunStatus.SAT, runtime_s, -1.0, self.unknown_quality)

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """See AnswerFormat."""
        return True
