"""Engines propose runs and learn from results (ask and tell); they never execute anything."""

from bbopt.engines.capping import CappingSettings
from bbopt.engines.problem import Problem
from bbopt.engines.protocol import ALONE, Engine, Incumbent, Others
from bbopt.engines.racing import RacingEngine, RacingSettings

__all__ = [
    "ALONE",
    "CappingSettings",
    "Engine",
    "Incumbent",
    "Others",
    "Problem",
    "RacingEngine",
    "RacingSettings",
]
