"""The contract that every compared optimizer is wrapped in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from benchmarks.tasks import Settings

__all__ = ["Optimizer", "Trial"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One evaluation asked for; `seed` is the target's where the optimizer races over seeds, else None."""

    settings: Settings
    seed: int | None = None


class Optimizer(Protocol):
    """Asked and told in turns, one trial at a time, in one thread."""

    def ask(self) -> Trial | None:
        """The next evaluation; None when the optimizer has come to its end."""

    def tell(self, loss: float) -> None:
        """What the last trial's evaluation gave."""

    def incumbent(self) -> Settings | None:
        """Its own choice of the best settings; None: it makes none, the best loss it was told counts."""
