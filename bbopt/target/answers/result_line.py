"""The answer of SMAC v2's wrappers and AClib 2's: one result line."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.runs import RunRequest
from bbopt.target.result_line import EXPECTED, TargetReport, judge
from bbopt.target.supervisor.wire import SupervisedRun

__all__ = ["ResultLineAnswer"]


@dataclass(frozen=True, slots=True)
class ResultLineAnswer:
    """The result line decides, whatever the exit status (an `AnswerFormat`)."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """None: result lines are looked for in any case."""
        return ()

    @property
    def expected(self) -> str:
        """The line in the form to show to a user."""
        return EXPECTED

    @property
    def is_from_wrapper(self) -> bool:
        """Nothing else prints result lines."""
        return True

    def report(self, request: RunRequest, run: SupervisedRun) -> TargetReport:
        """The verdict on the result lines of the run."""
        return judge(run.result_lines)

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """Whether no whole line was printed."""
        return run.n_result_lines == 0 or (run.n_result_lines == 1 and run.torn)
