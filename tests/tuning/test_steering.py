"""Runs under way as people see and end them, without any process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bbopt.executors import FinishedRun, RunNumbers, RunProgress
from bbopt.runs import ENDED_AS_HOPELESS, ENDED_BY_USER, Curve, RunResult, RunStatus
from bbopt.stores import Request, RequestKind, RunUnderWay
from bbopt.target.supervisor.metric_series import MAX_POINTS
from bbopt.tuning import named_runs as module
from bbopt.tuning.named_runs import NamedRuns
from bbopt.tuning.steering import LOOK_S, Steering
from tests.fakes import FakeExecutor, FakeTime
from tests.stores.memory_store import MemoryStore
from tests.stores.searches import RESULT, asked

KILLED = replace(RESULT, status=RunStatus.KILLED)
RUN = RunUnderWay("1-1", 0, 0.0, "-x 1")


class Cancelling(FakeExecutor):
    """Writes down which runs are to be killed."""

    def __init__(self) -> None:
        super().__init__(lambda _: RESULT, n_slots=9)
        self.cancelled: list[list[int]] = []

    def cancel(self, tickets=None) -> None:  # type: ignore[no-untyped-def]
        self.cancelled.append(list(tickets))


class Runs:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)
        self.executor = Cancelling()
        self.named = NamedRuns(self.executor, RunNumbers("7", lambda: 3))
        for ticket in range(3):
            self.named.started(ticket, asked(ticket))

    def names(self) -> list[str]:
        return [f"{run.name}/{run.slot}" for run in self.named.under_way]

    def ended(self, ticket: int, result: RunResult = RESULT) -> RunResult:
        return self.named.ended(FinishedRun(ticket, asked(ticket), result, "")).result


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(monkeypatch)


def test_names_go_on_and_slots_are_used_again(runs: Runs) -> None:
    assert runs.names() == ["7-4/0", "7-5/1", "7-6/2"]
    assert runs.ended(1).run_id == "7-5"
    runs.named.started(3, asked(3))
    assert runs.names() == ["7-4/0", "7-6/2", "7-7/1"]
    assert runs.ended(99).run_id == ""


def test_a_run_is_asked_to_end_and_killed_once_later(runs: Runs) -> None:
    runs.named.end(["7-5", "7-1"], "me@here", 0.5)
    runs.named.end(["7-5"], "you", 9.0)
    runs.named.kill_overdue()
    assert runs.executor.cancelled == [[1]]
    runs.now = 0.6
    runs.named.kill_overdue()
    runs.named.kill_overdue()
    assert runs.executor.cancelled == [[1], [1]]
    result = runs.ended(1, KILLED)
    assert (result.status, result.reason) == (RunStatus.CRASHED, f"{ENDED_BY_USER} (me@here)")
    runs.named.kill_overdue()
    assert runs.executor.cancelled == [[1], [1]]


def test_a_run_is_given_up_once_and_the_first_reason_is_kept(runs: Runs) -> None:
    runs.named.give_up(1, "worse than most")
    runs.named.give_up(1, "worse than all")
    runs.named.end(["7-5"], "me", 0.5)
    runs.now = 99.0
    runs.named.kill_overdue()
    assert runs.executor.cancelled == [[1]]
    result = runs.ended(1, KILLED)
    assert (result.status, result.reason) == (RunStatus.KILLED, f"{ENDED_AS_HOPELESS}: worse than most")
    assert result.is_hopeless
    runs.named.end(["7-6"], "me", 0.5)
    runs.named.give_up(2, "worse than most")
    assert not runs.ended(2, KILLED).is_hopeless
    runs.named.give_up(99, "is long over")
    runs.named.give_up(0, "worse than most")
    assert runs.ended(0).status is RunStatus.SAT


def test_the_course_of_a_run_is_kept_thinned(runs: Runs) -> None:
    def told(n: int, step: int, value: float, ticket: int = 1) -> Curve | None:
        return runs.named.progressed(RunProgress(ticket, asked(ticket), n, step, value))

    assert told(1, 3, 0.5) == Curve([3], [0.5])
    assert told(2, 3, 0.4) == Curve([3], [0.4])
    assert told(3, 1, 0.25) == Curve([3, 1], [0.4, 0.25])
    assert told(4, 9, 0.0, ticket=99) is None
    for n in range(4, 5000):
        curve = told(n, n, 1.0 / n)
        assert curve is not None
        assert len(curve) <= MAX_POINTS
        assert list(curve)[-1] == (n, 1.0 / n)
    assert runs.named.under_way[1].latest == "0.00020004 (step 4999)"
    runs.named.give_up(1, "worse than most")
    assert told(5000, 5000, 0.0) is None


def test_who_was_faster_keeps_the_own_result(runs: Runs) -> None:
    runs.named.end(["7-5"], "me", 0.5)
    assert runs.ended(1).status is RunStatus.SAT
    assert runs.ended(2, KILLED).status is RunStatus.KILLED


def test_looks_are_rare_and_tell_only_what_is_new() -> None:
    control, clock = MemoryStore().control(1), FakeTime()
    steering = Steering(control, lambda: clock.wall_s)
    n_asked = 0

    def under_way() -> list[RunUnderWay]:
        nonlocal n_asked
        n_asked += 1
        return [RUN]

    def look(at_s: float, of: Callable[[], list[RunUnderWay]] = under_way) -> list[Request]:
        clock.wall_s = at_s
        return steering.look(of)

    stop = Request(RequestKind.STOP, ("1-1",))
    assert look(0.0) == []
    assert control.under_way == (RUN,)
    control.ask(stop)
    assert look(LOOK_S / 2) == []
    assert look(LOOK_S) == [stop]
    assert n_asked == 2
    steering.put_back(stop)
    assert look(2 * LOOK_S) == [stop]
    assert look(3 * LOOK_S) == []
    steering.end()
    assert control.under_way == ()
