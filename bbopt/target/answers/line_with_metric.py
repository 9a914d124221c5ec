"""The answer of a wrapper for SMAC v2 whose quality is a metric that it prints besides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bbopt.runs import RunRequest
from bbopt.target.answers.answer_format import TargetReport, crashed
from bbopt.target.answers.metrics import MetricReader
from bbopt.target.answers.patterns import PatternAnswer
from bbopt.target.answers.result_line import ResultLineAnswer
from bbopt.target.found_numbers import UnusableError
from bbopt.target.supervisor.wire import SupervisedRun

__all__ = ["LineWithMetricAnswer"]


@dataclass(frozen=True, slots=True)
class LineWithMetricAnswer:
    """A result line, if there is one, with the optimised metric in the place of its quality.

    Without a line it is the answer of any program that prints the metric (an `AnswerFormat`).
    """

    line: ResultLineAnswer
    metric: PatternAnswer

    @property
    def patterns(self) -> tuple[str, ...]:
        """None besides result lines and metrics."""
        return ()

    @property
    def expected(self) -> str:
        """The metric: a line is not missed."""
        return self.metric.expected

    @property
    def is_from_wrapper(self) -> bool:
        """Its result line is on standard output."""
        return True

    def report(self, request: RunRequest, run: SupervisedRun) -> TargetReport:
        """What the line says, if it is a good one with the metric."""
        if not run.n_result_lines:
            return self.metric.report(request, run)
        report = self.line.report(request, run)
        if not report.status.is_solved:
            return report
        try:
            return replace(report, quality=self._reader.read(run).number(self._reader.settings.optimised))
        except UnusableError as error:
            return crashed(str(error), error.remedy)

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """Whether no whole line was printed."""
        return self.line.is_unfinished(run) and self.metric.is_unfinished(run)

    @property
    def _reader(self) -> MetricReader:
        return self.metric.metrics
