"""Hyperband, successive halving and ASHA: who is promoted, what runs side by side, what is gone on with."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pytest

from bbopt.engines import ALONE, Engine, Others, Problem
from bbopt.engines.proposers import random_search
from bbopt.engines.racers import AshaEngine, HalvingEngine, HalvingSettings, hyperband_schedule
from bbopt.runs import (
    ENDED_AS_HOPELESS,
    Origin,
    Pair,
    QualityObjective,
    RunKey,
    RunRequest,
    RunResult,
    RunStatus,
)
from bbopt.space import Configuration, parse_pcs

SPACE = parse_pcs("x real [0, 1] [0.5]\ny real [0, 1] [0.5]\n")
MADE = {1: 81, 3: 54, 9: 27, 27: 15, 81: 10}
"""How many runs of each budget the schedule for 81 has."""


def problem(seed: int = 1, n_runs: int | None = None, *, deterministic: bool = True) -> Problem:
    return Problem(
        SPACE,
        QualityObjective(),
        (SPACE.default,),
        budget=n_runs,
        seed=seed,
        common_seed=7,
        deterministic=deterministic,
        runlength=81,
    )


def hyperband(given: Problem, n_brackets: int | None = None, *, additional: bool = False) -> Engine:
    settings = HalvingSettings(hyperband_schedule(81, 3), 3, n_brackets, are_additional=additional)
    return HalvingEngine(partial(random_search, given), given, settings)


def halving(given: Problem, n_brackets: int | None = None) -> Engine:
    settings = HalvingSettings(hyperband_schedule(81, 3)[:1], 3, n_brackets)
    return HalvingEngine(partial(random_search, given), given, settings)


def asha(given: Problem) -> Engine:
    return AshaEngine(partial(random_search, given), given, hyperband_schedule(81, 3)[0], 3)


ENGINES: dict[str, Callable[[Problem], Engine]] = {"hyperband": hyperband, "sh": halving, "asha": asha}


def answer(request: RunRequest) -> RunResult:
    """Better near (.3, .7); ranks change with the budget, because a second term fades."""
    x, y = request.configuration.row
    value = (x - 0.3) ** 2 + (y - 0.7) ** 2 + ((x * 997) % 1) / request.runlength
    return RunResult(RunStatus.SAT, 0.1, 0, float(value))


def crash() -> RunResult:
    return RunResult(RunStatus.CRASHED, 0.1, 0, 1e9, reason="exit status 1")


def drive(engine: Engine, n: int, tell: Callable[[RunRequest], RunResult] = answer) -> list[RunRequest]:
    asked: list[RunRequest] = []
    while len(asked) < n and (request := engine.ask()) is not None:
        asked.append(request)
        engine.tell(request, tell(request))
    return asked


def budgets(asked: Sequence[RunRequest]) -> Counter[int]:
    return Counter(request.runlength for request in asked)


def test_a_round_of_hyperband_is_the_schedule() -> None:
    engine = hyperband(problem(), 5)
    asked = drive(engine, 1000)
    assert budgets(asked) == MADE
    assert engine.exhausted == "all brackets (5) have been run."
    rungs = [asked[:81], asked[81:108], asked[108:117], asked[117:120], asked[120:121]]
    for rung, following in itertools.pairwise(rungs):
        best = sorted(rung, key=lambda one: answer(one).quality)[: len(following)]
        assert {one.configuration for one in following} == {one.configuration for one in best}


def test_further_rounds_follow_until_a_limit() -> None:
    asked = drive(hyperband(problem()), 2 * 187)
    assert budgets(asked) == {budget: 2 * n for budget, n in MADE.items()}
    assert len({one.origin.proposal for one in asked}) == 2 * (81 + 27 + 9 + 6 + 5)


def test_successive_halving_repeats_the_first_bracket() -> None:
    asked = drive(halving(problem(), 2), 1000)
    assert budgets(asked) == {1: 162, 3: 54, 9: 18, 27: 6, 81: 2}


def test_budgets_that_add_up() -> None:
    asked = drive(hyperband(problem(), 5, additional=True), 1000)
    assert budgets(asked)[81] == 5  # the last bracket alone begins with it
    assert {1, 4, 13, 40, 121} | {3, 12, 39, 120} | {9, 36, 117} | {27, 108} | {81} == set(budgets(asked))


def test_asha_promotes_the_best_third_without_waiting() -> None:
    engine = asha(problem())
    asked = drive(engine, 400)
    assert [one.runlength for one in asked[:5]] == [1, 1, 1, 3, 1]
    made = budgets(asked)
    for low, high in ((1, 3), (3, 9), (9, 27), (27, 81)):
        assert made[high] >= made[low] // 3
    assert made[81] > 0


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("n_slots", [3, 16, 100])
def test_no_slot_ever_waits(name: str, n_slots: int) -> None:
    engine, running = ENGINES[name](problem()), list[RunRequest]()
    draw = random.Random(n_slots)
    made: Counter[int] = Counter()
    for _ in range(400):
        while len(running) < n_slots:
            request = engine.ask()
            assert request is not None
            running.append(request)
        request = running.pop(draw.randrange(n_slots // 3))
        engine.tell(request, answer(request))
        made[request.runlength] += 1
    assert set(made) >= {1, 3}


def test_side_by_side_a_round_has_the_same_runs() -> None:
    engine, running, made = hyperband(problem(), 5), list[RunRequest](), list[RunRequest]()
    draw = random.Random(2)
    while True:
        while len(running) < 7 and (request := engine.ask()) is not None:
            running.append(request)
        if not running:
            break
        made.append(running.pop(draw.randrange(len(running))))
        engine.tell(made[-1], answer(made[-1]))
    assert budgets(made) == MADE
    assert engine.exhausted


@pytest.mark.parametrize("name", ENGINES)
def test_a_search_is_gone_on_with_after_any_run(name: str) -> None:
    make = ENGINES[name]
    asked = drive(make(problem()), 200)
    for k in [*range(1, 12), 80, 81, 82, 107, 108, 109, 117, 120, 121, 122, 150, 187, 199]:
        fresh = make(problem())
        for request in asked[:k]:
            fresh.tell(request, answer(request))
        again = drive(fresh, 3)
        assert again[: len(asked) - k] == asked[k : k + 3], k


def test_what_was_under_way_when_it_ended_is_made_again() -> None:
    engine = hyperband(problem())
    asked = [request for request in (engine.ask() for _ in range(5)) if request]
    fresh = hyperband(problem())
    for request in (asked[4], asked[2], asked[0]):
        fresh.tell(request, answer(request))
    assert [one.origin.proposal for one in drive(fresh, 4)] == [1, 3, 5, 6]


@pytest.mark.parametrize("name", ENGINES)
def test_who_fails_is_not_promoted(name: str) -> None:
    fails: dict[Configuration, bool] = {}

    def tell(request: RunRequest) -> RunResult:
        is_failure = fails.setdefault(request.configuration, len(fails) % 2 == 0)
        return crash() if is_failure else replace(answer(request), quality=1e12)

    engine = ENGINES[name](problem())
    asked = drive(engine, 150, tell)
    first: set[Configuration] = set()
    for request in asked:
        assert request.configuration not in first or not fails[request.configuration]
        first.add(request.configuration)
    assert engine.incumbent is not None
    assert not fails[engine.incumbent.configuration]


@pytest.mark.parametrize("name", ENGINES)
def test_where_all_fail_nobody_is_promoted_and_the_search_goes_on(name: str) -> None:
    engine = ENGINES[name](problem())
    asked = drive(engine, 300, lambda _: crash())
    assert len(asked) == 300
    assert all(one.origin.kind != "confirmation" for one in asked)
    assert len({one.configuration for one in asked}) == 300


@pytest.mark.parametrize("name", ENGINES)
def test_who_is_given_up_is_neither_promoted_nor_best(name: str) -> None:
    seen: dict[Configuration, bool] = {}

    def tell(request: RunRequest) -> RunResult:
        if seen.setdefault(request.configuration, len(seen) % 3 == 1):
            return RunResult(RunStatus.KILLED, 0.1, 0, -1.0, reason=f"{ENDED_AS_HOPELESS}: in vain")
        return answer(request)

    engine = ENGINES[name](problem())
    asked = drive(engine, 150, tell)
    made = Counter(request.configuration for request in asked)
    assert all(made[configuration] == 1 for configuration, given_up in seen.items() if given_up)
    assert max(made.values()) > 1
    assert engine.incumbent is not None
    assert not seen[engine.incumbent.configuration]


def test_who_fails_at_a_higher_budget_loses_to_who_works_at_a_lower_one() -> None:
    engine = hyperband(problem())
    asked = drive(engine, 81)
    promoted = engine.ask()
    assert promoted is not None
    assert promoted.runlength == 3
    engine.tell(promoted, crash())
    assert engine.incumbent is not None
    assert engine.incumbent.configuration != promoted.configuration
    others = [answer(one).quality for one in asked if one.configuration != promoted.configuration]
    assert engine.incumbent.cost == min(others)


@pytest.mark.parametrize("name", ENGINES)
def test_the_last_run_confirms_the_incumbent(name: str) -> None:
    engine = ENGINES[name](problem(n_runs=20))
    asked = drive(engine, 20)
    best = min(asked[:19], key=lambda one: (-one.runlength, answer(one).quality))
    assert (asked[-1].runlength, asked[-1].origin.kind) == (81, "confirmation")
    assert asked[-1].configuration == best.configuration
    assert engine.incumbent is not None
    assert engine.incumbent.budget == 81
    assert engine.confirm() is None


def test_what_is_asked_at_a_limit_of_time() -> None:
    engine = hyperband(problem())
    assert engine.confirm() is None
    asked = drive(engine, 10)
    request = engine.confirm()
    assert request is not None
    assert engine.confirm() is None  # it is under way
    assert request.runlength == 81
    assert request.configuration == min(asked, key=lambda one: answer(one).quality).configuration
    engine.tell(request, answer(request))
    assert engine.confirm() is None
    following = drive(engine, 1000)  # a search that is resumed with other limits goes on as it was
    assert budgets(asked + following[:111]) == {1: 81, 3: 27, 9: 9, 27: 3, 81: 1}


def test_runs_of_another_schedule_are_no_incumbents() -> None:
    engine = hyperband(problem())
    other = RunRequest(SPACE.default, *_facts(), 50, Origin("model", 3))
    unknown = RunRequest(SPACE.default, *_facts(), 2147483647, Origin("model", 3))
    for request in (other, unknown):
        engine.tell(request, answer(request))
    assert engine.incumbent is None
    (request,) = drive(engine, 1)
    assert engine.incumbent is not None
    assert engine.incumbent.budget == request.runlength == 1


def _facts() -> tuple[object, int, float]:
    return problem().instances.instances[0], -1, 1e300


# ---------------------------------------------------------------------- several searches


@dataclass
class Search:
    """One of several searches, which hear of each other's runs late, or when they have ended."""

    engine: Engine
    running: list[RunRequest] = field(default_factory=list)
    made: list[RunRequest] = field(default_factory=list)
    heard: int = 0
    is_alive: bool = True


