from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

import pytest

from bbopt.errors import TargetAbortError
from bbopt.executors import FinishedRun, OnProgress, nobody
from bbopt.runs import Instance, Origin, QualityObjective, RunRequest, RunResult, RunStatus
from bbopt.space import parse_pcs
from bbopt.tuning import RunQueue, execute_once, run_queue
from tests.fakes import FakeBurst, FakeExecutor

SPACE = parse_pcs("x integer [0, 9] [0]\n")


def request(x: int) -> RunRequest:
    configuration = SPACE.configuration({"x": str(x)})
    return RunRequest(configuration, Instance("a"), 1, 2.0, 2147483647, Origin("model", 0))


def respond(asked: RunRequest) -> RunResult:
    status = {"1": RunStatus.ABORT, "2": RunStatus.CRASHED}.get(
        asked.configuration.values["x"], RunStatus.SAT
    )
    return RunResult(status, 0.25, 0, 0.5, reason="" if status is RunStatus.SAT else "it fell")


def x_of(finished: FinishedRun) -> int:
    return int(finished.request.configuration.values["x"])


def test_an_abort_is_raised_when_all_that_have_finished_are_handed_over() -> None:
    queue, handed = RunQueue(FakeBurst(respond, 3), QualityObjective()), list[int]()
    for x in (0, 1, 3):
        queue.submit(request(x))
    with pytest.raises(TargetAbortError, match="a run of the target algorithm answered ABORT"):
        queue.collect(None, lambda finished: handed.append(x_of(finished)))
    assert handed == [0, 3]
    assert queue.n_under_way == 0


def test_the_first_error_of_those_who_handle_runs_is_raised_at_the_end_likewise() -> None:
    queue, handed = RunQueue(FakeBurst(respond, 3), QualityObjective()), list[int]()

    def handle(finished: FinishedRun) -> None:
        handed.append(x_of(finished))
        raise TargetAbortError(f"number {len(handed)}")

    for x in (0, 3, 4):
        queue.submit(request(x))
    with pytest.raises(TargetAbortError, match="number 1"):
        queue.collect(None, handle)
    assert handed == [0, 3, 4]


def test_those_that_count_are_told_together_before_each_is_handled() -> None:
    told: list[object] = []
    queue = RunQueue(
        FakeBurst(respond, 3),
        QualityObjective(),
        on_ended=lambda ended: told.append([x_of(finished) for finished in ended]),
    )
    for x in (0, 1, 3):
        queue.submit(request(x))
    with pytest.raises(TargetAbortError):
        queue.collect(None, lambda finished: told.append(x_of(finished)))
    assert told == [[0, 3], 0, 3]
    queue.collect(0.0, lambda finished: told.append(x_of(finished)))
    assert told == [[0, 3], 0, 3]


def test_a_crash_is_tried_again_and_its_result_settled(caplog: pytest.LogCaptureFixture) -> None:
    executor, handed = FakeExecutor(respond), list[FinishedRun]()
    queue = RunQueue(executor, QualityObjective(1e9), retries=2, noun="trial")
    queue.submit(request(2))
    with caplog.at_level(logging.WARNING):
        while queue.n_under_way:
            queue.collect(None, handed.append)
    assert len(executor.submitted) == 3
    assert [finished.result.quality for finished in handed] == [1e9]
    assert caplog.messages == [f"trial crashed, trying again ({n} of 2): it fell" for n in (1, 2)]


def test_stopped_it_tries_nothing_again() -> None:
    executor, handed = FakeExecutor(respond), list[FinishedRun]()
    queue = RunQueue(executor, QualityObjective(), retries=2)
    queue.submit(request(2))
    queue.stop()
    queue.collect(None, handed.append)  # woken
    queue.collect(None, handed.append)
    assert (len(handed), queue.n_under_way) == (1, 0)


@pytest.mark.parametrize("is_handed_over", [True, False])
def test_what_was_killed_counts_as_never_started(is_handed_over: bool) -> None:
    executor, handed = FakeExecutor(respond, 2), list[FinishedRun]()
    queue = RunQueue(executor, QualityObjective())
    queue.submit(request(0))
    queue.submit(request(3))
    queue.end(handed.append if is_handed_over else None)
    assert (handed, queue.n_under_way, executor.n_free) == ([], 0, 2)


