"""Adaptive capping: how long a challenger's run may take before it is known that the challenger loses.

Hutter, Hoos, Leyton-Brown and Stuetzle, 2009, ParamILS: an automatic algorithm configuration framework,
section 4, with the slack of SMAC v2.  Costs are runtimes and penalties, so never negative.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bbopt.runs import Pair

__all__ = ["CappingSettings", "Comparison"]

_TOLERANCE_S = 0.001  # SMAC v2's, on the incumbent's mean and on the sum


@dataclass(frozen=True, slots=True)
class CappingSettings:
    """`ac-mult-slack`, and `ac-add-slack` in seconds."""

    factor: float = 1.3
    extra_s: float = 1.0

    def widened(self, seconds: float) -> float:
        """The cutoff to give a run that may take `seconds`."""
        return self.factor * seconds + self.extra_s


class Comparison:
    """A challenger against the incumbent on the pairs that both will have.

    compared: the pairs (at least one); theirs: the incumbent's cost on each of them; own: what is known of
    the challenger's, exactly or as a lower bound.  Means are those of `mean_cost`: over instances, and
    over the seeds of each.
    """

    def __init__(
        self, compared: Collection[Pair], theirs: Mapping[Pair, float], own: Mapping[Pair, float]
    ) -> None:
        n_by_instance = Counter(pair.instance for pair in compared)
        self._weights = {pair: 1.0 / (len(n_by_instance) * n_by_instance[pair.instance]) for pair in compared}
        self._bound = sum(weight * theirs[pair] for pair, weight in self._weights.items())
        self._spent = sum(weight * own[pair] for pair, weight in self._weights.items() if pair in own)

    @property
    def is_lost(self) -> bool:
        """Whether the challenger's mean is above the incumbent's whatever its remaining runs cost."""
        return self._spent > self._bound * (1.0 + 1e-12)  # what rounding makes is no loss

    def longest_s(self, pair: Pair) -> float:
        """The cost on `pair`, not yet known, from which on the challenger has lost.

        With N pairs of equal weight, mean m of the incumbent and sum t of the challenger's costs this is
        SMAC v2's N (m + 0.001) - t + 0.001.
        """
        return (self._bound + _TOLERANCE_S - self._spent) / self._weights[pair] + _TOLERANCE_S
