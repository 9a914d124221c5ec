"""The contract that every compared method is wrapped in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.tasks import Settings

__all__ = ["ETA", "Method", "Run"]

ETA = 3
"""Of so many configurations one goes on, where a method asks."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run asked for: these settings, up to this budget in all."""

    settings: Settings
    budget: int


class Method(ABC):
    """Asked and told in turns, one run at a time, in one thread."""

    @abstractmethod
    def ask(self) -> Run | None:
        """The next run; None when the method has come to its end."""

    def progressed(self, losses: Sequence[float]) -> bool:
        """Whether the run under way, which has shown these losses at budgets 1, 2, ..., is to end here."""
        return False

    @abstractmethod
    def tell(self, losses: Sequence[float]) -> None:
        """What the last run has shown; it was ended by `progressed` when these are fewer than asked for."""