@dataclass
class Company:
    """Others, for one of the searches."""

    searches: list[Search]
    me: Search

    @property
    def _theirs(self) -> list[RunKey]:
        return [run.key for one in self.searches if one is not self.me for run in one.running]

    @property
    def under_way(self) -> list[Configuration]:
        return [configuration for configuration, _ in self._theirs]

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        return (configuration, pair) in self._theirs

    def __contains__(self, configuration: object) -> bool:
        return configuration in self.under_way


def share(
    searches: list[Search], n_turns: int, *, killed_at: int | None = None
) -> list[tuple[Search, RunRequest]]:
    """All runs in the order in which they ended; each turn one search does something, drawn at random."""
    draw, record = random.Random(5), list[tuple[Search, RunRequest]]()
    idle = 0
    for turn in range(n_turns):
        if turn == killed_at:
            searches[0].is_alive = False
            searches[0].running.clear()
        me = draw.choice([one for one in searches if one.is_alive])
        for who, request in record[me.heard :]:
            if who is not me:
                me.engine.learn(request, answer(request))
        me.heard = len(record)
        if me.running and draw.random() < 0.5:
            request = me.running.pop(0)
            me.made.append(request)
            record.append((me, request))
            me.engine.tell(request, answer(request))
        elif len(me.running) < 2:
            others: Others = Company(searches, me) if len(searches) > 1 else ALONE
            asked = me.engine.ask(others)
            if asked is not None:
                me.running.append(asked)
                idle = 0
        alive = [one for one in searches if one.is_alive]
        if all(one.engine.exhausted for one in alive) and not any(one.running for one in alive):
            break
        idle += 1
    return record