@pytest.mark.parametrize(("n_parallel", "expected"), [(None, 4), (2, 2), (9, 4)])
def test_it_uses_so_many_slots(n_parallel: int | None, expected: int) -> None:
    queue = RunQueue(FakeExecutor(respond, 4), QualityObjective(), n_parallel=n_parallel)
    while queue.n_free:
        queue.submit(request(0))
    assert queue.n_under_way == queue.n_slots == expected


@pytest.mark.parametrize(("n_parallel", "expected"), [(None, [1, 4, 2]), (3, [1, 3, 2])])
def test_slots_come_and_go_with_the_workers_of_a_cluster(n_parallel: int | None, expected: list[int]) -> None:
    executor = FakeExecutor(respond, 1)
    queue = RunQueue(executor, QualityObjective(), n_parallel=n_parallel)
    found = []
    for executor.n_slots in (1, 4, 2):
        while queue.n_free:
            queue.submit(request(0))
        found.append(queue.n_slots)
    assert found == expected
    assert queue.n_under_way == max(expected)


def test_a_single_run_may_be_a_failure_of_any_kind() -> None:
    executor = FakeExecutor(respond)
    found = [execute_once(executor, request(x)).result.status for x in (0, 1, 2)]
    assert found == [RunStatus.SAT, RunStatus.ABORT, RunStatus.CRASHED]
    executor.wake()
    assert execute_once(executor, request(0)).result.status is RunStatus.KILLED


class FakeFull(FakeExecutor):
    """A disk is full for the first few runs that are started."""

    n_full = 0

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        finished = super().wait(timeout_s, on_progress)
        return [replace(run, lacks_room=run.ticket < self.n_full) for run in finished]


@pytest.mark.parametrize(("n_full", "n_tries"), [(2, 3), (9, 6)])
def test_a_full_disk_is_waited_for_as_with_records(
    n_full: int, n_tries: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run_queue, "RETRIES_S", (0.0,) * 5)
    executor, handed = FakeFull(respond), list[int]()
    executor.n_full = n_full
    queue = RunQueue(executor, QualityObjective())
    queue.submit(request(2))
    while queue.n_under_way:
        queue.collect(None, lambda finished: handed.append(x_of(finished)))
    assert (len(executor.submitted), handed) == (n_tries, [2])
    assert caplog.messages == ["it fell; trying again in 0.0 s"] * (n_tries - 1)


def test_who_is_stopped_does_not_wait_for_room() -> None:
    executor = FakeFull(respond)
    executor.n_full = 9
    queue = RunQueue(executor, QualityObjective())
    queue.submit(request(2))
    queue.stop()
    executor.woken = False
    queue.collect(None, lambda _: None)
    assert (len(executor.submitted), queue.n_under_way) == (1, 0)


class FakeInterrupted(FakeExecutor):
    """An interrupt comes when the first request to end has reached the first of the runs."""

    def __init__(self) -> None:
        super().__init__(respond, 3)
        self.n_asked = dict.fromkeys(range(3), 0)
        self._is_interrupted = False

    def cancel(self, tickets: Iterable[int] | None = None) -> None:
        super().cancel(tickets)
        for ticket in self._running if tickets is None else tickets:
            self.n_asked[ticket] += 1
            if not self._is_interrupted:
                self._is_interrupted = True
                raise KeyboardInterrupt


def test_an_interrupt_asks_all_runs_to_end_at_once() -> None:
    """Asked a second time, an executor does not wait for the time of grace."""
    executor = FakeInterrupted()
    queue = RunQueue(executor, QualityObjective())
    for x in (0, 3, 4):
        queue.submit(request(x))
    with pytest.raises(KeyboardInterrupt), queue.ending(lambda finished: None):
        pass
    assert min(executor.n_asked.values()) == 2
    assert queue.n_under_way == 0
