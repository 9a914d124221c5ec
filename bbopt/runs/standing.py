"""How configurations compare: by their mean costs, and by the runs that failed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bbopt.runs.values import Pair

__all__ = ["Standing", "mean_cost"]


def mean_cost(costs: Mapping[Pair, float], pairs: Iterable[Pair]) -> float:
    """The mean over the instances among `pairs` (at least one) of the mean cost over each one's seeds."""
    by_instance: dict[str, list[float]] = {}
    for pair in pairs:
        by_instance.setdefault(pair.instance, []).append(costs[pair])
    means = [math.fsum(some) / len(some) for some in by_instance.values()]
    return math.fsum(means) / len(means)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a configuration on some pairs (at least one); of two, the better one is less.

    `costs`: on each pair; `failed`: the pairs on which the run failed.  With `failures_first` (see
    Objective) the share of failures decides before the costs.  Otherwise each counts as the highest cost on
    either side, its own included, and decides between equal means.  So to fail on a pair is never better than
    to work there, whatever the numbers are, and nothing but the two sides has a say: the verdict does not
    depend on what else was seen, nor in which order.
    """

    costs: Mapping[Pair, float]
    failed: frozenset[Pair]
    failures_first: bool
    mean: float

    @classmethod
    def on(
        cls, pairs: Iterable[Pair], costs: Mapping[Pair, float], failed: Iterable[Pair], failures_first: bool
    ) -> Standing:
        """The standing on `pairs`, of which `costs` and `failed` may hold more."""
        own = {pair: costs[pair] for pair in pairs}
        return cls(own, frozenset(own).intersection(failed), failures_first, mean_cost(own, own))

    @property
    def has_worked(self) -> bool:
        """Whether any run did not fail."""
        return len(self.failed) < len(self.costs)

    @property
    def budget(self) -> int:
        """The run length of its runs, the longest where they differ."""
        return max(pair.runlength for pair in self.costs)

    @property
    def precedence(self) -> tuple[bool, int, Standing]:
        """The least of these is who to stand by: who has worked, then at the highest budget, then the best.

        So a result at a low budget never beats one at a higher budget.
        """
        return not self.has_worked, -self.budget, self

    def __lt__(self, other: Standing) -> bool:
        return self._beside(other) < other._beside(self)

    def _beside(self, other: Standing) -> tuple[float, float, float]:
        """What is compared with the other's: failures where they come first, the mean, failures."""
        if not self.failed:
            return 0.0, self.mean, 0.0
        highest = max(*self.costs.values(), *other.costs.values())
        costs = {pair: highest if pair in self.failed else cost for pair, cost in self.costs.items()}
        share = mean_cost({pair: float(pair in self.failed) for pair in costs}, costs)
        return (share if self.failures_first else 0.0), mean_cost(costs, costs), share
