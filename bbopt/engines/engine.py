"""The contract between an engine (who proposes) and the loop that executes and records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bbopt.runs import Curve, Pair, RunRequest, RunResult, Standing
from bbopt.space import Configuration

__all__ = ["ALONE", "Engine", "Incumbent", "Others"]


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
    def budget(self) -> int:
        """That of the runs that the estimate is based on, NO_BUDGET where none is in play."""
        return self.standing.budget

    @property
    def n_runs(self) -> int:
        """How many pairs the estimate is based on."""
        return len(self.standing.costs)


class Others(Protocol):
    """What other searches on the same problem do, as far as it is known at this moment."""

    def __contains__(self, configuration: object) -> bool:
        """Whether it is theirs: they are running it or, with a deterministic target, have run it.

        Such a configuration is proposed only when it is suggested.
        """

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        """Whether one of them is making this very run."""

    @property
    def under_way(self) -> Sequence[Configuration]:
        """The configurations that they are running."""


class _Nobody:
    """No other search."""

    def __contains__(self, configuration: object) -> bool:
        return False

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        """See Others."""
        return False

    @property
    def under_way(self) -> Sequence[Configuration]:
        """See Others."""
        return ()


ALONE: Others = _Nobody()
"""For a search that shares with nobody."""


class Engine(Protocol):
    """Proposes runs and learns from their results; it never executes anything.

    One thread calls an engine.  Any number of asked runs may be outstanding, and their results may be told
    in any order.
    """

    def ask(self, others: Others = ALONE) -> RunRequest | None:
        """The next run to execute, never one that others are making now.

        None: there is none until outstanding results are told or others have done with their runs, or for
        good, as `exhausted` says.
        """

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """A run's result.  A run that was not asked for is taken as one asked in an earlier life: telling a
        fresh engine the runs of a record, in order, brings it to where the record ends.
        """

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        """How far an asked run has come: the course of the optimised metric, as the program prints it.

        `Objective.course` turns it into costs.  Not every value need be told of, nor every run; the last step
        is the latest one.  A text ends the run at once: it is told of as KILLED with its curve, as hopeless
        for the reason that the text gives.  What an engine does must not depend on runs under way otherwise:
        a resumed search is told only of those that have ended.
        """

    def decline(self, request: RunRequest) -> None:
        """An asked run is not made, because somebody else was faster to claim it.

        It is due as before, and asked for again once others are not making it any more.
        """

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """The result of a run made elsewhere: it feeds the model, not the choice of the incumbent."""

    def suggest(self, configuration: Configuration) -> None:
        """A configuration that somebody else holds for good: challenge the incumbent with it soon."""

    def may_return(self, configuration: Configuration) -> bool:
        """Whether further runs of it may be asked for, as far as is known now.

        What a run has left for the next one of its configuration can go where none will come.
        """

    def confirm(self) -> RunRequest | None:
        """A run in full that the incumbent lacks, because there were only cheaper ones of it.

        It is asked for where the search would otherwise end.  None: there is none, or those are under way.
        """

    @property
    def incumbent(self) -> Incumbent | None:
        """The best configuration so far; None before the first result."""

    @property
    def exhausted(self) -> str | None:
        """Why there is nothing left to ask, in words; None while there is."""
