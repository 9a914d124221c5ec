"""A choice among given configurations."""

from __future__ import annotations

from collections.abc import Container, Sequence

from bbopt.engines.proposers.proposer import Ability, Proposal
from bbopt.runs import Run
from bbopt.space import Configuration

__all__ = ["PortfolioProposer"]


class PortfolioProposer:
    """Only the given configurations, over and over in their order (SMAC v2's PSEL)."""

    abilities = frozenset(Ability) - {Ability.EXPLORING}

    def __init__(self, portfolio: Sequence[Configuration]) -> None:
        self._portfolio = list(dict.fromkeys(portfolio))

    def observe(self, run: Run) -> None:
        """A portfolio is fixed."""

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration] = ()
    ) -> Proposal | None:
        """See Proposer."""
        start = index % len(self._portfolio)
        for configuration in (*self._portfolio[start:], *self._portfolio[:start]):
            if configuration not in taken:
                return Proposal(configuration, "portfolio")
        return None