@pytest.mark.parametrize("n", [2, 3])
def test_several_searches_fill_one_schedule(n: int) -> None:
    searches = [Search(hyperband(problem(seed), 5)) for seed in range(n)]
    record = share(searches, 20_000)
    assert all(one.engine.exhausted for one in searches)
    made = budgets([request for _, request in record])
    assert len({request.key for _, request in record}) == len(record)  # no run was made twice
    for budget, planned in MADE.items():
        assert planned <= made[budget] <= planned + 5 * 2 * n  # extras at the edges of brackets at most
    assert all(len(one.made) > len(record) / n / 2 for one in searches)


def test_a_search_that_dies_leaves_its_places_to_the_others() -> None:
    searches = [Search(hyperband(problem(seed), 5)) for seed in range(3)]
    record = share(searches, 20_000, killed_at=150)
    assert all(one.engine.exhausted for one in searches[1:])
    made = budgets([request for _, request in record])
    assert all(made[budget] >= planned for budget, planned in MADE.items())


def test_strangers_hold_nobody_up_for_ever() -> None:
    """A place is left to each configuration that others run once: these never arrive."""

    class Strangers:
        def __init__(self) -> None:
            self.n = 0

        @property
        def under_way(self) -> list[Configuration]:
            return SPACE.configurations(SPACE.sample(3, np.random.default_rng(self.n)))

        def is_running(self, configuration: Configuration, pair: Pair) -> bool:
            return pair.runlength == 1 and configuration in self.under_way

        def __contains__(self, configuration: object) -> bool:
            return False

    engine, others = hyperband(problem(), 1), Strangers()
    n_made = n_asks = 0
    while engine.exhausted is None:
        n_asks += 1
        others.n += 1  # others than before
        request = engine.ask(others)
        if request is not None:
            engine.tell(request, answer(request))
            n_made += 1
        assert n_asks < 1000
    assert n_made == 121


