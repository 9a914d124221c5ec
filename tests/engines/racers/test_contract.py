"""The engine's contract, on every racer over every proposer."""

from __future__ import annotations

import pytest

from bbopt.engines import Engine, Problem
from bbopt.engines.proposers import Ability, Proposer
from bbopt.engines.racers import (
    CappingSettings,
    HopelessEngine,
    RacingEngine,
    RacingSettings,
    UnracedEngine,
    by_median,
)
from bbopt.runs import RuntimeObjective
from tests.contracts.engine_contract import BLACK_BOX, CUTOFF_S, SETTINGS, EngineContract
from tests.engines.proposers.makers import PROPOSERS


class TestRacing(EngineContract):
    def race(self, proposer: Proposer, problem: Problem) -> Engine:
        capping = CappingSettings(1.0, 0.1) if isinstance(problem.objective, RuntimeObjective) else None
        return RacingEngine(proposer, problem, RacingSettings(capping=capping))


class TestHopeless(TestRacing):
    """Where a rule gives runs up, all else is as without it."""

    @pytest.fixture(autouse=True, params=["random"])
    def choose(self, request: pytest.FixtureRequest) -> None:
        self.name, self.n_runs = request.param, 30

    def race(self, proposer: Proposer, problem: Problem) -> Engine:
        return HopelessEngine(super().race(proposer, problem), problem, by_median)


class TestUnraced(EngineContract):
    """Without a race, runs are neither capped nor is anybody challenged."""

    races = False

    @pytest.fixture(autouse=True, params=[name for name in PROPOSERS if name != "smac3"])
    def choose(self, request: pytest.FixtureRequest) -> None:
        """Without smac3, which takes its time and behaves no differently here."""
        self.name, self.n_runs = request.param, 16 if request.param == "tpe" else 30

    def race(self, proposer: Proposer, problem: Problem) -> Engine:
        return UnracedEngine(proposer, problem)

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
