"""The executor without processes, with evaluators made for the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.executors import FinishedRun, InProcessExecutor
from bbopt.runs import RunRequest, RunResult, RunStatus
from tests.contracts.executor_contract import ExecutorContract, collect
from tests.target.processes import open_fds, request


class QuickBelow100:
    """Answers with the seed, and from seed 100 on never."""

    description = "seeds"

    def evaluate(self, request: RunRequest) -> RunResult | None:
        if request.seed >= 100:
            return None
        return RunResult(RunStatus.SAT, 1.0, 2.0, request.seed)


class Always:
    """Answers every run with `result`."""

    description = "one result"

    def __init__(self, result: RunResult) -> None:
        self._result = result

    def evaluate(self, request: RunRequest) -> RunResult:
        return self._result


class TestContract(ExecutorContract):
    def make_answering(self, directory: Path, n_slots: int) -> InProcessExecutor:
        return InProcessExecutor(QuickBelow100(), n_slots)


def execute(result: RunResult, cutoff_s: float = 5.0) -> FinishedRun:
    with InProcessExecutor(Always(result)) as executor:
        executor.submit(request(cutoff_s=cutoff_s))
        return collect(executor, 1)[0]


@pytest.mark.parametrize("status", [RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT])
@pytest.mark.parametrize(("runtime_s", "ends_early"), [(0.0, True), (4.99, True), (5.0, False), (7.0, False)])
def test_the_cutoff_bounds_a_run(status: RunStatus, runtime_s: float, ends_early: bool) -> None:
    result = execute(RunResult(status, runtime_s, -1.0, 0.25)).result
    expected = (status, runtime_s) if ends_early else (RunStatus.TIMEOUT, 5.0)
    assert (result.status, result.runtime_s) == expected
    assert result.quality == 0.25


@pytest.mark.parametrize("status", [RunStatus.CRASHED, RunStatus.ABORT])
def test_a_failure_is_no_timeout(status: RunStatus) -> None:
    result = execute(RunResult(status, 7.0, -1.0, 0.25, reason="why")).result
    assert (result.status, result.runtime_s, result.reason) == (status, 7.0, "why")


def test_the_output_is_the_line_that_a_target_would_print() -> None:
    run = execute(RunResult(RunStatus.SAT, 1.5, -1.0, 0.25, "more"))
    assert run.output == "Result for SMAC: SAT, 1.5, -1.0, 0.25, 7, more\n"


def test_a_cancelled_run_is_killed_after_the_time_that_it_had() -> None:
    times = iter([100.0, 103.5])
    with InProcessExecutor(QuickBelow100(), clock=lambda: next(times), crashed_quality=77.0) as executor:
        executor.submit(request(107))
        executor.cancel()
        run = collect(executor, 1)[0]
    assert (run.result.status, run.result.quality, run.output) == (RunStatus.KILLED, 77.0, "")
    assert (run.result.started_at, run.result.wallclock_s) == (100.0, 3.5)


def test_a_run_that_has_ended_keeps_its_result_when_cancelled() -> None:
    with InProcessExecutor(QuickBelow100()) as executor:
        executor.submit(request(7))
        executor.cancel()
        assert collect(executor, 1)[0].result.status is RunStatus.SAT


def test_finished_runs_come_in_spite_of_others_that_never_end() -> None:
    with InProcessExecutor(QuickBelow100(), 3) as executor:
        executor.submit(request(107))
        tickets = [executor.submit(request(7)) for _ in range(2)]
        assert [run.ticket for run in executor.wait(None)] == tickets
        assert executor.n_free == 2


def test_at_least_one_slot() -> None:
    with pytest.raises(ValueError, match="n_slots"):
        InProcessExecutor(QuickBelow100(), 0)


def test_no_file_stays_open() -> None:
    before = open_fds()
    with InProcessExecutor(QuickBelow100()):
        assert open_fds() > before
    assert open_fds() == before
