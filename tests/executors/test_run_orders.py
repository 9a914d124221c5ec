"""The orders that follow from the orders of an executor."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.executors import RunOrders
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.scenario.metrics import MetricSettings
from bbopt.scenario.result_patterns import ResultPattern, ResultPatterns
from bbopt.target import TargetCommand
from bbopt.target.answers import AnswerFormat, CostTimeAnswer, MetricReader, PatternAnswer, ResultLineAnswer
from tests.target.processes import request

PATTERNS = PatternAnswer(
    ResultPatterns((ResultPattern("^s SAT", "SAT"),)), MetricReader(), needs_quality=False
)
LIMITS = "answer", "guard_factor", "cpu_limit_s"


def orders(answer: AnswerFormat, guard_factor: float | None) -> RunOrders:
    return RunOrders(TargetCommand(("true",), Path("/"), "/", answer=answer), guard_factor=guard_factor)


@pytest.mark.parametrize(
    LIMITS,
    [
        (ResultLineAnswer(), 10.0, 20.0),
        (CostTimeAnswer(cost_is_runtime=True), 10.0, 20.0),
        (PATTERNS, 10.0, 2.0),
        (PATTERNS, 0.5, 1.0),
        (PATTERNS, None, None),
    ],
)
def test_only_wrappers_may_use_more_cpu_time_than_their_cutoff(
    answer: AnswerFormat, guard_factor: float | None, cpu_limit_s: float | None
) -> None:
    order = orders(answer, guard_factor).order(request(cutoff_s=2.0), 0)
    assert order.cpu_limit_s == cpu_limit_s
    assert order.limit_s == (None if guard_factor is None else 2.0 * guard_factor)


@pytest.mark.parametrize("answer", [ResultLineAnswer(), PATTERNS])
def test_without_a_cutoff_there_is_no_limit(answer: AnswerFormat) -> None:
    order = orders(answer, 10.0).order(request(cutoff_s=LARGEST_DOUBLE), 0)
    assert (order.limit_s, order.cpu_limit_s) == (None, None)


def test_the_supervisor_is_told_what_to_look_for() -> None:
    solver = orders(PATTERNS, None).order(request(), 0)
    assert (solver.patterns, solver.searches_stderr) == (["^s SAT"], True)
    wrapper = orders(ResultLineAnswer(), None).order(request(), 0)
    assert (wrapper.patterns, wrapper.searches_stderr) == ([], False)
    assert not orders(CostTimeAnswer(cost_is_runtime=False), None).order(request(), 0).searches_stderr


def test_metrics_beside_a_result_line_may_stand_in_both_streams(tmp_path: Path) -> None:
    command = TargetCommand(("x",), tmp_path, ".", metrics=MetricReader(MetricSettings("loss")))
    order = RunOrders(command).order(request(), 0)
    assert (order.searches_stderr, order.has_result_file) == (True, True)
    assert [metric.name for metric in order.metrics] == ["loss"]
    assert not RunOrders(TargetCommand(("x",), tmp_path, ".")).order(request(), 0).has_result_file
