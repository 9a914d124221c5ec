"""Runs of the target algorithm: the values that describe them, what they cost, and their history."""

from bbopt.runs.history import History, Run
from bbopt.runs.instances import BLACK_BOX, InstanceSet
from bbopt.runs.objective import Objective, QualityObjective, RuntimeObjective, tuner_time
from bbopt.runs.standing import Pair, Standing, mean_cost
from bbopt.runs.values import (
    NO_INSTANCE,
    Elapsed,
    Instance,
    Origin,
    RunRequest,
    RunResult,
    RunStatus,
)

__all__ = [
    "BLACK_BOX",
    "NO_INSTANCE",
    "Elapsed",
    "History",
    "Instance",
    "InstanceSet",
    "Objective",
    "Origin",
    "Pair",
    "QualityObjective",
    "Run",
    "RunRequest",
    "RunResult",
    "RunStatus",
    "RuntimeObjective",
    "Standing",
    "mean_cost",
    "tuner_time",
]
