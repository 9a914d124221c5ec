"""What every engine is told about its task."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.runs import QualityObjective
from bbopt.space import Configuration, Space

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A space to search, what to minimise, and with which configurations to begin.

    `given` are run first, in order.  `budget` is the number of runs there will be, None when only time
    limits them.  All random choices come from `seed`.
    """

    space: Space
    objective: QualityObjective
    given: tuple[Configuration, ...]
    budget: int | None
    seed: int
