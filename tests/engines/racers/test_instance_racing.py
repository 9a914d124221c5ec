"""Racing over instances with the runtime objective: capping, takeovers, several runs at once, replays."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.engines import Problem
from bbopt.engines.proposers import Proposer, RandomProposer, random_search
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.racers import CappingSettings, RacingEngine, RacingSettings
from bbopt.runs import (
    History,
    Instance,
    InstanceSet,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from bbopt.space import Configuration, parse_pcs

SMAC2 = (0.0, 1.0)  # one more pair before each challenger
SPACE = parse_pcs("q integer [0, 100] [50]\nr real [0, 1] [0.5]\n")
INSTANCES = InstanceSet(tuple(Instance(f"i{k}", features=(("hardness", float(k)),)) for k in range(5)))
CUTOFF_S = 5.0
OBJECTIVE = RuntimeObjective(CUTOFF_S)


def problem(seed: int = 1, budget: int | None = None, *, deterministic: bool = False) -> Problem:
    return Problem(
        SPACE,
        OBJECTIVE,
        (SPACE.default,),
        budget,
        seed,
        instances=INSTANCES,
        deterministic=deterministic,
        cutoff_s=CUTOFF_S,
        runlength=5,
    )


def race(*, seed: int = 1, deterministic: bool = False, **more: int) -> RacingEngine:
    rules = RacingSettings(growth=SMAC2, capping=CappingSettings(), **more)
    return RacingEngine(RandomProposer(SPACE, seed), problem(seed, deterministic=deterministic), rules)


def seconds(request: RunRequest) -> float:
    """What the run would take without a cutoff: the nearer to (20, 0.2) the faster, on i4 slowest."""
    values = request.configuration.values
    distance = abs(int(values["q"]) - 20) / 40 + abs(float(values["r"]) - 0.2)
    chance = random.Random(f"{request.seed}").uniform(0.8, 1.25)
    return (0.2 + distance) * (1 + int(request.instance.name[1:])) * chance


def execute(request: RunRequest) -> RunResult:
    needed_s = seconds(request)
    if needed_s >= request.cutoff_s:
        return RunResult(RunStatus.TIMEOUT, request.cutoff_s, -1, 0)
    return RunResult(RunStatus.SAT, needed_s, -1, 0)


def search(engine: RacingEngine, n: int) -> list[tuple[RunRequest, RunResult]]:
    runs = []
    while len(runs) < n and (request := engine.ask()) is not None:
        runs.append((request, execute(request)))
        engine.tell(*runs[-1])
    return runs


def test_the_first_run_and_those_of_incumbents_have_the_full_cutoff() -> None:
    engine = race()
    for _ in range(300):
        request = engine.ask()
        assert request is not None
        incumbent = engine.incumbent
        if incumbent is None or request.configuration == incumbent.configuration:
            assert request.cutoff_s == CUTOFF_S
        assert 0 < request.cutoff_s <= CUTOFF_S
        engine.tell(request, execute(request))


def test_runs_are_capped_and_no_incumbent_keeps_a_capped_run() -> None:
    engine, history, n_capped = race(), History(), 0
    for request, result in search(engine, 400):
        run = Run.valued(request, result, OBJECTIVE)
        history.add(run)
        n_capped += run.is_censored
        assert engine.incumbent is not None
    assert n_capped > 20
    assert engine.incumbent is not None
    assert history.incomplete_pairs(engine.incumbent.configuration) == []
    assert engine.incumbent.cost == history.cost(engine.incumbent.configuration)


def test_a_capped_run_is_made_again_in_full_before_its_configuration_takes_over() -> None:
    engine = race()
    first = engine.ask()
    assert first is not None
    engine.tell(first, RunResult(RunStatus.SAT, 1.0, -1, 0))
    second = engine.ask()
    assert second is not None
    engine.tell(second, RunResult(RunStatus.SAT, 2.0, -1, 0))  # the incumbent's second pair
    while (request := engine.ask()) is not None and request.configuration == first.configuration:
        engine.tell(request, RunResult(RunStatus.SAT, 2.0, -1, 0))
    assert request is not None
    challenger = request.configuration
    # As if it had been capped at next to nothing in an earlier life: it still looks better than all.
    engine.tell(
        RunRequest(challenger, request.instance, request.seed, 0.01, 5, request.origin),
        RunResult(RunStatus.TIMEOUT, 0.01, -1, 0),
    )
    seen: list[tuple[str, int, float]] = []
    while engine.incumbent is not None and engine.incumbent.configuration == first.configuration:
        request = engine.ask()
        assert request is not None
        assert request.configuration == challenger
        seen.append((request.instance.name, request.seed, request.cutoff_s))
        engine.tell(request, RunResult(RunStatus.SAT, 0.1, -1, 0))
    assert len(seen) == len(set(seen))
    assert seen[-1][2] == CUTOFF_S
    assert engine.incumbent is not None
    assert engine.incumbent.configuration == challenger


@pytest.mark.parametrize("deterministic", [False, True])
def test_a_better_configuration_wins_in_the_end(deterministic: bool) -> None:
    engine = race(deterministic=deterministic)
    search(engine, 1500)
    incumbent = engine.incumbent
    assert incumbent is not None
    assert abs(int(incumbent.configuration.values["q"]) - 20) < 12
    assert incumbent.cost < 2.0
    if deterministic:
        assert incumbent.n_runs == len(INSTANCES)


def test_capping_saves_time_and_finds_no_worse() -> None:
    def spent(capping: CappingSettings | None) -> tuple[float, int]:
        rules = RacingSettings(growth=SMAC2, capping=capping)
        engine = RacingEngine(RandomProposer(SPACE, 4), problem(4), rules)
        runs = search(engine, 600)
        return sum(result.runtime_s for _, result in runs), len({r.configuration for r, _ in runs})

    with_capping, without = spent(CappingSettings(1.0, 0.0)), spent(None)
    assert with_capping[0] < 0.8 * without[0]
    assert with_capping[1] >= without[1]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 6), st.booleans())
def test_with_several_runs_at_once_nothing_is_run_twice_and_incumbents_never_get_worse_on_common_pairs(
    chance: int, n_slots: int, leaves_unsolved: bool
) -> None:
    engine = race(seed=chance, leaves_unsolved=leaves_unsolved)
    rng, history = random.Random(chance), History()
    running: list[RunRequest] = []
    seen: set[tuple[object, str, int, float]] = set()
    for _ in range(250):
        while len(running) < n_slots and (request := engine.ask()) is not None:
            key = (request.configuration, request.instance.name, request.seed, request.cutoff_s)
            assert key not in seen
            seen.add(key)
            running.append(request)
        assert running
        request = running.pop(rng.randrange(len(running)))
        result = execute(request)
        history.add(Run.valued(request, result, OBJECTIVE))
        engine.tell(request, result)
        assert engine.incumbent is None or not history.incomplete_pairs(engine.incumbent.configuration)


@pytest.mark.parametrize("rule", [{}, {"cheap_first": True}, {"leaves_unsolved": True}])
@pytest.mark.parametrize("kind", ["random", "model"])
def test_a_record_brings_an_engine_to_where_it_ends(kind: str, rule: dict[str, bool]) -> None:
    def fresh() -> RacingEngine:
        rules = RacingSettings(growth=SMAC2, capping=CappingSettings(), **rule)
        if kind == "model":
            searched = problem(7, 80)
            return RacingEngine(model_search(searched, ModelSettings(log_responses=True)), searched, rules)
        return RacingEngine(RandomProposer(SPACE, 7), problem(7), rules)

    runs = search(fresh(), 80)
    for n in (1, 2, 7, 23, 40, 61, 79):
        resumed = fresh()
        for request, result in runs[:n]:
            resumed.tell(request, result)
        following = resumed.ask()
        assert following is not None
        assert (following.configuration, following.instance.name, following.seed, following.cutoff_s) == (
            runs[n][0].configuration,
            runs[n][0].instance.name,
            runs[n][0].seed,
            runs[n][0].cutoff_s,
        )


def test_challengers_begin_where_the_incumbent_is_fast() -> None:
    def first_instances(cheap_first: bool) -> Counter[str]:
        rules = RacingSettings(growth=SMAC2, capping=CappingSettings(), cheap_first=cheap_first)
        engine = RacingEngine(RandomProposer(SPACE, 3), problem(3), rules)
        runs = search(engine, 600)[100:]  # when the incumbent has all instances
        first = {request.configuration: request.instance.name for request, _ in reversed(runs)}
        return Counter(first.values())

    evenly, cheap = first_instances(False), first_instances(True)
    assert evenly["i0"] < 1.6 * evenly["i4"]
    assert cheap["i0"] > 2.5 * cheap["i4"]


def leaving(proposer: Proposer) -> RacingEngine:
    """A race in which challengers leave unsolved pairs to the incumbent; it gets a pair before each."""
    rules = RacingSettings(growth=SMAC2, capping=CappingSettings(), leaves_unsolved=True)
    return RacingEngine(proposer, problem(), rules)


def answering(engine: RacingEngine, seconds_on: Callable[[RunRequest], float], n: int) -> list[RunRequest]:
    """`n` runs, the requests."""
    asked = []
    for _ in range(n):
        request = engine.ask()
        assert request is not None
        asked.append(request)
        needed_s = seconds_on(request)
        ends = needed_s < request.cutoff_s
        status = RunStatus.SAT if ends else RunStatus.TIMEOUT
        engine.tell(request, RunResult(status, needed_s if ends else request.cutoff_s, -1, 0))
    return asked


def test_challengers_leave_what_the_incumbent_has_not_solved() -> None:
    """i3 and i4 are solved by nobody; by the old rule each incumbent's challengers run on them."""

    def needed_s(request: RunRequest) -> float:
        return 99.0 if request.instance.name in ("i3", "i4") else seconds(request)

    def in_vain(engine: RacingEngine) -> tuple[int, int]:
        """Runs on the two by whoever was the incumbent, and by challengers of one that has solved some."""
        n_incumbent = n_others = 0
        for _ in range(400):
            incumbent = engine.incumbent
            [request] = answering(engine, needed_s, 1)
            if request.instance.name not in ("i3", "i4") or incumbent is None:
                continue
            is_incumbent = request.configuration == incumbent.configuration
            has_solved = any(cost < CUTOFF_S for cost in incumbent.standing.costs.values())
            n_incumbent += is_incumbent
            n_others += not is_incumbent and has_solved
        assert engine.incumbent is not None
        assert engine.incumbent.configuration != SPACE.default  # others take over all the same
        return n_incumbent, n_others

    n_incumbent, n_others = in_vain(leaving(RandomProposer(SPACE, 1)))
    assert n_incumbent > 2
    assert n_others == 0
    assert in_vain(race())[1] > 20


