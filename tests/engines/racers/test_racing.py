"""Racing over seeds: who runs when, who is dropped, who takes over, and that a record brings it back."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Container
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.engines import Problem
from bbopt.engines.proposers import Ability, Proposal, random_search
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.runs import QualityObjective, Run, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration, parse_pcs
from tests.engines.spaces import answer, branin

SMAC2 = (0.0, 1.0)  # one more pair before each challenger
SPACE = parse_pcs("q integer [0, 100] [50]\n")


class Listed:
    """Proposes given configurations in order."""

    abilities = frozenset(Ability)

    def __init__(self, values: list[int]) -> None:
        self._configurations = [SPACE.configuration({"q": str(v)}) for v in values]

    def observe(self, run: Run) -> None:
        pass

    def propose(self, index: int, taken: object, pending: object) -> Proposal | None:
        return Proposal(self._configurations[index], "listed") if index < len(self._configurations) else None


def race(values: list[int], **settings: Any) -> RacingEngine:
    problem = Problem(SPACE, QualityObjective(), (), None, seed=3, deterministic=False)
    return RacingEngine(Listed(values), problem, RacingSettings(**settings))


def quality(request: RunRequest) -> float:
    """The parameter itself plus a disturbance that depends on the seed only."""
    return float(request.configuration.values["q"]) + (request.seed % 1000) / 1e4


def step(engine: RacingEngine) -> RunRequest | None:
    request = engine.ask()
    if request is not None:
        engine.tell(request, RunResult(RunStatus.SAT, 1.0, 0, quality(request)))
    return request


def value(configuration: Configuration) -> int:
    return int(configuration.values["q"])


def test_the_incumbent_gets_a_run_before_each_challenger() -> None:
    engine = race([50, 90, 80, 70], growth=SMAC2)
    order = [value(r.configuration) for r in iter(lambda: step(engine), None)]
    # first run; then a run of the incumbent and one of each (worse) challenger in turns
    assert order == [50, 50, 90, 50, 80, 50, 70, 50]


def test_the_incumbents_pairs_grow_with_the_root_of_its_challengers() -> None:
    engine = race([50, *range(51, 100)])
    order = [value(r.configuration) for r in iter(lambda: step(engine), None)]
    assert order[:6] == [50, 51, 52, 53, 50, 54]
    assert Counter(order)[50] == math.ceil(math.sqrt(50 / 4))


def test_a_better_challenger_runs_on_all_the_incumbents_pairs_in_doubling_batches() -> None:
    engine = race([50, 90, 80, 70, 20], growth=SMAC2)
    runs = list(iter(lambda: step(engine), None))
    start = next(i for i, r in enumerate(runs) if value(r.configuration) == 20)
    incumbent = [r.seed for r in runs[:start] if value(r.configuration) == 50]
    assert len(incumbent) == 5
    batches = [[r.seed for r in runs[start:][a:b]] for a, b in ((0, 1), (1, 3), (3, 5))]
    assert sorted(itertools.chain(*batches)) == sorted(incumbent)
    assert all(value(r.configuration) == 20 for r in runs[start:])
    assert engine.incumbent is not None
    assert value(engine.incumbent.configuration) == 20
    assert engine.incumbent.n_runs == len(runs[start:])


def test_an_equal_challenger_takes_over() -> None:
    space = parse_pcs("a {x, y} [x]\n")
    problem = Problem(space, QualityObjective(), (space.default,), None, seed=1)
    engine = RacingEngine(random_search(problem), problem, RacingSettings())
    for _ in range(2):
        request = engine.ask()
        assert request is not None
        engine.tell(request, RunResult(RunStatus.SAT, 1.0, 0, 4.0))
    assert engine.incumbent is not None
    assert engine.incumbent.configuration != space.default


def test_a_challenger_is_dropped_after_one_worse_run() -> None:
    engine = race([50, 51])
    runs = [value(r.configuration) for r in iter(lambda: step(engine), None)]
    assert Counter(runs)[51] == 1


def test_the_incumbent_has_at_most_max_incumbent_runs() -> None:
    engine = race([50, *range(51, 80)], max_incumbent_runs=3)
    runs = [value(r.configuration) for r in iter(lambda: step(engine), None)]
    assert Counter(runs)[50] == 3


def test_the_initial_incumbent_may_start_with_several_runs() -> None:
    engine = race([50, 51], initial_incumbent_runs=4)
    runs = list(iter(lambda: step(engine), None))
    assert [value(r.configuration) for r in runs[:4]] == [50] * 4
    assert len({r.seed for r in runs[:4]}) == 4


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 12, 20, 33])
@pytest.mark.parametrize("deterministic", [True, False])
def test_a_record_told_to_a_fresh_engine_continues_the_same_sequence(n: int, deterministic: bool) -> None:
    def make() -> RacingEngine:
        space = branin()
        problem = Problem(
            space, QualityObjective(), (space.default,), budget=40, seed=11, deterministic=deterministic
        )
        return RacingEngine(model_search(problem, ModelSettings()), problem, RacingSettings())

    whole, noise = make(), 0.0 if deterministic else 20.0
    asked: list[RunRequest] = []
    for _ in range(n + 6):
        request = whole.ask()
        assert request is not None
        asked.append(request)
        whole.tell(request, answer(request, noise))
    resumed = make()
    for request in asked[:n]:
        resumed.tell(request, answer(request, noise))
    following = []
    for _ in range(6):
        request = resumed.ask()
        assert request is not None
        following.append(request)
        resumed.tell(request, answer(request, noise))
    assert following == asked[n:]
    assert resumed.incumbent is not None
    assert whole.incumbent is not None
    assert resumed.incumbent.configuration == whole.incumbent.configuration


CRASHED = RunResult(RunStatus.CRASHED, 1.0, 0, 1e9)


def dollars(request: RunRequest) -> RunResult:
    """Losses above the quality of a crash; every third run or so crashes, of a noisy target on some seeds."""
    if int(1e6 * float(request.configuration.values["x1"]) + request.seed) % 3 == 0:
        return CRASHED
    return replace(answer(request, 20.0), quality=1e11 + 1e9 * answer(request, 20.0).quality)


@pytest.mark.parametrize("crashed_quality", [1e9, 1e3])
@pytest.mark.parametrize("deterministic", [True, False])
def test_a_record_with_crashes_continues_the_same_sequence(
    deterministic: bool, crashed_quality: float
) -> None:
    def make() -> RacingEngine:
        space, objective = branin(), QualityObjective(crashed_quality)
        problem = Problem(space, objective, (space.default,), 40, seed=11, deterministic=deterministic)
        return RacingEngine(model_search(problem, ModelSettings()), problem, RacingSettings())

    whole = make()
    told: list[tuple[RunRequest, RunResult]] = []
    standing = []
    for _ in range(30):
        request = whole.ask()
        assert request is not None
        told.append((request, dollars(request)))
        whole.tell(*told[-1])
        standing.append(whole.incumbent)
    assert 3 < sum(result is CRASHED for _, result in told) < 27
    for n in (1, 2, 4, 9, 17, 29):
        resumed = make()
        for request, result in told[:n]:
            resumed.tell(request, result)
        assert resumed.ask() == told[n][0]
        assert resumed.incumbent is not None
        assert replace(resumed.incumbent, predicted=None) == replace(standing[n - 1], predicted=None)


@given(st.lists(st.tuples(st.booleans(), st.floats(-1e298, 1e298)), min_size=1, max_size=20))
def test_the_incumbent_of_a_deterministic_target_is_the_best_that_worked(
    runs: list[tuple[bool, float]],
) -> None:
    problem = Problem(SPACE, QualityObjective(), (), None, seed=3)
    engine = RacingEngine(Listed(list(range(len(runs)))), problem, RacingSettings())
    for works, loss in runs:
        request = engine.ask()
        assert request is not None
        engine.tell(request, RunResult(RunStatus.SAT, 1.0, 0, loss) if works else CRASHED)
    assert engine.incumbent is not None
    worked = [loss for works, loss in runs if works]
    works, loss = runs[value(engine.incumbent.configuration)]
    assert works == engine.incumbent.standing.has_worked == bool(worked)
    assert not works or engine.incumbent.cost == min(worked)


def test_while_the_incumbent_only_fails_a_challenger_that_works_stands_for_it() -> None:
    engine = race([50, 60], initial_incumbent_runs=4)
    for _ in range(4):
        request = engine.ask()
        assert request is not None
        engine.tell(request, CRASHED)
    assert engine.incumbent is not None
    assert not engine.incumbent.standing.has_worked
    for n in range(1, 5):
        request = engine.ask()
        assert request is not None
        assert value(request.configuration) == 60
        engine.tell(request, CRASHED if n == 2 else RunResult(RunStatus.SAT, 1.0, 0, 3e9))
        assert (value(engine.incumbent.configuration), engine.incumbent.n_runs) == (60, n)


def test_a_challenger_that_works_is_not_dropped_for_its_large_losses() -> None:
    engine = race([50, 60], initial_incumbent_runs=4, initial_challenger_runs=4)
    results = [CRASHED, CRASHED, *[RunResult(RunStatus.SAT, 1.0, 0, 3e9)] * 2]
    for result in [*results, *[RunResult(RunStatus.SAT, 1.0, 0, 4e9)] * 4]:
        request = engine.ask()
        assert request is not None
        engine.tell(request, result)
    assert engine.incumbent is not None
    assert (value(engine.incumbent.configuration), engine.incumbent.n_runs) == (60, 4)


def test_max_norun_challenges_ends_the_search() -> None:
    engine = race([50] * 30, max_norun_challenges=5, max_incumbent_runs=3)
    while step(engine) is not None:
        pass
    assert engine.exhausted is not None
    assert "without a successful run (5)" in engine.exhausted


class Insistent(Listed):
    """Proposes the first configuration that is not taken, however often it has lost."""

    def propose(self, index: int, taken: Container[object], pending: object) -> Proposal | None:
        free = (one for one in self._configurations if one not in taken)
        return next((Proposal(one, "insistent") for one in free), None)


def test_a_known_loser_that_is_proposed_again_does_not_end_the_search() -> None:
    problem = Problem(SPACE, QualityObjective(), (), None, seed=3, deterministic=False)
    settings = RacingSettings(max_norun_challenges=5, max_incumbent_runs=1)
    engine = RacingEngine(Insistent([50, 90, 80, 70, 60, *[95] * 20]), problem, settings)
    asked = [step(engine) for _ in range(6)]
    assert [value(request.configuration) for request in asked if request is not None] == [
        50,
        90,
        80,
        70,
        60,
        95,
    ]
    assert step(engine) is None
    assert engine.exhausted is not None


def test_a_noisy_target_on_a_small_space_goes_on() -> None:
    space = parse_pcs("a {w, x, y, z} [w]\n")
    problem = Problem(space, QualityObjective(), (space.default,), 200, seed=2, deterministic=False)
    for proposer in (random_search(problem), model_search(problem, ModelSettings())):
        engine = RacingEngine(proposer, problem, RacingSettings())
        asked = []
        for _ in range(80):
            request = engine.ask()
            assert request is not None, engine.exhausted
            asked.append((request.configuration, request.seed))
            noise = (request.seed * 7919 % 1000) / 1000
            engine.tell(
                request,
                RunResult(RunStatus.SAT, 1.0, 0, noise + "wxyz".index(request.configuration.values["a"]) / 5),
            )
        assert len(set(asked)) == 80
        assert engine.incumbent is not None
        assert engine.incumbent.configuration == space.default


def test_target_seeds_never_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bbopt.engines.pairs.SEEDS_BELOW", 64)
    engine = race([50, *([60, 70] * 25)], max_incumbent_runs=60, growth=SMAC2)
    runs = list(iter(lambda: step(engine), None))
    incumbent = [r.seed for r in runs if value(r.configuration) == 50]
    assert len(set(incumbent)) == len(incumbent) >= 40


def test_costs_at_the_end_of_the_number_range_do_not_stop_the_race() -> None:
    engine = race([50] + [60] * 20)
    for _ in range(30):
        request = engine.ask()
        if request is None:
            break
        engine.tell(request, RunResult(RunStatus.SAT, 1.0, 0, 1.7e308))
    assert engine.incumbent is not None


def test_initial_challengers_stop_when_their_time_is_used_up() -> None:
    given = [SPACE.configuration({"q": str(q)}) for q in (50, 60, 61, 62, 63)]
    problem = Problem(SPACE, QualityObjective(), tuple(given), None, seed=3, seconds_for_given=2.0)
    engine = RacingEngine(random_search(problem), problem, RacingSettings())
    kinds = []
    for _ in range(6):
        request = step(engine)  # each run takes a second
        assert request is not None
        kinds.append(request.origin.kind)
    assert kinds == ["default", "given", "given", "random", "random", "random"]


@pytest.mark.parametrize(("at_once", "n_of_the_worse"), [(True, 4), (False, 1)])
def test_initial_challengers_may_race_on_all_pairs_of_the_incumbent_at_once(
    at_once: bool, n_of_the_worse: int
) -> None:
    given = [SPACE.configuration({"q": str(q)}) for q in (50, 60, 40)]
    problem = Problem(SPACE, QualityObjective(), tuple(given), None, seed=3, deterministic=False)
    settings = RacingSettings(initial_incumbent_runs=4, given_at_once=at_once)
    engine = RacingEngine(random_search(problem), problem, settings)
    requests = [step(engine) for _ in range(4 + n_of_the_worse + 4)]
    runs = [value(request.configuration) for request in requests if request is not None]
    assert runs == [50] * 4 + [60] * n_of_the_worse + [40] * 4
    assert engine.incumbent is not None
    assert (value(engine.incumbent.configuration), engine.incumbent.n_runs) == (40, 4)
    following = step(engine)
    assert following is not None
    assert following.origin.kind == "random"
