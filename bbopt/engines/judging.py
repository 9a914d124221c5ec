"""When a challenger has lost against the incumbent, and how long its runs may take until then."""

from __future__ import annotations

from bbopt.engines.capping import Comparison
from bbopt.engines.contenders import Contender, RacingSettings
from bbopt.runs import History, Pair, Standing

__all__ = ["Judge"]

_FEWEST_DOMINATED = 2  # pairs; one alone says too little


class Judge:
    """Compares contenders by what the history knows of them."""

    def __init__(self, history: History, settings: RacingSettings) -> None:
        self._history = history
        self._capping = settings.capping
        self._cutoff_s = settings.cutoff_s
        self._dominance = settings.dominance

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
        """Whether it needs no further run of its batch: it can't win any more, or will hardly do so."""
        comparison = self._comparison(challenger, incumbent)
        if comparison is not None and comparison.is_lost:
            return True
        if self._dominance is None:
            return False
        common = self._common(challenger, incumbent)
        if len(common) < _FEWEST_DOMINATED:
            return False
        own, theirs = self._standings(challenger, incumbent, common)
        if not theirs < own or theirs.mean < 0:  # a factor means nothing below zero
            return False
        return own.mean > self._dominance * theirs.mean

    def is_worse(self, challenger: Contender, incumbent: Contender) -> bool:
        """Whether its standing is worse than the incumbent's on the pairs that both have."""
        common = self._common(challenger, incumbent)
        if not common:
            return False
        own, theirs = self._standings(challenger, incumbent, common)
        return theirs < own

    def capped_pairs(self, challenger: Contender, incumbent: Contender) -> list[Pair]:
        """The incumbent's pairs on which the challenger was stopped too early to know its cost."""
        theirs = self._history.costs(incumbent.configuration)
        return [pair for pair in self._history.censored_pairs(challenger.configuration) if pair in theirs]

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

    def _common(self, challenger: Contender, incumbent: Contender) -> list[Pair]:
        own = self._history.costs(challenger.configuration)
        return [pair for pair in self._history.costs(incumbent.configuration) if pair in own]

    def _standings(
        self, challenger: Contender, incumbent: Contender, pairs: list[Pair]
    ) -> tuple[Standing, Standing]:
        return (
            self._history.standing(challenger.configuration, pairs),
            self._history.standing(incumbent.configuration, pairs),
        )
