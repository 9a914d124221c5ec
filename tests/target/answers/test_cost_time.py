"""What irace's target runners print."""

from __future__ import annotations

from typing import Any

import pytest

from bbopt.runs import RunStatus
from bbopt.target.answers import CostTimeAnswer
from bbopt.target.answers.answer_format import TargetReport
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import request, searched

SAT, TIMEOUT, CRASHED = RunStatus.SAT, RunStatus.TIMEOUT, RunStatus.CRASHED


def report(output: str, *, cost_is_runtime: bool = False, **seen: Any) -> TargetReport:
    answer = CostTimeAnswer(cost_is_runtime)
    facts = {"ended_by": "exit", "exit_status": 0, "wallclock_s": 3.0, "cpu_s": 2.5, **seen}
    run = SupervisedRun(started_at=1.0, **searched(output, answer.patterns), **facts)
    return answer.report(request(cutoff_s=5.0), run)


@pytest.mark.parametrize(
    ("output", "quality", "runtime_s"),
    [
        ("0.25\n", 0.25, 2.5),
        ("-3e5", -3e5, 2.5),
        ("0.25 1.5\n", 0.25, 1.5),
        ("noise 1 2 3\n\n  7\t0  \n\n", 7.0, 0.0),
        ("1\r2\r", 2.0, 2.5),
        ("100 99\n", 100.0, 99.0),
    ],
)
def test_the_cost_is_the_quality(output: str, quality: float, runtime_s: float) -> None:
    found = report(output)
    assert (found.status, found.quality, found.runtime_s, found.problem) == (SAT, quality, runtime_s, None)


def test_without_cpu_time_it_is_wall_time() -> None:
    assert report("1\n", cpu_s=None).runtime_s == 3.0


@pytest.mark.parametrize(
    ("output", "status", "runtime_s"),
    [
        ("1.5\n", SAT, 1.5),
        ("1.5 1.5\n", SAT, 1.5),
        ("5\n", TIMEOUT, 5.0),
        ("50\n", TIMEOUT, 5.0),
        ("50 5.02\n", TIMEOUT, 5.02),
    ],
)
def test_the_cost_is_the_runtime(output: str, status: RunStatus, runtime_s: float) -> None:
    found = report(output, cost_is_runtime=True)
    assert (found.status, found.runtime_s, found.quality) == (status, runtime_s, 0.0)


@pytest.mark.parametrize(
    ("output", "part"),
    [
        ("", "nothing was printed"),
        ("\n \n", "nothing was printed"),
        ("Inf\n", "'Inf' is not a finite number"),
        ("NaN 1\n", "not a finite number"),
        ("Infinity\n", "not a finite number"),
        ("cost 5\n", "'cost' is not a finite number"),
        ("1 2 3\n", "3 numbers"),
        ("1 -2\n", "time is negative"),
        ("5\ndone\n", "'done' is not a finite number"),
    ],
)
@pytest.mark.parametrize("cost_is_runtime", [False, True])
def test_what_no_cost_is(output: str, part: str, cost_is_runtime: bool) -> None:
    found = report(output, cost_is_runtime=cost_is_runtime)
    assert (found.status, found.runtime_s, found.quality) == (CRASHED, None, None)
    assert found.problem
    assert part in found.problem


def test_a_negative_runtime() -> None:
    assert "negative" in (report("-1\n", cost_is_runtime=True).problem or "")


@pytest.mark.parametrize("status", [1, -11])
def test_an_exit_status_that_tells_an_error(status: int) -> None:
    assert "found 1, but the program" in (report("1\n", exit_status=status).problem or "")


def test_what_came_on_standard_error_is_no_cost() -> None:
    assert (
        report("", n_output_bytes=5).problem
        == "nothing was printed to standard output, but to standard error"
    )
    assert report("").problem == "nothing was printed to standard output"


def test_a_cost_printed_before_the_run_was_killed_counts() -> None:
    assert report("0.5\n", ended_by="guard", exit_status=-15).quality == 0.5
