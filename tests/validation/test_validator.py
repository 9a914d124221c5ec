from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import pytest

from bbopt.errors import TargetAbortError
from bbopt.runs import (
    Instance,
    Origin,
    QualityObjective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from bbopt.scenario import AnswerChecks
from bbopt.space import parse_pcs
from bbopt.tuning import Answers
from bbopt.validation import Validator
from tests.fakes import FakeBurst, FakeExecutor, FakeTorn

SPACE = parse_pcs("x integer [0, 9] [0]\n")


def request(x: int, instance: str = "a", seed: int = 1) -> RunRequest:
    configuration = SPACE.configuration({"x": str(x)})
    return RunRequest(configuration, Instance(instance), seed, 2.0, 2147483647, Origin("validation", 0))


def result(status: RunStatus = RunStatus.SAT, quality: float = 0.5, reason: str = "") -> RunResult:
    return RunResult(status, 0.25, 0, quality, reason=reason)


class Notes:
    def __init__(self) -> None:
        self.told: list[object] = []
        self.on_run: Callable[[], None] = lambda: None

    def validation_started(self, n_runs: int, noun: str) -> None:
        self.told.append(("started", n_runs))

    def validation_run_finished(self, run: Run, n_finished: int) -> None:
        self.told.append(n_finished)
        self.on_run()

    def validation_ended(self) -> None:
        self.told.append("ended")


def test_every_run_is_made_once() -> None:
    executor, notes = FakeExecutor(lambda _: result()), Notes()
    requests = [request(1), request(2), request(1), request(1, "b"), request(1, seed=2), request(2)]
    validator = Validator(executor, QualityObjective(), observers=[notes])
    validator.run(requests)
    assert executor.submitted == [request(1), request(2), request(1, "b"), request(1, seed=2)]
    assert len(validator.runs) == 4
    assert validator.runs[request(2).key].cost == 0.5
    assert notes.told == [("started", 4), 1, 2, 3, 4, "ended"]


@pytest.mark.parametrize(("n_parallel", "most"), [(None, 4), (2, 2), (9, 4)])
def test_so_many_at_a_time(n_parallel: int | None, most: int) -> None:
    executor = FakeExecutor(lambda _: result(), n_slots=4)
    under_way: list[int] = []
    executor.on_wait = lambda: under_way.append(executor.n_slots - executor.n_free)
    Validator(executor, QualityObjective(), n_parallel=n_parallel).run(map(request, range(9)))
    assert max(under_way) == most


def test_crashes_and_timeouts_are_results(caplog: pytest.LogCaptureFixture) -> None:
    answers = {
        0: result(RunStatus.CRASHED, reason="it fell"),
        1: result(RunStatus.TIMEOUT),
        2: result(RunStatus.SAT),
    }
    executor = FakeExecutor(lambda asked: answers[int(asked.configuration.values["x"])])
    validator = Validator(executor, RuntimeObjective(2.0, 10))
    with caplog.at_level(logging.WARNING):
        validator.run(map(request, range(3)))
    assert [run.cost for run in validator.runs.values()] == [20.0, 20.0, 0.25]
    assert caplog.messages == ["validation run on a with seed 1 crashed: it fell"]


def test_crashed_qualities_are_settled_as_in_the_search() -> None:
    validator = Validator(FakeExecutor(lambda _: result(RunStatus.CRASHED)), QualityObjective(1e9))
    validator.run([request(1)])
    assert [run.result.quality for run in validator.runs.values()] == [1e9]


@pytest.mark.parametrize(("retries", "expected"), [(0, RunStatus.CRASHED), (2, RunStatus.SAT)])
def test_crashes_are_retried(retries: int, expected: RunStatus) -> None:
    answers = iter([result(RunStatus.CRASHED), result(RunStatus.CRASHED), result()])
    validator = Validator(FakeExecutor(lambda _: next(answers)), QualityObjective(), retries=retries)
    validator.run([request(1)])
    assert [run.result.status for run in validator.runs.values()] == [expected]


@pytest.mark.parametrize("kind", [FakeExecutor, FakeBurst])
def test_abort_ends_it_and_what_is_finished_stays(kind: type[FakeExecutor]) -> None:
    def answer(asked: RunRequest) -> RunResult:
        return result(RunStatus.ABORT if asked.configuration.values["x"] == "1" else RunStatus.SAT)

    executor, notes = kind(answer, n_slots=3), Notes()
    validator = Validator(executor, QualityObjective(), observers=[notes])
    with pytest.raises(TargetAbortError, match="a validation run of the target algorithm answered ABORT"):
        validator.run(map(request, range(5)))
    assert request(0).configuration in {configuration for configuration, _ in validator.runs}
    assert executor.n_free == 3
    assert notes.told[-1] == "ended"


@pytest.mark.parametrize("kind", [FakeExecutor, FakeBurst])
def test_contradicting_answers_end_it_and_what_is_finished_stays(kind: type[FakeExecutor]) -> None:
    def answer(asked: RunRequest) -> RunResult:
        return result(RunStatus.UNSAT if asked.configuration.values["x"] == "1" else RunStatus.SAT)

    executor = kind(answer, n_slots=3)
    validator = Validator(executor, QualityObjective(), answers=Answers(AnswerChecks(), str))
    with pytest.raises(TargetAbortError, match="instance a contradict each other"):
        validator.run(map(request, range(5)))
    kept = {configuration.values["x"] for configuration, _ in validator.runs}
    assert {"0", "1"} <= kept
    assert kind is FakeExecutor or len(kept) == 3
    assert executor.n_free == 3


@pytest.mark.parametrize("kind", [FakeExecutor, FakeBurst])
def test_stopped_it_ends_without_running_targets(kind: type[FakeExecutor]) -> None:
    executor, notes = kind(lambda _: result(), n_slots=2), Notes()
    validator = Validator(executor, QualityObjective(), observers=[notes])
    notes.on_run = validator.stop
    validator.run(map(request, range(9)))
    assert 1 <= len(validator.runs) <= 2
    assert executor.n_free == 2
    assert len(executor.submitted) <= 3


def test_stopped_before_it_starts_it_runs_nothing() -> None:
    executor = FakeExecutor(lambda _: result())
    validator = Validator(executor, QualityObjective())
    validator.stop()
    validator.run([request(1)])
    assert executor.submitted == []


def test_a_second_interrupt_leaves_nothing_running() -> None:
    executor = FakeExecutor(lambda _: result(), n_slots=3)
    interrupts: Iterable[None] = iter([None])

    def interrupt() -> None:
        for _ in interrupts:
            raise KeyboardInterrupt

    executor.on_wait = interrupt
    with pytest.raises(KeyboardInterrupt):
        Validator(executor, QualityObjective()).run(map(request, range(5)))
    assert executor.n_free == 3


def test_an_end_that_a_second_interrupt_tears_away_is_not_waited_for() -> None:
    validator = Validator(FakeTorn(lambda _: result()), QualityObjective())
    with pytest.raises(KeyboardInterrupt):
        validator.run(map(request, range(9)))
    assert len(validator.runs) == 4
