"""The contract, on every engine."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.engines import Engine
from bbopt.engines.racing import RacingSettings
from bbopt.engines.random_search import random_search
from bbopt.engines.smac3 import Smac3Engine
from bbopt.engines.smbo import ModelSettings, smbo
from bbopt.runs import QualityObjective
from bbopt.space import Configuration, Space
from tests.contracts.engine_contract import EngineContract


class TestRandomSearch(EngineContract):
    def make(
        self, space: Space, given: Sequence[Configuration], seed: int, settings: RacingSettings
    ) -> Engine:
        return random_search(space, QualityObjective(), settings, given, seed)


class TestSmbo(EngineContract):
    def make(
        self, space: Space, given: Sequence[Configuration], seed: int, settings: RacingSettings
    ) -> Engine:
        return smbo(space, QualityObjective(), settings, ModelSettings(), given, 40, seed)


class TestSmac3(EngineContract):
    def make(
        self, space: Space, given: Sequence[Configuration], seed: int, settings: RacingSettings
    ) -> Engine:
        return Smac3Engine(space, QualityObjective(), settings, given, 40, seed)
