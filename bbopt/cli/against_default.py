"""How the incumbent of a search compares with the default configuration, where that was run."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.runs import History, Standing
from bbopt.space import Configuration

__all__ = ["Comparison", "against_default"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both on the same pairs, all of one budget."""

    incumbent: Standing
    default: Standing

    @property
    def n_runs(self) -> int:
        """On how many pairs."""
        return len(self.default.costs)

    def change(self) -> str | None:
        """By how much the incumbent's number is smaller or larger than the default's, in words.

        None where that says nothing: a run has failed, or the numbers are not on one side of 0.
        """
        new, old = self.incumbent.mean, self.default.mean
        if self.incumbent.failed or self.default.failed or new * old <= 0 or new == old:
            return None
        ratio = abs(new) / abs(old)
        if ratio >= 2:
            return f"{ratio:.1f} times as large"
        return f"{100 * abs(ratio - 1):.3g} % {'larger' if ratio > 1 else 'smaller'}"


def against_default(history: History, incumbent: Configuration, default: Configuration) -> Comparison | None:
    """The comparison at the highest budget that both were run with.

    None where there is none, where a cost is only a bound, and where the default is the incumbent.
    """
    if default == incumbent or default not in history:
        return None
    unknown = {*history.incomplete_pairs(default), *history.incomplete_pairs(incumbent)}
    costs = history.costs(incumbent)
    common = [pair for pair in history.costs(default) if pair in costs and pair not in unknown]
    if not common:
        return None
    budget = max(pair.runlength for pair in common)
    pairs = [pair for pair in common if pair.runlength == budget]
    return Comparison(history.standing(incumbent, pairs), history.standing(default, pairs))
