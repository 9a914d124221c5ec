"""The contract, on every engine."""

from __future__ import annotations

from bbopt.engines import Engine, Problem, RacingSettings
from bbopt.engines.random_search import random_search
from bbopt.engines.smac3 import Smac3Engine
from bbopt.engines.smbo import ModelSettings, smbo
from tests.contracts.engine_contract import EngineContract


class TestRandomSearch(EngineContract):
    def make(self, problem: Problem, settings: RacingSettings) -> Engine:
        return random_search(problem, settings)


class TestSmbo(EngineContract):
    def make(self, problem: Problem, settings: RacingSettings) -> Engine:
        return smbo(problem, settings, ModelSettings())


class TestSmac3(EngineContract):
    n_runs = 14  # it takes a fifth of a second per run

    def make(self, problem: Problem, settings: RacingSettings) -> Engine:
        return Smac3Engine(problem, settings)
