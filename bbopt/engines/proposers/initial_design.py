"""What is proposed before the search proper: given configurations, then points that fill the space."""

from __future__ import annotations

import functools
from collections.abc import Container, Sequence

import numpy as np

from bbopt.engines.problem import Problem
from bbopt.engines.proposers.proposer import Ability, Proposal, Proposer
from bbopt.engines.proposers.space_filling import filling_rows
from bbopt.runs import Run
from bbopt.seeding import stream
from bbopt.space import Configuration, Space

__all__ = ["GIVEN_KINDS", "InitialDesign", "StagedProposer"]

_DEFAULT, _GIVEN = "default", "given"
GIVEN_KINDS = frozenset({_DEFAULT, _GIVEN})
"""The kinds of the initial incumbent's and the initial challengers' proposals."""


class InitialDesign:
    """The proposals before the search proper: given configurations, then points that fill the space evenly.

    The points are far from each other and from the given ones (`filling_rows`); forbidden and repeated ones
    are passed over, so that a small space may give fewer than `n_points`.
    """

    def __init__(self, space: Space, given: Sequence[Configuration], n_points: int, seed: int) -> None:
        self._space = space
        self._given = list(dict.fromkeys(given))
        self._n_points = n_points if space.n_params else 0
        self._seed = seed

    @functools.cached_property
    def challengers(self) -> frozenset[Configuration]:
        """The given configurations without the first one, which is the initial incumbent."""
        return frozenset(self._given[1:])

    @property
    def length(self) -> int:
        """At most so many proposals."""
        return len(self._given) + self._n_points

    def __getitem__(self, index: int) -> Proposal | None:
        """The proposal number `index` >= 0; None behind the last one."""
        if index < len(self._given):
            configuration = self._given[index]
            return Proposal(configuration, _DEFAULT if configuration.is_default else _GIVEN)
        points = self._points if index < len(self._given) + self._n_points else []
        place = index - len(self._given)
        return Proposal(points[place], "initial design") if place < len(points) else None

    @functools.cached_property
    def _points(self) -> list[Configuration]:
        space, rng = self._space, stream(self._seed, "initial design")
        given = np.reshape([c.row for c in self._given], (-1, space.n_params))
        rows = filling_rows(space, self._n_points, space.canonical(given), rng)
        known = set(self._given)
        fresh = dict.fromkeys(c for c in space.configurations(rows) if c not in known)
        return list(fresh)[: self._n_points]


class StagedProposer:
    """The given configurations and a space-filling design first, then what another proposer says.

    No further initial challenger is proposed once runs of such ones have taken `seconds_for_given`
    (`initial-challengers-intensification-time`).
    """

    def __init__(self, problem: Problem, search: Proposer, n_points: int = 0) -> None:
        """`n_points`: of the space-filling design."""
        self._initial = InitialDesign(problem.space, problem.given, n_points, problem.pair_seed)
        self._search = search
        self._seconds_left = problem.seconds_for_given

    @property
    def abilities(self) -> frozenset[Ability]:
        """Those of the search."""
        return self._search.abilities

    def observe(self, run: Run) -> None:
        """See Proposer."""
        if run.request.configuration in self._initial.challengers:
            self._seconds_left -= run.result.runtime_s
        self._search.observe(run)

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration] = ()
    ) -> Proposal | None:
        """See Proposer."""
        # Where others share the design, the points before this one may be theirs, and some behind it.
        for place in range(index, self._initial.length):
            proposal = self._initial[place]
            if proposal is None or proposal.configuration in taken:
                continue
            if proposal.configuration not in self._initial.challengers or self._seconds_left > 0:
                return proposal
        return self._search.propose(index, taken, pending)
