"""Programs that tell nothing but by their exit status."""

from __future__ import annotations

from typing import Any

import pytest

from bbopt.runs import RunStatus
from bbopt.target.answers import ExitStatusAnswer
from bbopt.target.answers.answer_format import TargetReport
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import request


def report(**seen: Any) -> TargetReport:
    facts = {"ended_by": "exit", "exit_status": 0, "wallclock_s": 3.0, "cpu_s": 2.5, **seen}
    return ExitStatusAnswer(7.0).report(request(cutoff_s=5.0), SupervisedRun(started_at=1.0, **facts))


def test_0_is_good() -> None:
    found = report()
    assert (found.status, found.runtime_s, found.quality) == (RunStatus.SAT, 2.5, 7.0)


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        ({"exit_status": 3}, "the program ended with exit status 3"),
        ({"exit_status": -9}, "the program was ended by signal SIGKILL"),
        ({"ended_by": "wall", "exit_status": -15}, "the program was not run to its end"),
        ({"ended_by": "spawn", "exit_status": None}, "the program was not run to its end"),
    ],
)
def test_all_else_is_not(seen: dict[str, Any], problem: str) -> None:
    found = report(**seen)
    assert (found.status, found.problem) == (RunStatus.CRASHED, problem)


def test_beyond_the_cutoff_it_took_too_long() -> None:
    assert report(cpu_s=6.0).status is RunStatus.TIMEOUT
