"""When a challenger has lost against the incumbent, and how long its runs may take until then."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bbopt.engines.racers.capping import CappingSettings, Comparison
from bbopt.engines.racers.contenders import Contender
from bbopt.runs import History, Pair

__all__ = ["Judge"]


class Judge:
    """Compares contenders by what the history knows of them; `cutoff_s` is that of a run in full.

    leaves_unsolved: see RacingSettings.
    """

    def __init__(
        self,
        history: History,
        capping: CappingSettings | None,
        cutoff_s: float,
        *,
        leaves_unsolved: bool = False,
    ) -> None:
        self._history = history
        self._capping = capping
        self._cutoff_s = cutoff_s
        self._leaves_unsolved = leaves_unsolved

    def lacking(self, challenger: Contender, incumbent: Contender) -> list[Pair]:
        """The pairs on which the challenger has yet to run before it can take over.

        Until the first incumbent has a result, they are among those that it begins with.
        """
        own, theirs = (self._history.costs(one.configuration) for one in (challenger, incumbent))
        pairs = list(theirs) or incumbent.first_pairs
        if self._leaves_unsolved and not challenger.was_given:
            pairs = [pair for pair in pairs if self._is_solved(theirs, pair)] or pairs
        return [pair for pair in pairs if pair not in own]

    def _is_solved(self, costs: Mapping[Pair, float], pair: Pair) -> bool:
        return costs.get(pair, math.inf) < self._cutoff_s  # who reaches the cutoff pays a penalty

    def cutoff_s(self, contender: Contender, incumbent: Contender, pair: Pair) -> float:
        """How long the run may take: less than the scenario says where a challenger would lose by it.

        A run that was capped before, and the incumbent's, get the whole time.
        """
        comparison = self._comparison(contender, incumbent)
        is_again = pair in self._history.costs(contender.configuration)
        if self._capping is None or comparison is None or is_again:
            return self._cutoff_s
        return min(self._capping.widened(max(comparison.longest_s(pair), 0.0)), self._cutoff_s)

    def is_beaten(self, challenger: Contender, incumbent: Contender) -> bool:
        """Whether it needs no further run of its batch, because it can't win any more."""
        comparison = self._comparison(challenger, incumbent)
        return comparison is not None and comparison.is_lost

    def is_worse(self, challenger: Contender, incumbent: Contender) -> bool:
        """Whether its standing is worse than the incumbent's on the pairs that both have.

        Where unsolved pairs are left, it is worse also where neither has solved any.
        """
        own, theirs = (self._history.costs(one.configuration) for one in (challenger, incumbent))
        common = [pair for pair in theirs if pair in own]
        if not common:
            return False
        if self._leaves_unsolved and not any(
            self._is_solved(costs, pair) for costs in (own, theirs) for pair in common
        ):
            return True
        to_beat = self._history.standing(incumbent.configuration, common)
        return to_beat < self._history.standing(challenger.configuration, common)

    def incomplete_pairs(self, challenger: Contender, incumbent: Contender) -> list[Pair]:
        """The incumbent's pairs on which the challenger's run was ended too early to know its cost."""
        theirs = self._history.costs(incumbent.configuration)
        return [pair for pair in self._history.incomplete_pairs(challenger.configuration) if pair in theirs]

    def _comparison(self, contender: Contender, incumbent: Contender) -> Comparison | None:
        """A challenger's standing on the pairs up to the end of its batch; None without capping."""
        theirs = self._history.costs(incumbent.configuration)
        is_incumbent = contender.configuration == incumbent.configuration
        if self._capping is None or is_incumbent or not theirs:
            return None
        own = self._history.costs(contender.configuration)
        batch = {*contender.due, *contender.outstanding}
        compared = [pair for pair in theirs if pair in own or pair in batch]
        return Comparison(compared, theirs, own) if compared else None