@pytest.mark.parametrize("name", ENGINES)
def test_a_suggested_configuration_is_taken_over_at_its_highest_budget(name: str) -> None:
    engine, other = ENGINES[name](problem(1)), ENGINES[name](problem(2))
    drive(engine, 4)
    theirs = drive(other, 130)
    for request in theirs:
        engine.learn(request, answer(request))
    best = min(theirs, key=lambda one: (-one.runlength, answer(one).quality))
    engine.suggest(best.configuration)
    (taken,) = drive(engine, 1)
    assert (taken.key, taken.origin.kind) == (best.key, "peer")
    assert engine.incumbent is not None
    assert (engine.incumbent.configuration, engine.incumbent.budget) == (best.configuration, best.runlength)


def test_earlier_runs_fill_no_place() -> None:
    engine, fresh = hyperband(problem(2)), hyperband(problem(2))
    for request in drive(hyperband(problem(1)), 150):
        origin = replace(request.origin, kind="known")
        engine.learn(replace(request, origin=origin), answer(request))
    assert drive(engine, 150) == drive(fresh, 150)


def test_noise_keeps_its_seeds() -> None:
    asked = drive(hyperband(problem(deterministic=False), 5), 1000)
    assert len({one.seed for one in asked}) == 1
    assert budgets(asked) == MADE
