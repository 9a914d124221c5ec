"""The contract between a racer and who comes up with configurations."""

from __future__ import annotations

import enum
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Protocol

from bbopt.runs import Run, Texts
from bbopt.space import Configuration

__all__ = ["Ability", "Proposal", "Proposer"]


class Ability(enum.Enum):
    """What a proposer may cope with, each with the words for it."""

    NOISE = "noisy targets"
    INSTANCES = "several instances"
    RUNTIMES = "runtimes as costs"
    CAPPING = "runs that are capped"
    PEERS = "runs of other searches"
    RUN_LENGTHS = "runs of several lengths"
    GIVEN = "configurations to begin with"
    EXPLORING = "configurations that nobody gave"
    REPLAY = "going on from a record as if it had never stopped"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration to try; `kind` says where it came from, `predicted` is the cost the model expects.

    `texts` are what its runs get beside it.
    """

    configuration: Configuration
    kind: str
    predicted: float | None = None
    texts: Texts = ()


class Proposer(Protocol):
    """Comes up with configurations; what it proposes depends on its seed, the index and the runs observed."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it copes with; a constant of its class."""

    def observe(self, run: Run) -> None:
        """A finished run to learn from, made here or elsewhere."""

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration]
    ) -> Proposal | None:
        """The proposal number `index` (from 0), not one of `taken`; None when all are taken.

        `pending` are being run at this moment, their results unknown; all are among `taken`.
        """
