"""The engine's contract, on every racer over every proposer."""

from __future__ import annotations

from bbopt.engines import Engine, Problem
from bbopt.engines.proposers import Proposer
from bbopt.engines.racers import CappingSettings, RacingEngine, RacingSettings
from bbopt.runs import RuntimeObjective
from tests.contracts.engine_contract import EngineContract


class TestRacing(EngineContract):
    def race(self, proposer: Proposer, problem: Problem) -> Engine:
        capping = CappingSettings(1.0, 0.1) if isinstance(problem.objective, RuntimeObjective) else None
        return RacingEngine(proposer, problem, RacingSettings(capping=capping))
