"""Engines that race whatever a proposer comes up with, or simply run it, and give up what is hopeless."""

from bbopt.engines.racers.asha import AshaEngine
from bbopt.engines.racers.capping import CappingSettings
from bbopt.engines.racers.halving import HalvingEngine, HalvingSettings
from bbopt.engines.racers.hopeless import HopelessEngine
from bbopt.engines.racers.racing import RacingEngine, RacingSettings
from bbopt.engines.racers.schedule import BracketPlan, hyperband_schedule
from bbopt.engines.racers.stopping import StoppingRule, by_curve, by_median
from bbopt.engines.racers.unraced import UnracedEngine

__all__ = [
    "AshaEngine",
    "BracketPlan",
    "CappingSettings",
    "HalvingEngine",
    "HalvingSettings",
    "HopelessEngine",
    "RacingEngine",
    "RacingSettings",
    "StoppingRule",
    "UnracedEngine",
    "by_curve",
    "by_median",
    "hyperband_schedule",
]
