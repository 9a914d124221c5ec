"""The search with budgets, on curves that are made up."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.engines.racers.budget_search import BudgetSearchEngine, BudgetSearchSettings
from bbopt.runs import (
    ENDED_AS_HOPELESS,
    NO_INSTANCE,
    Curve,
    Instance,
    InstanceSet,
    Origin,
    QualityObjective,
    RunRequest,
    RunResult,
    RunStatus,
)
from bbopt.space import Configuration, parse_pcs
from tests.engines.spaces import BRANIN, MIXED, answer

TOP = 32
Curves = Callable[[RunRequest], float]


def genuine(request: RunRequest) -> float:
    """Falls towards the configuration's own value."""
    return answer(request).quality + 60.0 / request.runlength


def reversed_below_half(request: RunRequest) -> float:
    """What is best at low budgets is worst at high ones."""
    value = genuine(request)
    return value if 2 * request.runlength > TOP else 100.0 - value


def problem_of(text: str = BRANIN, seed: int = 1, **changes: object) -> Problem:
    space = parse_pcs(text)
    problem = Problem(space, QualityObjective(), (space.default,), budget=None, seed=seed, runlength=TOP)
    return dataclasses.replace(problem, **changes)  # type: ignore[arg-type]


def engine_of(problem: Problem, *, goes_on: bool = True, explored: float | None = None) -> BudgetSearchEngine:
    settings = BudgetSearchSettings.between(1, TOP, goes_on=goes_on)
    if explored is not None:
        settings = dataclasses.replace(settings, explored=explored)
    return BudgetSearchEngine(
        problem,
        settings,
        lambda box: RacingEngine(model_search(box, ModelSettings()), box, RacingSettings()),
    )


def drive(engine: BudgetSearchEngine, n: int, costs: Curves = genuine) -> list[tuple[RunRequest, RunResult]]:
    runs = []
    for _ in range(n):
        request = engine.ask()
        if request is None:
            break
        runs.append((request, RunResult(RunStatus.SAT, 0.1, 0, costs(request))))
        engine.tell(*runs[-1])
    return runs


def work(runs: list[tuple[RunRequest, RunResult]]) -> float:
    """In runs in full, where every run goes on from the one before."""
    done: Counter[Configuration] = Counter()
    for request, _ in runs:
        done[request.configuration] = max(done[request.configuration], request.runlength)
    return sum(done.values()) / TOP


def test_it_begins_with_cheap_runs_and_recommends_one_in_full() -> None:
    engine = engine_of(problem_of())
    runs = drive(engine, 5)
    assert [request.runlength for request, _ in runs] == [1] * 5
    assert runs[0][0].configuration.is_default
    runs += drive(engine, 100)
    levels = {request.runlength for request, _ in runs}
    assert levels == {1, 2, 4, 8, 16, 32}
    in_full = [result.quality for request, result in runs if request.runlength == TOP]
    assert engine.incumbent is not None
    assert engine.incumbent.cost == min(in_full)
    assert min(in_full) < 4.0
    assert len(in_full) < 0.5 * len({request.configuration for request, _ in runs})


def test_a_configuration_climbs_level_by_level_and_never_comes_back_in_full() -> None:
    runs = drive(engine_of(problem_of(), explored=3.0), 80)
    assert len({request.key for request, _ in runs}) == len(runs)
    climbed: dict[Configuration, list[int]] = {}
    for request, _ in runs:
        climbed.setdefault(request.configuration, []).append(request.runlength)
    for lengths in climbed.values():
        assert lengths == sorted(lengths)


def test_a_run_that_pays_anew_is_made_in_full_at_once_when_the_ordinary_engine_proposes() -> None:
    engine = engine_of(problem_of(), goes_on=False, explored=3.0)
    runs = drive(engine, 80)
    kinds = [request.runlength for request, _ in runs]
    assert set(kinds) == {1, 4, 11, 32}
    assert set(kinds[-20:]) == {TOP}


def test_low_budgets_that_mislead_are_given_up() -> None:
    engine = engine_of(problem_of())
    runs = drive(engine, 60, reversed_below_half)
    first = next(place for place, (request, _) in enumerate(runs) if request.runlength == TOP)
    assert work(runs[:first]) < 6
    assert {request.runlength for request, _ in runs[-20:]} == {TOP}
    ended = {request.configuration for request, _ in runs if request.runlength == TOP}
    assert {request.configuration for request, _ in runs[:5]} <= ended
    assert engine.incumbent is not None
    assert engine.incumbent.cost == min(r.quality for request, r in runs if request.runlength == TOP)


@pytest.mark.parametrize(
    ("text", "costs", "goes_on"),
    [
        (BRANIN, genuine, True),
        (MIXED, reversed_below_half, False),
        pytest.param(MIXED, genuine, True, marks=pytest.mark.slow),
        pytest.param(BRANIN, reversed_below_half, True, marks=pytest.mark.slow),
        pytest.param(BRANIN, genuine, False, marks=pytest.mark.slow),
    ],
)
def test_a_record_brings_a_fresh_engine_to_its_end(text: str, costs: Curves, goes_on: bool) -> None:
    problem = problem_of(text)
    runs = drive(engine_of(problem, goes_on=goes_on, explored=2.0), 60, costs)
    for n in (1, 6, 9, 20, 33, 34, 48):
        fresh = engine_of(problem, goes_on=goes_on, explored=2.0)
        for request, result in runs[:n]:
            fresh.tell(request, result)
        assert fresh.ask() == runs[n][0]


