"""Who proposes where runs have several budgets: a proposer for each level, told the runs of that level only.

So no model takes a run at a low budget for one at a high budget, and nothing is ever untold.  The highest
level with enough runs proposes, as in BOHB (Falkner, Klein and Hutter, 2018, BOHB: robust and efficient
hyperparameter optimization at scale, section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from bbopt.engines.proposers.proposer import Proposal, Proposer
from bbopt.engines.racers.schedule import level_of
from bbopt.runs import Run
from bbopt.space import Configuration

__all__ = ["LevelProposers"]

_BEYOND_PARAMETERS = 3  # BOHB: N_min + 2 with N_min = d + 1


class LevelProposers:
    """Proposers by the level of budget; what they propose is in the order of one numbering."""

    def __init__(
        self, make_proposer: Callable[[], Proposer], n_parameters: int, levels: Sequence[int]
    ) -> None:
        """`levels` are in rising order; `make_proposer` is called when a level is first needed."""
        self._make = make_proposer
        self._enough = n_parameters + _BEYOND_PARAMETERS
        self._levels = levels
        self._proposers: dict[int, Proposer] = {}
        self._tried: dict[int, set[Configuration]] = {}

    def observe(self, run: Run) -> None:
        """A finished run to learn from, made here or elsewhere."""
        level = level_of(run.request.runlength, self._levels)
        self._at(level).observe(run)
        self._tried.setdefault(level, set()).add(run.request.configuration)

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration]
    ) -> Proposal | None:
        """See Proposer."""
        told = [level for level, tried in self._tried.items() if len(tried) >= self._enough]
        return self._at(max(told, default=self._levels[0])).propose(index, taken, pending)

    def _at(self, level: int) -> Proposer:
        if level not in self._proposers:
            self._proposers[level] = self._make()
        return self._proposers[level]
