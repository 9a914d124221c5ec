"""The engine's contract, on every racer over every proposer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from bbopt.engines import Engine, Problem
from bbopt.engines.proposers import Ability, Proposer
from bbopt.engines.racers import (
    AshaEngine,
    CappingSettings,
    HalvingEngine,
    HalvingSettings,
    HopelessEngine,
    RacingEngine,
    RacingSettings,
    UnracedEngine,
    by_median,
    hyperband_schedule,
)
from bbopt.engines.racers.budget_search import BudgetSearchEngine, BudgetSearchSettings
from bbopt.runs import NO_INSTANCE, RuntimeObjective
from bbopt.space import Configuration
from tests.contracts.engine_contract import (
    BLACK_BOX,
    CUTOFF_S,
    INSTANCES,
    NOISY,
    SETTINGS,
    Busy,
    EngineContract,
    execute,
    problem_of,
)
from tests.engines.proposers.makers import PROPOSERS
from tests.engines.spaces import FINITE


class TestRacing(EngineContract):
    def race(self, make_proposer: Callable[[], Proposer], problem: Problem) -> Engine:
        is_runtime = isinstance(problem.objective, RuntimeObjective)
        capping = CappingSettings(1.0, 0.1) if is_runtime else None
        rules = RacingSettings(capping=capping, leaves_unsolved=is_runtime)
        return RacingEngine(make_proposer(), problem, rules)


class TestHopeless(TestRacing):
    """Where a rule gives runs up, all else is as without it."""

    proposers, in_pairs = ("random",), ()

    def race(self, make_proposer: Callable[[], Proposer], problem: Problem) -> Engine:
        return HopelessEngine(super().race(make_proposer, problem), problem, by_median)


class TestUnraced(EngineContract):
    """Without a race, runs are neither capped nor is anybody challenged."""

    races, in_pairs = False, ()

    def race(self, make_proposer: Callable[[], Proposer], problem: Problem) -> Engine:
        return UnracedEngine(make_proposer(), problem)

    def test_challengers_are_capped(self) -> None:
        problem, needs = SETTINGS["runtimes, noise, instances"]
        asked = self.drive(self.engine(problem, needs), 2 * self.n_runs, problem)
        assert {request.cutoff_s for request in asked} == {CUTOFF_S}

    def test_a_suggestion_is_run_soon(self) -> None:
        engine = self.engine(needs={Ability.PEERS})
        self.drive(engine, 2)
        best = BLACK_BOX.space.configuration({"x1": "3.14159", "x2": "2.275"})
        engine.suggest(best)
        assert best not in {request.configuration for request in self.drive(engine, 3)}

    @pytest.mark.parametrize("setting", SETTINGS)
    def test_every_configuration_is_run_once_on_each_instance(self, setting: str) -> None:
        problem, needs = SETTINGS[setting]
        asked = self.drive(self.engine(problem, needs), 12, problem)
        n = len(problem.instances)
        for start in range(0, 12, n):
            rows = asked[start : start + n]
            assert len({row.configuration for row in rows}) == 1
            assert [row.instance for row in rows] == list(problem.instances.instances)


BRACKETS = hyperband_schedule(300, 3, 33)
"""Three, the first of which has 9 configurations at budgets of 33, 100 and 300."""


class WithRungs(EngineContract):
    """What holds for all racers with budgets: runs are not capped, and the first ones are cheap."""

    proposers = ("random", "smbo", "tpe")
    races = False
    n_until_losers = 9 * len(INSTANCES) + 3

    def test_the_first_run_is_the_given_configuration_in_full(self) -> None:
        """The first run is cheap."""
        request = self.engine(needs={Ability.GIVEN}).ask()
        assert request is not None
        assert request.configuration.is_default
        assert (request.instance, request.cutoff_s, request.runlength) == (NO_INSTANCE, CUTOFF_S, 33)

    def test_a_deterministic_target_gets_seed_minus_one_and_no_configuration_twice(self) -> None:
        """A configuration comes again with a higher budget only."""
        asked = self.drive(self.engine(), self.n_runs)
        assert len(asked) == self.n_runs
        assert {request.seed for request in asked} == {-1}
        assert len({request.key for request in asked}) == self.n_runs
        budgets: dict[Configuration, int] = {}
        for request in asked:
            assert request.runlength > budgets.get(request.configuration, 0)
            budgets[request.configuration] = request.runlength

    def test_proposals_are_numbered_from_zero(self) -> None:
        asked = self.drive(self.engine(), self.n_runs)
        numbers = dict.fromkeys(request.origin.proposal for request in asked)
        assert list(numbers) == list(range(len(numbers)))

    def test_the_incumbent_of_a_deterministic_target_is_the_best_run(self) -> None:
        """Of those at the highest budget so far."""
        engine = self.engine()
        best: dict[int, float] = {}
        for request in iter(engine.ask, None):
            result = execute(BLACK_BOX, request)
            engine.tell(request, result)
            best[request.runlength] = min(best.get(request.runlength, math.inf), result.quality)
            assert engine.incumbent is not None
            assert (engine.incumbent.budget, engine.incumbent.cost) == (max(best), best[max(best)])
            if len(best) == 3 and request.runlength < 300:
                break
        assert len(best) == 3

    @pytest.mark.parametrize("text", ["", "only categorical {one} [one]\n"])
    def test_a_space_of_one_configuration(self, text: str) -> None:
        """Where nothing is left to compare it with, it gets to the highest budget all the same."""
        engine = self.engine(problem_of(text))
        asked = self.drive(engine, 5)
        assert [(request.configuration.is_default, request.runlength) for request in asked] == [
            (True, budget) for budget in (33, 100, 300)
        ]
        assert engine.exhausted

    @pytest.mark.parametrize("setting", [name for name, (_, needs) in SETTINGS.items() if needs])
    def test_the_incumbent_is_who_was_run_most_and_no_run_of_its_was_capped(self, setting: str) -> None:
        """It is whoever has run in full on all instances."""
        problem, needs = SETTINGS[setting]
        engine = self.engine(problem, needs)
        asked = self.drive(engine, 4 * self.n_runs, problem)
        assert engine.incumbent is not None
        own = {one.pair for one in asked if one.configuration == engine.incumbent.configuration}
        highest = max(pair.runlength for pair in own)
        assert engine.incumbent.standing.costs.keys() == {pair for pair in own if pair.runlength == highest}
        assert highest == 300
        assert engine.incumbent.n_runs == len(problem.instances)

    def test_a_random_target_gets_fresh_seeds(self) -> None:
        """A configuration keeps its seed, and so do all others, at all budgets."""
        asked = self.drive(self.engine(NOISY, {Ability.NOISE}), 2 * self.n_runs, NOISY)
        assert len({request.seed for request in asked}) == 1
        assert all(0 <= request.seed < 2**31 for request in asked)
        assert len({request.runlength for request in asked}) == 3

    def test_challengers_are_capped(self) -> None:
        """None is."""
        problem, needs = SETTINGS["runtimes, noise, instances"]
        asked = self.drive(self.engine(problem, needs), 2 * self.n_runs, problem)
        assert {request.cutoff_s for request in asked} == {CUTOFF_S}

    def test_several_runs_may_be_outstanding_and_end_in_any_order(self, n_known: int = 1) -> None:
        engine = self.engine()
        asked = self.drive(engine, n_known)
        asked += self.ask(engine, 4)
        assert len({request.configuration for request in asked}) == len(asked) == n_known + 4
        for request in reversed(asked[n_known:]):
            engine.tell(request, execute(BLACK_BOX, request))
        assert engine.incumbent is not None

    def test_a_suggestion_is_run_soon(self) -> None:
        """In full, where nobody knows it at any budget."""
        super().test_a_suggestion_is_run_soon()


class TestHyperband(WithRungs):
    def race(self, make_proposer: Callable[[], Proposer], problem: Problem) -> Engine:
        return HalvingEngine(make_proposer, replace(problem, budget=None), HalvingSettings(BRACKETS, 3))


class TestSuccessiveHalving(WithRungs):
    """One proposer is enough: it is Hyperband but for the brackets."""

    proposers, in_pairs = ("random",), ()

    def race(self, make_proposer: Callable[[], Proposer], problem: Problem) -> Engine:
        return HalvingEngine(make_proposer, replace(problem, budget=None), HalvingSettings(BRACKETS[:1], 3))


class TestAsha(WithRungs):
    in_pairs = ()

    def race(self, make_proposer: Callable[[], Proposer], problem: Problem) -> Engine:
        return AshaEngine(make_proposer, replace(problem, budget=None), BRACKETS[0], 3)


class TestBudgetSearch(EngineContract):
    """Runs are cheap at first; who is best is decided at the highest budget that anybody has reached."""

    proposers, in_pairs = ("random", pytest.param("smbo", marks=pytest.mark.slow)), ()

    @pytest.fixture(autouse=True)
    def choose(self, request: pytest.FixtureRequest) -> None:
        """A proposer comes up with configurations, or its own model does."""
        self.name, self.n_runs = request.param, 30 if request.param == "random" else 20

    def race(self, make_proposer: Callable[[], Proposer], problem: Problem) -> Engine:
        is_own = self.name == "smbo"
        return BudgetSearchEngine(
            problem,
            BudgetSearchSettings.between(10, 300, goes_on=True, models_proposals=is_own),
            lambda box: RacingEngine(PROPOSERS[self.name](box), box, RacingSettings()),
            None if is_own else make_proposer(),
        )

    def test_the_first_run_is_the_given_configuration_in_full(self) -> None:
        request = self.engine().ask()
        assert request is not None
        assert request.configuration.is_default
        assert (request.instance, request.cutoff_s, request.runlength) == (NO_INSTANCE, CUTOFF_S, 10)

    def test_a_deterministic_target_gets_seed_minus_one_and_no_configuration_twice(self) -> None:
        asked = self.drive(self.engine(), 2 * self.n_runs)
        assert {request.seed for request in asked} == {-1}
        assert len({request.key for request in asked}) == 2 * self.n_runs

    def test_proposals_are_numbered_from_zero(self) -> None:
        asked = self.drive(self.engine(), self.n_runs)
        numbers = {request.configuration: request.origin.proposal for request in asked}
        assert list(numbers.values()) == list(range(len(numbers)))
        assert all(numbers[request.configuration] == request.origin.proposal for request in asked)

    def test_a_random_target_gets_fresh_seeds(self) -> None:
        asked = self.drive(self.engine(NOISY), 2 * self.n_runs, NOISY)
        assert all(0 <= request.seed < 2**31 for request in asked)

    @pytest.mark.parametrize("text", ["", "only categorical {one} [one]\n"])
    def test_a_space_of_one_configuration(self, text: str) -> None:
        engine = self.engine(problem_of(text))
        asked = self.drive(engine, 12)
        assert [request.runlength for request in asked] == [10, 19, 38, 75, 150, 300]
        assert engine.exhausted

    def test_a_clause_that_forbids_nearly_everything(self) -> None:
        engine = self.engine(problem_of("a real [0, 1] [0]\nb real [0, 1] [0]\n{a + b > 0.1}\n"))
        asked = self.drive(engine, self.n_runs)
        assert len({request.configuration for request in asked}) >= 5
        assert not any(request.configuration.is_forbidden for request in asked)

    def test_the_incumbent_of_a_deterministic_target_is_the_best_run(self) -> None:
        engine = self.engine()
        best: dict[int, float] = {}
        for _ in range(2 * self.n_runs):
            (request,) = self.drive(engine, 1)
            quality = execute(BLACK_BOX, request).quality
            best[request.runlength] = min(best.get(request.runlength, math.inf), quality)
            assert engine.incumbent is not None
            assert engine.incumbent.cost == best[max(best)]

    @pytest.mark.parametrize("setting", [name for name, (_, needs) in SETTINGS.items() if needs])
    def test_the_incumbent_is_who_was_run_most_and_no_run_of_its_was_capped(self, setting: str) -> None:
        problem, needs = SETTINGS[setting]
        engine = self.engine(problem, needs)
        n_instances = len(problem.instances)
        asked = self.drive(engine, 3 * self.n_runs * n_instances, problem)
        highest = max(request.runlength for request in asked)
        assert engine.incumbent is not None
        own = [request for request in asked if request.configuration == engine.incumbent.configuration]
        n_at_highest = sum(request.runlength == highest for request in own)
        assert engine.incumbent.n_runs == n_at_highest >= n_instances

    def test_challengers_are_capped(self) -> None:
        problem, needs = SETTINGS["runtimes, noise, instances"]
        asked = self.drive(self.engine(problem, needs), 2 * self.n_runs, problem)
        assert {request.cutoff_s for request in asked} == {CUTOFF_S}

    def test_a_declined_run_is_asked_for_again(self) -> None:
        problem = problem_of(FINITE)
        engine = self.engine(problem, {Ability.PEERS})
        first = engine.ask()
        assert first is not None
        engine.decline(first)
        while (request := engine.ask(Busy(first))) is not None:
            engine.tell(request, execute(problem, request))
        assert engine.exhausted is None
        assert engine.ask() == first
        engine.tell(first, execute(problem, first))
        asked = self.drive(engine, 60, problem)
        assert {request.configuration for request in asked} == {first.configuration}
        assert engine.exhausted
