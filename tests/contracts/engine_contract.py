"""What every engine must do, whoever proposes.

A racer's tests subclass EngineContract and say how to make one; each test runs over every proposer, but for
what that one says it does not cope with.
"""

from __future__ import annotations

import itertools
import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
import pytest

from bbopt.engines import ALONE, Engine, Others, Problem
from bbopt.engines.proposers import Ability, Proposer
from bbopt.runs import (
    NO_INSTANCE,
    Instance,
    InstanceSet,
    Origin,
    Pair,
    QualityObjective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from bbopt.space import Configuration, parse_pcs
from tests.engines.proposers.makers import PROPOSERS
from tests.engines.spaces import BRANIN, FINITE, MIXED, answer

Test = TypeVar("Test", bound=Callable[..., None])

CUTOFF_S = 7.5
INSTANCES = InstanceSet(tuple(Instance(f"i{k}", features=(("size", float(k)),)) for k in range(4)))


def problem_of(text: str = BRANIN, seed: int = 1, *, deterministic: bool = True) -> Problem:
    space = parse_pcs(text)
    return Problem(
        space,
        QualityObjective(),
        (space.default,),
        budget=40,
        seed=seed,
        deterministic=deterministic,
        cutoff_s=CUTOFF_S,
        runlength=300,
    )


BLACK_BOX, NOISY = problem_of(), problem_of(deterministic=False)
SETTINGS: dict[str, tuple[Problem, set[Ability]]] = {
    "black box": (BLACK_BOX, set()),
    "noise": (NOISY, {Ability.NOISE}),
    "instances": (replace(BLACK_BOX, instances=INSTANCES), {Ability.INSTANCES}),
    "noise and instances": (replace(NOISY, instances=INSTANCES), {Ability.NOISE, Ability.INSTANCES}),
    "runtimes": (
        replace(BLACK_BOX, objective=RuntimeObjective(CUTOFF_S)),
        {Ability.RUNTIMES, Ability.CAPPING},
    ),
    "runtimes, noise, instances": (
        replace(NOISY, objective=RuntimeObjective(CUTOFF_S), instances=INSTANCES),
        {Ability.RUNTIMES, Ability.CAPPING, Ability.NOISE, Ability.INSTANCES},
    ),
}

QUICK = tuple(name for name in PROPOSERS if name != "smac3")


def of_pairs(test: Test) -> Test:
    """Mark a test of what a racer and a proposer do together; the others are about the racer."""
    test.is_of_pairs = True  # type: ignore[attr-defined]
    return test


def execute(problem: Problem, request: RunRequest) -> RunResult:
    """What the target answers: a function of the request, so that replays are told the same."""
    level = answer(request, 0.0 if problem.deterministic else 1.0).quality
    number = INSTANCES.number_of(request.instance.name) if request.instance.name in INSTANCES else 0
    if isinstance(problem.objective, QualityObjective):
        return RunResult(RunStatus.SAT, 0.1, 0, level + number)
    needed_s = 0.2 * (1 + number) * math.exp(level / 40)
    is_late = needed_s >= request.cutoff_s
    return RunResult(RunStatus.TIMEOUT if is_late else RunStatus.SAT, min(needed_s, request.cutoff_s), 0, 0.0)


class Busy:
    """Others that are making these runs."""

    def __init__(self, *requests: RunRequest) -> None:
        self._runs = {request.key for request in requests}

    @property
    def under_way(self) -> list[Configuration]:
        return [configuration for configuration, _ in self._runs]

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        return (configuration, pair) in self._runs

    def __contains__(self, configuration: object) -> bool:
        return configuration in self.under_way


class EngineContract:
    """Ask and tell, for any racer over any proposer; one that `races` runs the better ones more often."""

    proposers: Sequence[object] = QUICK
    in_pairs: tuple[str, ...] = ("smac3",)
    """More proposers, which take their time, for the tests of pairs."""

    races = True
    n_until_losers = 0
    """More runs than usual that it may take until somebody is known to have lost."""

    @abstractmethod
    def race(self, make_proposer: Callable[[], Proposer], problem: Problem) -> Engine:
        """A fresh engine; where the objective is a runtime it caps runs."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        more = self.in_pairs if hasattr(metafunc.function, "is_of_pairs") else ()
        slow = [pytest.param(name, marks=pytest.mark.slow) for name in more]
        metafunc.parametrize("choose", [*self.proposers, *slow], indirect=True)

    @pytest.fixture(autouse=True)
    def choose(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param
        self.n_runs = 8 if self.name == "smac3" else 30

    def engine(self, problem: Problem = BLACK_BOX, needs: set[Ability] | None = None) -> Engine:
        make_proposer = partial(PROPOSERS[self.name], problem)
        if lacking := (needs or set()) and (needs or set()) - make_proposer().abilities:
            pytest.skip(f"{self.name} does not cope with {', '.join(one.value for one in lacking)}")
        return self.race(make_proposer, problem)

    def ask(self, engine: Engine, n: int, others: Others = ALONE) -> list[RunRequest]:
        """Up to `n` runs at once."""
        return [request for request in (engine.ask(others) for _ in range(n)) if request is not None]

    def drive(self, engine: Engine, n: int, problem: Problem = BLACK_BOX) -> list[RunRequest]:
        asked = []
        for _ in range(n):
            request = engine.ask()
            if request is None:
                break
            asked.append(request)
            engine.tell(request, execute(problem, request))
        return asked

    # ------------------------------------------------------------------ what is asked

    def test_the_first_run_is_the_given_configuration_in_full(self) -> None:
        request = self.engine(needs={Ability.GIVEN}).ask()
        assert request is not None
        assert request.configuration.is_default
        assert request.origin.kind in {"default", "portfolio"}
        assert (request.instance, request.cutoff_s, request.runlength) == (NO_INSTANCE, CUTOFF_S, 300)

    def test_nothing_is_best_before_the_first_result(self) -> None:
        engine = self.engine()
        assert engine.incumbent is None
        engine.ask()
        assert engine.incumbent is None

    def test_a_deterministic_target_gets_seed_minus_one_and_no_configuration_twice(self) -> None:
        asked = self.drive(self.engine(), self.n_runs)
        assert len(asked) == self.n_runs
        assert {request.seed for request in asked} == {-1}
        assert len({request.configuration for request in asked}) == self.n_runs

    def test_proposals_are_numbered_from_zero(self) -> None:
        asked = self.drive(self.engine(), 12)
        assert [request.origin.proposal for request in asked] == list(range(12))

    @of_pairs
    @pytest.mark.parametrize("setting", SETTINGS)
    def test_no_run_is_asked_for_twice_unless_it_was_capped(self, setting: str) -> None:
        problem, needs = SETTINGS[setting]
        engine = self.engine(problem, needs)
        running: list[RunRequest] = []
        seen: dict[object, bool] = {}
        for _ in range(2 * self.n_runs):
            while len(running) < 3 and (request := engine.ask()) is not None:
                assert request.instance.name in problem.instances
                assert 0 < request.cutoff_s <= CUTOFF_S
                assert seen.get(request.key, True)
                seen[request.key] = False
                running.append(request)
            request = running.pop(len(seen) % len(running))
            result = execute(problem, request)
            seen[request.key] = Run.valued(request, result, problem.objective).is_censored
            engine.tell(request, result)
        assert engine.incumbent is not None
        assert engine.exhausted is None

    @of_pairs
    @pytest.mark.parametrize("text", [MIXED, FINITE])
    def test_asked_configurations_are_legal_and_active_only(self, text: str) -> None:
        problem = problem_of(text)
        for request in self.drive(self.engine(problem), self.n_runs):
            assert not request.configuration.is_forbidden
            again = problem.space.configuration(request.configuration.active_values)
            assert again == request.configuration

    @of_pairs
    def test_a_finite_space_is_used_up_with_a_reason(self) -> None:
        problem = problem_of(FINITE)
        engine = self.engine(problem)
        asked = self.drive(engine, 60)
        everything = problem.space.enumerate_values(100)
        assert everything is not None
        assert len({request.configuration for request in asked}) == len(everything) == 5
        assert engine.ask() is None
        assert engine.exhausted

    @of_pairs
    def test_a_clause_that_forbids_nearly_everything(self) -> None:
        engine = self.engine(problem_of("a real [0, 1] [0]\nb real [0, 1] [0]\n{a + b > 0.1}\n"))
        asked = self.drive(engine, 6)
        assert len({request.key for request in asked}) == 6
        assert not any(request.configuration.is_forbidden for request in asked)

    @of_pairs
    @pytest.mark.parametrize("text", ["", "only categorical {one} [one]\n"])
    def test_a_space_of_one_configuration(self, text: str) -> None:
        engine = self.engine(problem_of(text))
        asked = self.drive(engine, 5)
        assert [request.configuration.is_default for request in asked] == [True]
        assert engine.exhausted

    @of_pairs
    def test_seeds_decide_what_is_searched(self) -> None:
        one, two, other = (
            self.drive(self.engine(problem_of(MIXED, seed), {Ability.EXPLORING}), self.n_runs)
            for seed in (7, 7, 8)
        )
        assert [r.configuration for r in one] == [r.configuration for r in two]
        assert [r.configuration for r in one] != [r.configuration for r in other]

    # ------------------------------------------------------------------ who is best

    def test_the_incumbent_of_a_deterministic_target_is_the_best_run(self) -> None:
        engine = self.engine()
        best = math.inf
        for _ in range(self.n_runs):
            request = engine.ask()
            assert request is not None
            result = execute(BLACK_BOX, request)
            engine.tell(request, result)
            best = min(best, result.quality)
            assert engine.incumbent is not None
            assert engine.incumbent.cost == best

    @pytest.mark.parametrize("setting", [name for name, (_, needs) in SETTINGS.items() if needs])
    def test_the_incumbent_is_who_was_run_most_and_no_run_of_its_was_capped(self, setting: str) -> None:
        problem, needs = SETTINGS[setting]
        engine = self.engine(problem, needs)
        runs: dict[Configuration, dict[Pair, Run]] = {}
        for request in self.drive(engine, 3 * self.n_runs, problem):
            run = Run.valued(request, execute(problem, request), problem.objective)
            runs.setdefault(request.configuration, {})[request.pair] = run
        assert engine.incumbent is not None
        own = runs[engine.incumbent.configuration]
        assert engine.incumbent.n_runs == len(own)
        assert not any(run.is_censored for run in own.values())
        finished = [[run for run in by_pair.values() if not run.is_censored] for by_pair in runs.values()]
        assert len(own) == max(map(len, finished))
        if needs & {Ability.NOISE, Ability.INSTANCES} and (self.races or Ability.INSTANCES in needs):
            assert len(own) > 1

    def test_a_crash_costs_what_the_objective_says_and_is_not_best(self) -> None:
        engine = self.engine()
        first = engine.ask()
        assert first is not None
        engine.tell(first, execute(BLACK_BOX, first))
        second = engine.ask()
        assert second is not None
        engine.tell(second, RunResult(RunStatus.CRASHED, 0.1, 0, 0.0, reason="exit status 1"))
        assert engine.incumbent is not None
        assert engine.incumbent.configuration == first.configuration

    @pytest.mark.parametrize("problem", [BLACK_BOX, NOISY], ids=["deterministic", "noisy"])
    @pytest.mark.parametrize("crashes_first", [True, False])
    def test_a_crash_is_never_best_however_large_the_losses(
        self, problem: Problem, crashes_first: bool
    ) -> None:
        engine = self.engine(problem, set() if problem.deterministic else {Ability.NOISE})
        fails: dict[Configuration, bool] = {}
        for _ in range(self.n_runs):
            request = engine.ask()
            assert request is not None
            result = execute(problem, request)
            looks_good = [crashes_first, not crashes_first, result.quality < 20][min(len(fails), 2)]
            if fails.setdefault(request.configuration, looks_good):
                result = replace(result, status=RunStatus.CRASHED, quality=1e9)
            else:
                result = replace(result, quality=1e11 + 1e9 * result.quality)
            engine.tell(request, result)
            assert engine.incumbent is not None
            assert fails[engine.incumbent.configuration] == all(fails.values())
        assert 1 < sum(fails.values()) < len(fails)

    def test_a_random_target_gets_fresh_seeds(self) -> None:
        asked = self.drive(self.engine(NOISY, {Ability.NOISE}), 2 * self.n_runs, NOISY)
        assert all(0 <= request.seed < 2**31 for request in asked)
        assert (len({request.seed for request in asked}) > 1) == self.races

    def test_challengers_are_capped(self) -> None:
        problem, needs = SETTINGS["runtimes, noise, instances"]
        asked = self.drive(self.engine(problem, needs), 2 * self.n_runs, problem)
        assert asked[0].cutoff_s == CUTOFF_S
        assert min(request.cutoff_s for request in asked) < CUTOFF_S

    # ------------------------------------------------------------------ several at once

    @of_pairs
    @pytest.mark.parametrize("n_known", [0, 1])
    def test_several_runs_may_be_outstanding_and_end_in_any_order(self, n_known: int) -> None:
        """No slot waits for the first result."""
        engine = self.engine()
        asked = self.drive(engine, n_known)
        asked += self.ask(engine, 4)
        assert len({request.configuration for request in asked}) == len(asked) == n_known + 4
        for request in reversed(asked[n_known:]):
            engine.tell(request, execute(BLACK_BOX, request))
        assert engine.incumbent is not None
        assert engine.incumbent.cost == min(execute(BLACK_BOX, request).quality for request in asked)

    @of_pairs
    def test_pending_runs_are_not_proposed_again_nor_their_neighbourhood(self) -> None:
        engine = self.engine()
        # A search that is nearly at the optimum may well look closely around it.
        known = {request.configuration for request in self.drive(engine, 12)}
        asked = self.ask(engine, 4)
        new = [request.configuration.row for request in asked if request.configuration not in known]
        unit = BLACK_BOX.space.encode(np.stack(new))
        apart = [np.abs(a - b).max() for a, b in itertools.combinations(unit, 2)]
        assert len(asked) == 4
        assert len(new) > 1
        # A model that does not know what is pending says nearly the same each time.
        assert min(apart) > 1e-5
        assert max(apart) > 1e-2

    @pytest.mark.parametrize("setting", SETTINGS)
    def test_who_comes_back_was_known_to_return_and_losers_are_known(self, setting: str) -> None:
        problem, needs = SETTINGS[setting]
        engine = self.engine(problem, needs)
        running: list[RunRequest] = []
        returns: dict[Configuration, bool] = {}
        numbers: set[tuple[Configuration, int]] = set()
        for _ in range(max(2 * self.n_runs, self.n_until_losers)):
            while len(running) < 3 and (request := engine.ask()) is not None:
                own = (request.configuration, request.origin.proposal)
                assert own not in numbers or returns.get(request.configuration, True)
                numbers.add(own)  # with noise, who has lost may be proposed once more
                assert engine.may_return(request.configuration)
                running.append(request)
            request = running.pop(0)
            engine.tell(request, execute(problem, request))
            for known in (*returns, request.configuration):
                returns[known] = engine.may_return(known)
        assert False in returns.values()

    # ------------------------------------------------------------------ replay

    @of_pairs
    @pytest.mark.parametrize("setting", SETTINGS)
    @pytest.mark.parametrize("n", [1, 2, 11])
    def test_telling_the_record_brings_a_fresh_engine_to_its_end(self, setting: str, n: int) -> None:
        problem, needs = SETTINGS[setting]
        engine = self.engine(problem, needs)
        asked = self.drive(engine, n, problem)
        fresh = self.engine(problem)
        for request in asked:
            fresh.tell(request, execute(problem, request))
        assert fresh.incumbent is not None
        assert engine.incumbent is not None
        assert fresh.incumbent.configuration == engine.incumbent.configuration
        assert fresh.incumbent.cost == engine.incumbent.cost
        following, again = engine.ask(), fresh.ask()
        assert following is not None
        assert again is not None
        assert again.origin.proposal == following.origin.proposal
        if Ability.REPLAY in PROPOSERS[self.name](problem).abilities:
            assert again == following
        else:
            assert again.key not in {request.key for request in asked}

    # ------------------------------------------------------------------ others

    def test_a_declined_run_waits_until_others_are_done(self) -> None:
        engine = self.engine(needs={Ability.PEERS})
        first = engine.ask()
        assert first is not None
        engine.decline(first)
        asked = self.ask(engine, 3, Busy(first))
        assert first.configuration not in {request.configuration for request in asked}
        assert len(asked) == 3

    @of_pairs
    def test_a_declined_run_is_asked_for_again(self) -> None:
        problem = problem_of(FINITE)
        engine = self.engine(problem, {Ability.PEERS})
        first = engine.ask()
        assert first is not None
        engine.decline(first)
        while (request := engine.ask(Busy(first))) is not None:
            engine.tell(request, execute(problem, request))
        assert engine.exhausted is None
        again = engine.ask()
        assert again is not None
        assert again.configuration == first.configuration
        engine.tell(again, execute(problem, again))
        self.drive(engine, 60, problem)
        assert engine.ask() is None
        assert engine.exhausted

    @of_pairs
    @pytest.mark.parametrize("setting", SETTINGS)
    def test_what_others_are_running_is_left_to_them(self, setting: str) -> None:
        problem, needs = SETTINGS[setting]
        engine, other = (self.engine(problem, needs | {Ability.PEERS}) for _ in range(2))
        theirs = self.ask(other, 3)
        asked = self.drive(engine, 1, problem)  # before they began
        for _ in range(self.n_runs):
            request = engine.ask(Busy(*theirs))
            assert request is not None
            asked.append(request)
            engine.tell(request, execute(problem, request))
        assert not {request.key for request in asked[1:]} & {request.key for request in theirs}

    def test_learning_changes_no_incumbent(self) -> None:
        engine = self.engine(needs={Ability.PEERS, Ability.GIVEN})
        configuration = BLACK_BOX.space.configuration({"x1": "3.14159", "x2": "2.275"})
        elsewhere = RunRequest(configuration, NO_INSTANCE, -1, CUTOFF_S, 300, Origin("x", 3))
        engine.learn(elsewhere, execute(BLACK_BOX, elsewhere))
        assert engine.incumbent is None
        first = engine.ask()
        assert first is not None
        assert first.configuration.is_default

    def test_a_suggestion_is_run_soon(self) -> None:
        engine = self.engine(needs={Ability.PEERS})
        self.drive(engine, 2)
        best = BLACK_BOX.space.configuration({"x1": "3.14159", "x2": "2.275"})
        engine.suggest(best)
        (request,) = self.drive(engine, 1)
        assert (request.configuration, request.origin.kind) == (best, "peer")
        assert engine.incumbent is not None
        assert engine.incumbent.configuration == best
