"""Engines propose runs and learn from results (ask and tell); they never execute anything."""

from bbopt.engines.capping import CappingSettings
from bbopt.engines.problem import Problem
from bbopt.engines.protocol import Engine, Incumbent
from bbopt.engines.racing import RacingEngine, RacingSettings

__all__ = ["CappingSettings", "Engine", "Incumbent", "Problem", "RacingEngine", "RacingSettings"]
