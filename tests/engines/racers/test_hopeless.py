"""Runs that are given up under a racer: what the racer is told, whom it stands by, what a replay comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbopt.engines import Engine, Problem
from bbopt.engines.proposers import DesignProposer, random_search
from bbopt.engines.racers import HopelessEngine, RacingEngine, RacingSettings, UnracedEngine, by_curve
from bbopt.runs import (
    ENDED_AS_HOPELESS,
    Curve,
    Instance,
    InstanceSet,
    QualityObjective,
    RunRequest,
    RunResult,
    RunStatus,
)
from bbopt.space import parse_pcs

SPACE = parse_pcs("x real [0, 100] [1]\n")
EPOCHS = range(1, 17)
INSTANCES = InstanceSet((Instance("a"), Instance("b")))
DETERMINISTIC = Problem(SPACE, QualityObjective(), (SPACE.default,), None, seed=1)
NOISY = replace(DETERMINISTIC, deterministic=False)
OVER_INSTANCES = replace(DETERMINISTIC, instances=INSTANCES)


def course(request: RunRequest) -> list[float]:
    """Falls to x, and to ten times as much on instance b; with seeds a little more or less."""
    x = float(request.configuration.active_values["x"])
    x = x * (10 if request.instance.name == "b" else 1) + (request.seed % 7) * 1e-3
    return [x + (1 / step - 1 / 16) for step in EPOCHS]


class Search:
    """Drives an engine, and keeps what came of it as a record does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.record: list[tuple[RunRequest, RunResult]] = []

    def execute(self, request: RunRequest) -> RunResult:
        values = course(request)
        result = RunResult(RunStatus.SAT, 1.0, 0, values[-1], curve=Curve(EPOCHS, values))
        for n in EPOCHS[:-1]:
            curve = Curve(EPOCHS[:n], values[:n])
            why = self.engine.progressed(request, curve)
            if why is not None:
                reason = f"{ENDED_AS_HOPELESS}: {why}"
                return RunResult(RunStatus.KILLED, 1.0, 0, values[n - 1], reason=reason, curve=curve)
        return result

    def run(self, n: int) -> Search:
        for _ in range(n):
            request = self.engine.ask()
            if request is None:
                break
            self.tell(request, self.execute(request))
        return self

    def tell(self, request: RunRequest, result: RunResult) -> None:
        self.record.append((request, result))
        self.engine.tell(request, result)
        incumbent = self.engine.incumbent
        if incumbent is not None:
            whole = {run.key for run, result in self.record if not result.is_hopeless}
            assert {(incumbent.configuration, pair) for pair in incumbent.standing.costs} <= whole

    @property
    def hopeless(self) -> list[RunRequest]:
        return [request for request, result in self.record if result.is_hopeless]


def raced(problem: Problem) -> Engine:
    racer = RacingEngine(random_search(problem), problem, RacingSettings(growth=(1.0, 1.0)))
    return HopelessEngine(racer, problem, by_curve)


@pytest.mark.parametrize("problem", [DETERMINISTIC, NOISY, OVER_INSTANCES])
def test_what_can_not_win_is_given_up_and_the_best_stays(problem: Problem) -> None:
    search = Search(raced(problem)).run(60)
    assert len(search.record) == 60
    assert len(search.hopeless) > 20
    assert search.engine.incumbent is not None
    best = search.engine.incumbent.configuration
    tried = [request.configuration for request, _ in search.record]
    finals = {configuration: float(configuration.active_values["x"]) for configuration in tried}
    assert finals[best] == min(finals.values())
    assert best not in {request.configuration for request in search.hopeless}


@pytest.mark.parametrize("problem", [DETERMINISTIC, NOISY, OVER_INSTANCES])
def test_a_record_with_hopeless_runs_replays(problem: Problem) -> None:
    search = Search(raced(problem)).run(40)
    fresh = raced(problem)
    for request, result in search.record:
        fresh.tell(request, result)
    assert fresh.incumbent == search.engine.incumbent
    assert fresh.ask() == search.engine.ask()


