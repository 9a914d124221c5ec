"""Which runs are given up while they are under way: `stop-hopeless`."""

from __future__ import annotations

import enum

from bbopt.errors import InputError
from bbopt.options import OptionValues
from bbopt.scenario.metrics import MetricSettings
from bbopt.scenario.search import RacerName

__all__ = ["HopelessRule", "read_hopeless"]

_NAME = "stop-hopeless"


class HopelessRule(enum.Enum):
    """By what a run is given up: the values of `stop-hopeless`."""

    NONE = "none"
    CURVE = "curve"
    MEDIAN = "median"


def read_hopeless(values: OptionValues, metrics: MetricSettings, racer: RacerName) -> HopelessRule:
    """What the option says; InputError where a run tells nothing by which it could be judged."""
    rule = HopelessRule(values.choice(_NAME))
    if rule is HopelessRule.NONE:
        return rule
    place, got = values.place(_NAME), f"{_NAME} = {rule.value}"
    if not metrics.optimised:
        raise InputError(
            f"{_NAME} judges runs by the metric that they print while they are under way, and there is none",
            place=place,
            got=f"{got}, and no metric",
            expected="metric = NAME, and perhaps a metric-pattern",
            remedy=f"name the metric that is optimised, or leave {_NAME} out",
        )
    if racer.has_budgets:
        raise InputError(
            f"{_NAME} is for runs in full, and racer = {racer.value} makes runs at several budgets",
            place=place,
            got=got,
            remedy=f"leave {_NAME} out: such a racer ends what does not come to much by itself",
        )
    return rule
