"""What counts as tried in vain."""

from __future__ import annotations

import pytest

from bbopt.engines.racers.attempts import Attempts
from bbopt.runs import Instance, Origin, Run, RunRequest, RunResult, RunStatus, RuntimeObjective
from tests.engines.spaces import branin

CUTOFF_S = 5.0


def run(name: str, status: RunStatus, runtime_s: float, cutoff_s: float = CUTOFF_S) -> Run:
    request = RunRequest(branin().default, Instance(name), 1, cutoff_s, 1, Origin("random", 0))
    return Run.valued(request, RunResult(status, runtime_s, 0, 0), RuntimeObjective(CUTOFF_S, 10))


@pytest.mark.parametrize(
    "last",
    [run("a", RunStatus.TIMEOUT, CUTOFF_S), run("a", RunStatus.CRASHED, 0.1), run("a", RunStatus.SAT, 5.5)],
)
def test_runs_with_the_whole_cutoff_count_until_somebody_solves_the_instance(last: Run) -> None:
    attempts = Attempts(CUTOFF_S)
    attempts.add(run("a", RunStatus.TIMEOUT, 1.0, cutoff_s=1.0))  # capped: it says nothing
    assert attempts.in_vain["a"] == 0
    for one in (last, last, run("b", RunStatus.SAT, 1.0), run("b", RunStatus.TIMEOUT, CUTOFF_S)):
        attempts.add(one)
    assert dict(attempts.in_vain) == {"a": 2}
    attempts.add(run("a", RunStatus.UNSAT, 4.9))
    attempts.add(last)
    assert attempts.in_vain["a"] == 0
