"""Who comes up with configurations: the proposer's contract, and the parts every proposer shares."""

from __future__ import annotations

import functools
import math
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bbopt.runs import Run
from bbopt.seeding import stream
from bbopt.space import Configuration, Space

__all__ = [
    "GIVEN_KINDS",
    "InitialDesign",
    "PortfolioProposer",
    "Proposal",
    "Proposer",
    "RandomProposer",
    "StagedProposer",
    "given_kind",
    "untaken_rows",
]

_DEFAULT, _GIVEN = "default", "given"
GIVEN_KINDS = frozenset({_DEFAULT, _GIVEN})
"""The kinds of the initial incumbent's and the initial challengers' proposals."""

SPACE_USED_UP = "every configuration of the finite configuration space has been run."

LARGEST_ENUMERATION = 100_000
"""A finite space of up to this many configurations is listed when draws keep meeting known ones."""

_DRAWS = 64
_ROUNDS = 16


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration to try; `kind` says where it came from, `predicted` is the cost the model expects."""

    configuration: Configuration
    kind: str
    predicted: float | None = None


class Proposer(Protocol):
    """Comes up with configurations; what it proposes depends on its seed, the index and the runs observed."""

    def observe(self, run: Run) -> None:
        """A finished run to learn from."""

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration]
    ) -> Proposal | None:
        """The proposal number `index` (from 0), not one of `taken`; None when all are taken.

        `pending` are being run at this moment, their results unknown; all are among `taken`.
        """


class RandomProposer:
    """Uniformly random configurations (ROAR; Hutter et al., 2011)."""

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


class PortfolioProposer:
    """Only the given configurations, over and over in their order (SMAC v2's PSEL)."""

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


class InitialDesign:
    """The proposals before the search proper: given configurations, then points that fill the space evenly.

    The points are a scrambled Sobol sequence; forbidden and repeated ones are passed over, so that a small
    space may give fewer than `n_points`.
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
            return Proposal(configuration, given_kind(configuration))
        points = self._points if index < len(self._given) + self._n_points else []
        place = index - len(self._given)
        return Proposal(points[place], "initial design") if place < len(points) else None

    @functools.cached_property
    def _points(self) -> list[Configuration]:
        from scipy.stats import qmc

        sequence = qmc.Sobol(self._space.n_params, seed=stream(self._seed, "initial design"))
        unit = sequence.random_base2(math.ceil(math.log2(4 * self._n_points)))
        values = self._space.from_unit(unit)
        legal = values[~self._space.is_forbidden(values)]
        given = set(self._given)
        fresh = dict.fromkeys(c for c in self._space.configurations(legal) if c not in given)
        return list(fresh)[: self._n_points]


class StagedProposer:
    """The initial design first, then what another proposer says.

    No further initial challenger is proposed once runs of such ones have taken `seconds_for_given`
    (`initial-challengers-intensification-time`).
    """

    def __init__(self, initial: InitialDesign, search: Proposer, seconds_for_given: float = math.inf) -> None:
        self._initial = initial
        self._search = search
        self._seconds_left = seconds_for_given

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


def given_kind(configuration: Configuration) -> str:
    """The kind of a configuration that the options name."""
    return _DEFAULT if configuration.is_default else _GIVEN


def untaken_rows(
    space: Space, taken: Container[Configuration], rng: np.random.Generator, first_draws: int = 64
) -> NDArray[np.float64] | None:
    """Rows (n >= 1, n_params) of legal configurations that are not in `taken`, in random order.

    They are those of `first_draws` random ones that are free, and of more only where none of them is.

    None when a finite space has none left.  A large space in which many draws meet only known
    configurations counts as used up too.
    """
    for n_draws in (first_draws, *[_DRAWS] * _ROUNDS):
        rows = space.sample(n_draws, rng)
        free = [c not in taken for c in space.configurations(rows)]
        if any(free):
            return rows[free]
        if n_draws == _DRAWS and space.size <= LARGEST_ENUMERATION:
            break
    everything = space.enumerate_values(LARGEST_ENUMERATION)
    if everything is None:
        return None
    rows = everything[[c not in taken for c in space.configurations(everything)]]
    return rng.permutation(rows) if len(rows) else None
