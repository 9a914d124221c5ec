"""Engines propose runs and learn from results (ask and tell); they never execute anything.

An engine is a racer (`racers/`: how configurations are compared) over a proposer (`proposers/`: where they
come from), any of these over any of those.
"""

from bbopt.engines.engine import ALONE, Engine, Incumbent, Others
from bbopt.engines.problem import Problem

__all__ = ["ALONE", "Engine", "Incumbent", "Others", "Problem"]
