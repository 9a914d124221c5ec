from __future__ import annotations

import pytest

from bbopt.runs import RunResult, RunStatus
from bbopt.target import RuntimeSource, Timing
from bbopt.target.measured import AS_REPORTED, doubts
from bbopt.target.supervisor.wire import SupervisedRun

RUNTIME = Timing(is_objective=True)


def kinds(
    reported_s: float,
    timing: Timing = RUNTIME,
    status: RunStatus = RunStatus.SAT,
    *,
    n_processors: int | None = 4,
) -> set[str]:
    """The doubts about a run of 10 s that has used 20 s of CPU time."""
    run = SupervisedRun("exit", 0.0, 10.0, cpu_s=20.0, n_processors=n_processors)
    return set(doubts(run, RunResult(status, reported_s, -1.0, 0.0), timing))


@pytest.mark.parametrize("reported_s", [4.0, 10.0, 20.0, 40.0, 40.9])
def test_what_can_be_right(reported_s: float) -> None:
    """Wall time, CPU time, all processors' time, what was rounded up, or without the reading of the input."""
    assert kinds(reported_s) == set()


def test_more_than_all_processors_can_do() -> None:
    assert kinds(41.1) == {"impossible"}
    assert kinds(41.1, AS_REPORTED) == {"impossible"}
    assert kinds(41.1, n_processors=None) == set()


def test_far_below_what_was_used() -> None:
    assert kinds(3.9) == {"far below"}
    assert kinds(0.0, AS_REPORTED) == set()  # where quality counts, many report no time at all


@pytest.mark.parametrize("status", [RunStatus.TIMEOUT, RunStatus.CRASHED, RunStatus.KILLED])
def test_only_solved_runs_are_doubted(status: RunStatus) -> None:
    """A wrapper says the cutoff for a TIMEOUT, however long it took."""
    assert kinds(1000.0, status=status) == set()


@pytest.mark.parametrize("source", [RuntimeSource.CPUTIME, RuntimeSource.WALLTIME])
def test_a_report_that_does_not_count_is_not_doubted(source: RuntimeSource) -> None:
    assert kinds(1000.0, Timing(source, True)) == set()
