"""Racers decide on which instances, seeds and cutoffs configurations are compared; each is an Engine."""

from bbopt.engines.racers.capping import CappingSettings
from bbopt.engines.racers.racing import RacingEngine, RacingSettings
from bbopt.engines.racers.unraced import UnracedEngine

__all__ = ["CappingSettings", "RacingEngine", "RacingSettings", "UnracedEngine"]
