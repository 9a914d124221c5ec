"""The languages in which a target may answer, one file each."""

from __future__ import annotations

from bbopt.target.answers.answer_format import AnswerFormat, TargetReport
from bbopt.target.answers.cost_time import CostTimeAnswer
from bbopt.target.answers.exit_status import ExitStatusAnswer
from bbopt.target.answers.line_with_metric import LineWithMetricAnswer
from bbopt.target.answers.metrics import MetricReader, Metrics
from bbopt.target.answers.patterns import PatternAnswer
from bbopt.target.answers.result_line import ResultLineAnswer, parse_output
from bbopt.target.answers.retraining import NO_QUALITY, RetrainingAnswer

__all__ = [
    "NO_QUALITY",
    "AnswerFormat",
    "CostTimeAnswer",
    "ExitStatusAnswer",
    "LineWithMetricAnswer",
    "MetricReader",
    "Metrics",
    "PatternAnswer",
    "ResultLineAnswer",
    "RetrainingAnswer",
    "TargetReport",
    "parse_output",
]