def test_several_runs_at_once_are_different_ones_and_none_is_lost() -> None:
    engine = engine_of(problem_of(), explored=2.0)
    running: list[RunRequest] = []
    seen = set()
    for _ in range(90):
        while len(running) < 4:
            request = engine.ask()
            assert request is not None
            assert request.key not in seen
            assert len({one.configuration for one in (*running, request)}) == len(running) + 1
            seen.add(request.key)
            running.append(request)
        request = running.pop(len(seen) % 4)
        engine.tell(request, RunResult(RunStatus.SAT, 0.1, 0, genuine(request)))
    assert engine.incumbent is not None
    assert engine.incumbent.cost < 20


def test_who_crashes_goes_no_further() -> None:
    engine = engine_of(problem_of(), explored=3.0)
    crashed: set[Configuration] = set()
    n = 0
    while n < 60:
        request = engine.ask()
        assert request is not None
        assert request.configuration not in crashed
        fails = answer(request).quality > 60
        if fails:
            crashed.add(request.configuration)
        status = RunStatus.CRASHED if fails else RunStatus.SAT
        engine.tell(request, RunResult(status, 0.1, 0, 1e9 if fails else genuine(request)))
        n += 1
    assert crashed
    assert engine.incumbent is not None
    assert engine.incumbent.cost < 20


def test_all_may_crash() -> None:
    engine = engine_of(problem_of())
    for _ in range(25):
        request = engine.ask()
        assert request is not None
        engine.tell(request, RunResult(RunStatus.CRASHED, 0.1, 0, 1e9))
    assert engine.incumbent is not None
    assert engine.incumbent.configuration.is_default


def test_checkpoints_are_kept_of_those_that_may_go_on() -> None:
    engine = engine_of(problem_of(), explored=3.0)
    kept: dict[Configuration, bool] = {}
    proposals: dict[Configuration, int] = {}
    for _ in range(100):
        request = engine.ask()
        assert request is not None
        number = proposals.setdefault(request.configuration, request.origin.proposal)
        is_proposed_anew = request.origin.proposal != number  # a corner of the cube, say
        assert kept.get(request.configuration, True) or is_proposed_anew
        engine.tell(request, RunResult(RunStatus.SAT, 0.1, 0, genuine(request)))
        kept = {known: engine.may_return(known) for known in (*kept, request.configuration)}
    assert sum(kept.values()) < 3


def test_what_others_have_run_is_known_and_theirs_is_no_incumbent() -> None:
    problem = problem_of()
    engine, other = engine_of(problem), engine_of(problem_of(seed=2))
    theirs = drive(other, 30)
    for request, result in theirs:
        engine.learn(request, result)
    assert engine.incumbent is None
    runs = drive(engine, 12)
    own = {request.configuration for request, _ in runs}
    assert len(own & {request.configuration for request, _ in theirs}) <= 1  # both begin with the default
    assert runs[1][0].configuration != theirs[1][0].configuration


def test_a_suggestion_is_run_in_full_at_once() -> None:
    engine = engine_of(problem_of())
    drive(engine, 9)
    best = problem_of().space.configuration({"x1": "3.14159", "x2": "2.275"})
    engine.suggest(best)
    ((request, _),) = drive(engine, 1)
    assert (request.configuration, request.runlength, request.origin.kind) == (best, TOP, "peer")
    assert engine.incumbent is not None
    assert engine.incumbent.configuration == best


def test_the_last_runs_of_a_limited_search_confirm_the_best() -> None:
    runs = drive(engine_of(problem_of(budget=12)), 12)
    assert [request.runlength == TOP for request, _ in runs] == [False] * 11 + [True]


@pytest.mark.parametrize("deterministic", [True, False])
def test_a_level_is_the_mean_over_all_instances(deterministic: bool) -> None:
    names = [f"i{k}" for k in range(3)]
    instances = InstanceSet(tuple(Instance(name) for name in names))
    problem = problem_of(instances=instances, deterministic=deterministic)

    def costs(request: RunRequest) -> float:
        return genuine(request) + 10 * names.index(request.instance.name)

    engine = engine_of(problem, explored=2.0)
    runs = drive(engine, 240, costs)
    for start in range(0, 60, 3):
        step = [request for request, _ in runs[start : start + 3]]
        assert len({(request.configuration, request.runlength) for request in step}) == 1
        assert sorted(request.instance.name for request in step) == names
    assert engine.incumbent is not None
    assert engine.incumbent.n_runs % 3 == 0
    own = [r for r in runs if r[0].configuration == engine.incumbent.configuration]
    in_full = [result.quality for request, result in own if request.runlength == TOP]
    assert engine.incumbent.cost == pytest.approx(np.mean(in_full))


