"""Runs of the target algorithm: the values that describe them, what they cost, and their history."""

from typing import TYPE_CHECKING

from bbopt.lazy_names import lazy_names

if TYPE_CHECKING:
    from bbopt.runs.curve import Curve
    from bbopt.runs.history import History, Run
    from bbopt.runs.instances import BLACK_BOX, InstanceSet
    from bbopt.runs.job_status import JobStatus
    from bbopt.runs.objective import Objective, QualityObjective, RuntimeObjective, tuner_time
    from bbopt.runs.rows import Cell, Row, aligned, row_of, run_cells
    from bbopt.runs.spread import Spread, mean_of, spread_of, spread_over
    from bbopt.runs.standing import Standing, mean_cost
    from bbopt.runs.values import (
        ALL_DATA,
        DETERMINISTIC_SEED,
        ENDED_AS_HOPELESS,
        ENDED_BY_USER,
        HOPELESS,
        KNOWN_KIND,
        NO_BUDGET,
        NO_INSTANCE,
        RETRAINING,
        Elapsed,
        Instance,
        Origin,
        Pair,
        RunKey,
        RunRequest,
        RunResult,
        RunStatus,
        Texts,
        at_budget,
    )
else:
    __getattr__ = lazy_names(
        __name__,
        "job_status",
        "curve",
        "spread",
        "standing",
        "instances",
        "values",
        "rows",
        "objective",
        "history",
    )

__all__ = [
    "ALL_DATA",
    "BLACK_BOX",
    "DETERMINISTIC_SEED",
    "ENDED_AS_HOPELESS",
    "ENDED_BY_USER",
    "HOPELESS",
    "KNOWN_KIND",
    "NO_BUDGET",
    "NO_INSTANCE",
    "RETRAINING",
    "Cell",
    "Curve",
    "Elapsed",
    "History",
    "Instance",
    "InstanceSet",
    "JobStatus",
    "Objective",
    "Origin",
    "Pair",
    "QualityObjective",
    "Row",
    "Run",
    "RunKey",
    "RunRequest",
    "RunResult",
    "RunStatus",
    "RuntimeObjective",
    "Spread",
    "Standing",
    "Texts",
    "aligned",
    "at_budget",
    "mean_cost",
    "mean_of",
    "row_of",
    "run_cells",
    "spread_of",
    "spread_over",
    "tuner_time",
]
