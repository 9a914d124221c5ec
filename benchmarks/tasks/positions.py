"""Where a value stands in its parameter's range, as the synthetic tasks count it.

Other than in Space.encode, the ends of the range are exactly 0 and 1, of integers and choices too.
"""

from __future__ import annotations

import math
from typing import Any

from bbopt.space import Parameter
from benchmarks.tasks.settings import typed

__all__ = ["position", "value_at"]


def position(parameter: Parameter, value: Any) -> float:
    """From 0 for the lowest value (the first choice) to 1, on a log scale where it has one."""
    if parameter.kind.is_discrete:
        return parameter.choices.index(value) / (len(parameter.choices) - 1)
    low, high = parameter.low, parameter.high
    if parameter.log:
        return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
    return (float(value) - low) / (high - low)


def value_at(parameter: Parameter, unit: float) -> Any:
    """The value at a point of [0, 1); all integers or choices have an equally wide part of it."""
    if parameter.kind.is_discrete:
        return parameter.choices[int(unit * len(parameter.choices))]
    margin = 0.0 if math.isinf(parameter.size) else 0.5
    low, high = parameter.low - margin, parameter.high + margin
    if parameter.log:
        number = math.exp(math.log(low) + unit * (math.log(high) - math.log(low)))
    else:
        number = low + unit * (high - low)
    if margin:
        number = round(number)
    return typed(parameter, min(max(number, parameter.low), parameter.high))
