"""What every engine must do; each engine's tests subclass EngineContract and say how to make one."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from dataclasses import replace

import numpy as np
import pytest

from bbopt.engines import Engine, Problem, RacingSettings
from bbopt.runs import NO_INSTANCE, Origin, Pair, QualityObjective, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration, Space, parse_pcs
from tests.engines.spaces import BRANIN, FINITE, MIXED, answer

CUTOFF_S = 7.5


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
    """Ask and tell, for any engine."""

    n_runs = 30

    @abstractmethod
    def make(self, problem: Problem, settings: RacingSettings) -> Engine:
        """A fresh engine."""

    def engine(self, text: str = BRANIN, seed: int = 1, deterministic: bool = True) -> tuple[Engine, Space]:
        space = parse_pcs(text)
        problem = Problem(space, QualityObjective(), (space.default,), budget=40, seed=seed)
        return self.make(problem, RacingSettings(deterministic, CUTOFF_S, 2147483647)), space

    def drive(self, engine: Engine, n: int, noise: float = 0.0) -> list[RunRequest]:
        asked = []
        for _ in range(n):
            request = engine.ask()
            if request is None:
                break
            asked.append(request)
            engine.tell(request, answer(request, noise))
        return asked

    def test_the_first_run_is_the_given_configuration(self) -> None:
        engine, space = self.engine()
        request = engine.ask()
        assert request is not None
        assert request.configuration == space.default
        assert request.origin.kind == "default"
        assert (request.instance, request.cutoff_s, request.runlength) == (NO_INSTANCE, CUTOFF_S, 2147483647)

    def test_nothing_is_best_before_the_first_result(self) -> None:
        engine, _ = self.engine()
        assert engine.incumbent is None

    def test_a_deterministic_target_gets_seed_minus_one_and_no_configuration_twice(self) -> None:
        engine, _ = self.engine()
        asked = self.drive(engine, self.n_runs)
        assert len(asked) == self.n_runs
        assert {request.seed for request in asked} == {-1}
        assert len({request.configuration for request in asked}) == self.n_runs

    def test_proposals_are_numbered_from_zero(self) -> None:
        engine, _ = self.engine()
        assert [request.origin.proposal for request in self.drive(engine, 12)] == list(range(12))

    def test_the_incumbent_of_a_deterministic_target_is_the_best_run(self) -> None:
        engine, _ = self.engine()
        best = float("inf")
        for _ in range(self.n_runs):
            request = engine.ask()
            assert request is not None
            result = answer(request)
            engine.tell(request, result)
            best = min(best, result.quality)
            assert engine.incumbent is not None
            assert engine.incumbent.cost == best

    def test_asked_configurations_are_legal_and_active_only(self) -> None:
        engine, space = self.engine(MIXED)
        for request in self.drive(engine, self.n_runs):
            assert not request.configuration.is_forbidden
            again = space.configuration(request.configuration.active_values)
            assert again == request.configuration

    def test_a_finite_space_is_used_up_with_a_reason(self) -> None:
        engine, space = self.engine(FINITE)
        asked = self.drive(engine, 60)
        everything = space.enumerate_values(100)
        assert everything is not None
        assert len({request.configuration for request in asked}) == len(everything) == 5
        assert engine.ask() is None
        assert engine.exhausted

    def test_same_seed_and_answers_give_the_same_sequence(self) -> None:
        one, two = (self.drive(self.engine(MIXED, seed=7)[0], self.n_runs) for _ in range(2))
        assert [r.configuration for r in one] == [r.configuration for r in two]
        other = self.drive(self.engine(MIXED, seed=8)[0], self.n_runs)
        assert [r.configuration for r in one] != [r.configuration for r in other]

    def test_several_runs_may_be_outstanding_and_end_in_any_order(self) -> None:
        engine, _ = self.engine()
        first = engine.ask()
        assert first is not None
        engine.tell(first, answer(first))
        asked = [request for request in (engine.ask() for _ in range(4)) if request is not None]
        assert len({request.configuration for request in asked}) == len(asked) >= 1
        for request in reversed(asked):
            engine.tell(request, answer(request))
        assert engine.incumbent is not None
        assert engine.incumbent.cost == min(answer(r).quality for r in [first, *asked])

    def test_no_slot_waits_for_the_first_result(self) -> None:
        engine, _ = self.engine()
        asked = [request for request in (engine.ask() for _ in range(4)) if request is not None]
        assert len({request.configuration for request in asked}) == 4
        for request in reversed(asked):
            engine.tell(request, answer(request))
        assert engine.incumbent is not None
        assert engine.incumbent.cost == min(answer(request).quality for request in asked)

    def test_pending_runs_are_not_proposed_again_nor_their_neighbourhood(self) -> None:
        engine, space = self.engine()
        self.drive(engine, 12)  # a search that is nearly at the optimum may well look closely around it
        asked = [request for request in (engine.ask() for _ in range(4)) if request is not None]
        unit = space.encode(np.stack([request.configuration.row for request in asked]))
        apart = [np.abs(a - b).max() for a, b in itertools.combinations(unit, 2)]
        assert len(asked) == 4
        assert min(apart) > 1e-3

    def test_a_crash_costs_what_the_objective_says_and_is_not_best(self) -> None:
        engine, _ = self.engine()
        first = engine.ask()
        assert first is not None
        engine.tell(first, answer(first))
        second = engine.ask()
        assert second is not None
        engine.tell(second, RunResult(RunStatus.CRASHED, 0.1, 0, 0.0, reason="exit status 1"))
        assert engine.incumbent is not None
        assert engine.incumbent.configuration == first.configuration

    @pytest.mark.parametrize("deterministic", [True, False])
    @pytest.mark.parametrize("crashes_first", [True, False])
    def test_a_crash_is_never_best_however_large_the_losses(
        self, deterministic: bool, crashes_first: bool
    ) -> None:
        engine, _ = self.engine(deterministic=deterministic)
        fails: dict[Configuration, bool] = {}
        for _ in range(self.n_runs):
            request = engine.ask()
            assert request is not None
            result = answer(request)
            looks_good = [crashes_first, not crashes_first, result.quality < 20][min(len(fails), 2)]
            if fails.setdefault(request.configuration, looks_good):
                result = replace(result, status=RunStatus.CRASHED, quality=1e9)
            else:
                result = replace(result, quality=1e11 + 1e9 * result.quality)
            engine.tell(request, result)
            assert engine.incumbent is not None
            assert fails[engine.incumbent.configuration] == all(fails.values())
        assert 1 < sum(fails.values()) < len(fails)

    def test_a_random_target_gets_fresh_seeds_and_its_incumbent_more_runs(self) -> None:
        engine, _ = self.engine(deterministic=False)
        asked = self.drive(engine, 2 * self.n_runs, noise=1.0)
        assert all(0 <= request.seed < 2**31 for request in asked)
        assert len({(request.configuration, request.seed) for request in asked}) == len(asked)
        assert len({request.seed for request in asked}) > 1
        assert engine.incumbent is not None
        assert engine.incumbent.n_runs > 1

    def test_telling_the_record_brings_a_fresh_engine_to_its_end(self) -> None:
        engine, _ = self.engine()
        asked = self.drive(engine, 15)
        fresh, _ = self.engine()
        for request in asked:
            fresh.tell(request, answer(request))
        assert fresh.incumbent == engine.incumbent or (
            fresh.incumbent is not None
            and engine.incumbent is not None
            and fresh.incumbent.configuration == engine.incumbent.configuration
        )
        following = fresh.ask()
        assert following is not None
        assert following.configuration not in {request.configuration for request in asked}
        assert following.origin.proposal == 15

    def test_a_declined_run_waits_until_others_are_done(self) -> None:
        engine, _ = self.engine()
        first = engine.ask()
        assert first is not None
        engine.decline(first)
        others = Busy(first)
        asked = [request for request in (engine.ask(others) for _ in range(3)) if request is not None]
        assert first.configuration not in {request.configuration for request in asked}
        assert len(asked) == 3

    def test_a_declined_run_is_asked_for_again(self) -> None:
        engine, _ = self.engine(FINITE)
        first = engine.ask()
        assert first is not None
        engine.decline(first)
        while (request := engine.ask(Busy(first))) is not None:
            engine.tell(request, answer(request))
        assert engine.exhausted is None
        again = engine.ask()
        assert again is not None
        assert again.configuration == first.configuration
        engine.tell(again, answer(again))
        assert engine.ask() is None
        assert engine.exhausted

    def test_learning_changes_no_incumbent(self) -> None:
        engine, space = self.engine()
        elsewhere = RunRequest(
            space.configuration({"x1": "3.14159", "x2": "2.275"}),
            NO_INSTANCE,
            -1,
            CUTOFF_S,
            2147483647,
            Origin("x", 3),
        )
        engine.learn(elsewhere, answer(elsewhere))
        assert engine.incumbent is None
        first = engine.ask()
        assert first is not None
        assert first.configuration == space.default

    def test_a_clause_that_forbids_nearly_everything(self) -> None:
        engine, _ = self.engine("a real [0, 1] [0]\nb real [0, 1] [0]\n{a + b > 0.1}\n")
        asked = self.drive(engine, 6)
        assert len({request.configuration for request in asked}) == 6
        assert not any(request.configuration.is_forbidden for request in asked)

    @pytest.mark.parametrize("text", ["", "only categorical {one} [one]\n"])
    def test_a_space_of_one_configuration(self, text: str) -> None:
        engine, space = self.engine(text)
        asked = self.drive(engine, 5)
        assert [request.configuration for request in asked] == [space.default]
        assert engine.exhausted