def test_a_noisy_target_keeps_its_seeds_over_the_levels_and_its_best_is_run_again() -> None:
    problem = problem_of(deterministic=False)

    def costs(request: RunRequest) -> float:
        return genuine(request) + 3 * np.random.default_rng([request.seed, request.runlength]).normal()

    runs = drive(engine_of(problem, explored=2.0), 150, costs)
    seeds: dict[Configuration, set[int]] = {}
    for request, _ in runs:
        if request.runlength < TOP:
            seeds.setdefault(request.configuration, set()).add(request.seed)
    assert {len(some) for some in seeds.values()} == {1}
    in_full = Counter(request.configuration for request, _ in runs if request.runlength == TOP)
    assert max(in_full.values()) > 2


def noisy(costs: Curves, deviation: float) -> Curves:
    """With noise that each run has of its own."""

    def shown(request: RunRequest) -> float:
        own = [request.seed, request.runlength, *request.configuration.row.view(np.uint64).tolist()]
        return costs(request) + deviation * float(np.random.default_rng(own).normal())

    return shown


def test_noise_alone_is_no_proof_that_low_budgets_mislead() -> None:
    problem = problem_of(deterministic=False, seed=2)
    runs = drive(engine_of(problem, explored=3.0), 90, noisy(genuine, 20.0))
    assert {request.runlength for request, _ in runs[-15:]} > {TOP}
    fresh = engine_of(problem, explored=3.0)
    for request, result in runs[:80]:
        fresh.tell(request, result)
    assert fresh.ask() == runs[80][0]


def test_low_budgets_that_mislead_are_given_up_in_spite_of_noise() -> None:
    problem = problem_of(deterministic=False)
    runs = drive(engine_of(problem), 60, noisy(reversed_below_half, 10.0))
    assert {request.runlength for request, _ in runs[-20:]} == {TOP}


def test_a_run_that_prints_its_course_is_ended_where_it_leads_nowhere() -> None:
    engine = engine_of(problem_of(), goes_on=False, explored=2.0)
    ended = Counter[bool]()
    record = []
    for _ in range(90):
        request = engine.ask()
        assert request is not None
        steps = range(1, request.runlength + 1)
        values = [genuine(dataclasses.replace(request, runlength=step)) for step in steps]
        result = RunResult(RunStatus.SAT, 0.1, 0, values[-1], curve=Curve(steps, values))
        for step in steps[:-1]:
            course = Curve(steps[:step], values[:step])
            why = engine.progressed(request, course)
            if why is not None:
                reason = f"{ENDED_AS_HOPELESS}: {why}"
                result = RunResult(RunStatus.KILLED, 0.1, 0, values[step - 1], reason=reason, curve=course)
                break
        ended[result.is_hopeless] += 1
        record.append((request, result))
        engine.tell(request, result)
        assert engine.incumbent is not None
        if result.is_hopeless:
            assert engine.incumbent.configuration != request.configuration
    assert ended[True] > 10
    assert engine.incumbent is not None
    assert engine.incumbent.cost < 4
    fresh = engine_of(problem_of(), goes_on=False, explored=2.0)
    for request, result in record:
        fresh.tell(request, result)
    assert fresh.ask() == engine.ask()


@pytest.mark.parametrize("top", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("goes_on", [True, False])
def test_any_budget_will_do(top: int, goes_on: bool) -> None:
    problem = problem_of(runlength=top)
    settings = dataclasses.replace(BudgetSearchSettings.between(1, top, goes_on=goes_on), explored=2.0)
    engine = BudgetSearchEngine(
        problem, settings, lambda box: RacingEngine(model_search(box, ModelSettings()), box, RacingSettings())
    )
    runs = drive(engine, 25)
    assert len(runs) == 25
    assert {request.runlength for request, _ in runs} <= set(settings.levels)
    assert top == 1000 or top in {request.runlength for request, _ in runs}


def test_a_course_whose_steps_count_something_else_is_not_believed() -> None:
    engine, same = engine_of(problem_of(), explored=2.0), engine_of(problem_of(), explored=2.0)
    for _ in range(30):
        request = engine.ask()
        assert request is not None
        assert request == same.ask()
        steps = range(100 * request.runlength)  # batches, say
        result = RunResult(RunStatus.SAT, 0.1, 0, genuine(request))
        assert engine.progressed(request, Curve(steps, steps)) is None
        engine.tell(request, dataclasses.replace(result, curve=Curve(steps, steps)))
        same.tell(request, result)


def test_runs_of_another_length_are_no_part_of_it() -> None:
    engine, same = engine_of(problem_of()), engine_of(problem_of())
    request = RunRequest(problem_of().space.default, NO_INSTANCE, -1, 1e9, 7, Origin("default", 0))
    engine.tell(request, RunResult(RunStatus.SAT, 0.1, 0, 3.0))
    drive(same, 1)
    following = engine.ask()
    assert following is not None
    assert following.runlength == 1