def test_what_is_solved_at_last_is_raced_on_by_all() -> None:
    engine = leaving(RandomProposer(SPACE, 2))
    answering(engine, lambda request: 99.0 if request.instance.name == "i4" else 1.0, 60)
    asked = answering(engine, lambda _: 1.0, 200)
    on_it = {request.configuration for request in asked if request.instance.name == "i4"}
    assert len(on_it) > 5


def test_a_challenger_of_an_incumbent_without_any_solution_has_to_find_one() -> None:
    engine = leaving(RandomProposer(SPACE, 5))
    asked = answering(engine, lambda _: 99.0, 30)
    default = asked[0].configuration
    runs = Counter(request.configuration for request in asked)
    assert all(n == 1 for configuration, n in runs.items() if configuration != default)
    assert runs[default] > 10  # one more pair before each challenger
    assert engine.incumbent is not None
    assert engine.incumbent.configuration == default
    best: list[Configuration] = []

    def one_solves(request: RunRequest) -> float:
        if request.configuration != default and not best:
            best.append(request.configuration)
        return 1.0 if request.configuration in best else 99.0

    answering(engine, one_solves, 60)
    assert engine.incumbent.configuration == best[0]


def test_given_challengers_race_on_all_pairs() -> None:
    """They are there for what they alone may solve: the incumbent is faster elsewhere."""
    given = SPACE.configuration({"q": "20", "r": "0.2"})
    two = replace(problem(), given=(SPACE.default, given))
    rules = RacingSettings(initial_incumbent_runs=5, given_at_once=True, leaves_unsolved=True)
    engine = RacingEngine(random_search(two), two, rules)

    def needed_s(request: RunRequest) -> float:
        is_given = request.configuration == given
        return (2.0 if is_given else 99.0) if request.instance.name == "i4" else 1.5 if is_given else 1.0

    answering(engine, needed_s, 10)
    assert engine.incumbent is not None
    assert engine.incumbent.configuration == given
