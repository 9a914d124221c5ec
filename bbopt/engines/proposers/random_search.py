"""Plain random search; with racing it is ROAR."""

from __future__ import annotations

from collections.abc import Container, Sequence

from bbopt.engines.problem import Problem
from bbopt.engines.proposers.initial_design import StagedProposer
from bbopt.engines.proposers.proposer import Ability, Proposal
from bbopt.engines.proposers.untaken import untaken_rows
from bbopt.runs import Run
from bbopt.seeding import stream
from bbopt.space import Configuration, Space

__all__ = ["RandomProposer", "random_search"]


class RandomProposer:
    """Uniformly random configurations (ROAR; Hutter et al., 2011)."""

    abilities = frozenset(Ability)

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._seed = seed

    def observe(self, run: Run) -> None:
        """Random search learns nothing."""

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration] = ()
    ) -> Proposal | None:
        """See Proposer."""
        rng = stream(self._seed, "random proposal", index)
        rows = untaken_rows(self._space, taken, rng, first_draws=1)
        return None if rows is None else Proposal(self._space.configurations(rows[:1])[0], "random")


def random_search(problem: Problem) -> StagedProposer:
    """What is given, then uniformly random configurations."""
    return StagedProposer(problem, RandomProposer(problem.space, problem.seed))
