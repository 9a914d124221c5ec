"""What every engine is told about its task."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import BLACK_BOX, NO_BUDGET, InstanceSet, Objective, Texts
from bbopt.space import Configuration, Space

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A space to search, what to minimise, how runs are made, and with which configurations to begin.

    `given` are run first, in order, and of a design they are all.  `texts` are what the runs of each get
    beside it, if there is such a thing.
    `budget` is the number of runs there will be, None when only time
    limits them.  All random choices come from `seed`; those that all searches on this problem should make
    alike (the seeds that configurations are compared on, the space-filling design) from `common_seed`,
    None where no others search.
    A run with `cutoff_s` and `runlength` is a run in full; with a `deterministic` target one on each of the
    `instances` says all.  The last run of a given configuration but the first one begins before such runs
    have taken `seconds_for_given`.
    """

    space: Space
    objective: Objective
    given: tuple[Configuration, ...]
    budget: int | None
    seed: int
    common_seed: int | None = None
    instances: InstanceSet = BLACK_BOX
    deterministic: bool = True
    cutoff_s: float = LARGEST_DOUBLE
    runlength: int = NO_BUDGET
    seconds_for_given: float = math.inf
    texts: tuple[Texts, ...] = ()

    @property
    def pair_seed(self) -> int:
        """Where the seeds of the target and the space-filling design come from."""
        return self.seed if self.common_seed is None else self.common_seed
