"""The contract between an engine (who proposes) and the loop that executes and records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bbopt.runs import RunRequest, RunResult, Standing
from bbopt.space import Configuration

__all__ = ["Engine", "Incumbent"]


@dataclass(frozen=True, slots=True)
class Incumbent:
    """The best configuration so far: what its runs say of it, and the model's guess of its cost before."""

    configuration: Configuration
    standing: Standing
    predicted: float | None = None

    @property
    def cost(self) -> float:
        """The estimated cost."""
        return self.standing.mean

    @property
    def n_runs(self) -> int:
        """How many pairs the estimate is based on."""
        return len(self.standing.costs)


class Engine(Protocol):
    """Proposes runs and learns from their results; it never executes anything.

    One thread calls an engine.  Any number of asked runs may be outstanding, and their results may be told
    in any order.
    """

    def ask(self) -> RunRequest | None:
        """The next run to execute; None: wait for outstanding results first, or see `exhausted`."""

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """A run's result.  A run that was not asked for is taken as one asked in an earlier life: telling a
        fresh engine the runs of a record, in order, brings it to where the record ends.
        """

    def decline(self, request: RunRequest) -> None:
        """An asked run will not be made, because somebody else is making it; it is among `reserved` now."""

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """The result of a run made elsewhere: it feeds the model, not the choice of the incumbent."""

    def suggest(self, configuration: Configuration) -> None:
        """A configuration that somebody else holds for good: challenge the incumbent with it soon."""

    @property
    def incumbent(self) -> Incumbent | None:
        """The best configuration so far; None before the first result."""

    @property
    def exhausted(self) -> str | None:
        """Why there is nothing left to ask, in words; None while there is."""
