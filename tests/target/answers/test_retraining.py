"""The answer of a training on all data: what runs tell, or else the exit status."""

from __future__ import annotations

from typing import Any

import pytest

from bbopt.runs import RunStatus
from bbopt.target.answers import NO_QUALITY, ResultLineAnswer, RetrainingAnswer
from bbopt.target.answers.answer_format import TargetReport
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import request


def report(**seen: Any) -> TargetReport:
    facts = {"ended_by": "exit", "exit_status": 0, "wallclock_s": 3.0, "cpu_s": 2.5, **seen}
    answer = RetrainingAnswer(ResultLineAnswer(), 7.0)
    return answer.report(request(cutoff_s=5.0), SupervisedRun(started_at=1.0, **facts))


def test_what_is_told_counts() -> None:
    line = "Result of this algorithm run: SAT, 1, 0, 0.25, -1"
    found = report(result_lines=[line], n_result_lines=1)
    assert (found.status, found.quality, found.additional) == (RunStatus.SAT, 0.25, "")


def test_nothing_need_be_told() -> None:
    found = report()
    assert (found.status, found.quality, found.additional) == (RunStatus.SAT, 7.0, NO_QUALITY)


@pytest.mark.parametrize("seen", [{"exit_status": 3}, {"ended_by": "wall", "exit_status": -15}])
def test_a_failure_is_one(seen: dict[str, Any]) -> None:
    assert report(**seen).status is RunStatus.CRASHED