def test_first_and_audited_runs_are_spared() -> None:
    search = Search(raced(DETERMINISTIC)).run(200)
    given_up = {request.origin.proposal for request in search.hopeless}
    assert not given_up & {0, 1, 2}
    assert 5 < 200 - len(given_up) < 60


def test_the_model_is_told_what_is_expected_and_never_better_than_the_best() -> None:
    told: list[float] = []

    class Listening(RacingEngine):
        def tell(self, request: RunRequest, result: RunResult) -> None:
            told.append(result.quality)
            super().tell(request, result)

    racer = Listening(random_search(DETERMINISTIC), DETERMINISTIC, RacingSettings())
    search = Search(HopelessEngine(racer, DETERMINISTIC, by_curve)).run(60)
    best = min(result.quality for _, result in search.record if not result.is_hopeless)
    for (request, result), quality in zip(search.record, told, strict=True):
        if result.is_hopeless:
            assert best < quality <= result.quality
            assert quality == pytest.approx(course(request)[-1], abs=0.5)
        else:
            assert quality == result.quality
    assert (
        sum(quality < result.quality for (_, result), quality in zip(search.record, told, strict=True)) > 20
    )


def test_a_guess_that_looks_better_is_made_again_in_full_before_it_takes_over() -> None:
    """As after another search, or an earlier life, had judged otherwise."""
    racer = RacingEngine(random_search(DETERMINISTIC), DETERMINISTIC, RacingSettings())
    engine = HopelessEngine(racer, DETERMINISTIC, by_curve)
    search = Search(racer)  # which takes results as they are
    search.run(1)
    request = search.engine.ask()
    assert request is not None
    hopeless = RunResult(RunStatus.KILLED, 1.0, 0, 0.5, reason=f"{ENDED_AS_HOPELESS}: it seemed so")
    search.tell(request, hopeless)
    assert racer.incumbent is not None
    assert racer.incumbent.configuration == SPACE.default
    again = search.engine.ask()
    assert again is not None
    assert again.key == request.key
    engine.learn(request, hopeless)
    values = course(again)
    assert all(engine.progressed(again, Curve(EPOCHS[:n], values[:n])) is None for n in EPOCHS)
    search.tell(again, replace(hopeless, status=RunStatus.SAT, reason="", quality=0.5))
    assert racer.incumbent.configuration == request.configuration


def test_a_record_that_begins_with_a_hopeless_run_has_no_incumbent_until_it_is_made_again() -> None:
    engine = raced(DETERMINISTIC)
    first = raced(DETERMINISTIC).ask()
    assert first is not None
    engine.tell(first, RunResult(RunStatus.KILLED, 1.0, 0, 0.5, reason=f"{ENDED_AS_HOPELESS}: it seemed so"))
    assert engine.incumbent is None
    again = engine.ask()
    assert again is not None
    assert again.key == first.key
    engine.tell(again, RunResult(RunStatus.SAT, 1.0, 0, 0.75))
    assert engine.incumbent is not None
    assert engine.incumbent.cost == 0.75


def test_a_design_goes_on_and_its_best_came_to_its_end() -> None:
    rows = tuple(SPACE.configuration({"x": str(x)}) for x in (2, 1.5, 1, 3, 90, 80, 0.75, 70, 60, 50))
    problem = replace(DETERMINISTIC, given=rows)
    engine = HopelessEngine(
        UnracedEngine(DesignProposer(rows, "csv"), problem, repeats=True), problem, by_curve
    )
    search = Search(engine).run(20)
    assert [request.configuration for request, _ in search.record] == list(rows)
    given_up = {float(request.configuration.active_values["x"]) for request in search.hopeless}
    assert given_up
    assert given_up <= {3, 90, 80, 70, 60, 50}
    assert engine.incumbent is not None
    assert engine.incumbent.configuration == rows[6]


def test_without_a_course_nothing_is_given_up() -> None:
    search = Search(raced(DETERMINISTIC)).run(10)
    request = search.engine.ask()
    assert request is not None
    assert search.engine.progressed(request, Curve()) is None
