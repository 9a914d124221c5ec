"""Who lost so narrowly that another look is worth it."""

from __future__ import annotations

from bbopt.runs import History
from bbopt.space import Configuration

__all__ = ["finalists"]

_DOUBT = 1.0  # pairs: as if each had been level with the incumbent on one more


def finalists(history: History, incumbent: Configuration, n: int) -> list[Configuration]:
    """The `n` configurations whose standings come closest to the incumbent's on common pairs, best first.

    Few pairs in common count as if there were one more on which both are level; those without any are left
    out.
    """
    theirs = history.costs(incumbent)
    ranked: list[tuple[float, float, int, Configuration]] = []
    for number, configuration in enumerate(history.configurations):
        own = history.costs(configuration)
        common = [pair for pair in own if pair in theirs]
        if not common or configuration == incumbent:
            continue
        level = history.standing(incumbent, common)
        failures, excess = history.standing(configuration, common).excess_over(level)
        sureness = len(common) / (len(common) + _DOUBT)
        ranked.append((sureness * failures, sureness * excess, number, configuration))
    ranked.sort(key=lambda one: one[:3])
    return [configuration for *_, configuration in ranked[:n]]
