"""Runs as a store keeps them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from bbopt.runs import Elapsed, Instance, RunRequest, RunResult
from bbopt.space import Configuration
from bbopt.stores.identity import RecordIdentity

__all__ = ["UNKNOWN_ORIGIN", "ForeignRun", "RecordedRun", "RecordedRuns", "last_number", "remembered"]

UNKNOWN_ORIGIN = "unknown"
"""The origin kind of runs that SMAC v2 recorded: it does not say where a configuration came from."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run on record.

    `elapsed` is how far into the search it finished, None where that is not recorded (SMAC v2 does not).
    `reused_from` is the seed that executed it, when the record's own seed only took over its result.
    `number` counts the runs of the record it was read from.
    """

    request: RunRequest
    result: RunResult
    elapsed: Elapsed | None = None
    reused_from: int | None = None
    number: int = field(default=0, compare=False)

    def name(self, seed: int) -> str:
        """What people call it, in the record of a seed."""
        return self.result.run_id or f"{seed}-{self.number}"


@dataclass(frozen=True, slots=True)
class ForeignRun:
    """A run that the search with another seed executed."""

    seed: int
    run: RecordedRun


@dataclass(frozen=True, slots=True)
class RecordedRuns:
    """A whole record, as far as it can be read.

    `source` names for people where it is kept; `identity` is None while there is no run.  `n_unreadable`
    counts what was recorded but can't be used, the first `problems` are explained; `n_forgotten`, which runs
    were left out because somebody said so.  `last_number` is the highest number in names, theirs too.
    `incumbent` is what the search has said to stand by, with its cost, where the record is told.
    """

    source: str
    instances: tuple[Instance, ...]
    identity: RecordIdentity | None
    runs: tuple[RecordedRun, ...]
    problems: tuple[str, ...] = ()
    n_unreadable: int = 0
    n_forgotten: int = 0
    last_number: int = 0
    incumbent: tuple[Configuration, float] | None = None


def last_number(runs: Sequence[RecordedRun]) -> int:
    """The highest number in the names of the runs; 0 for none."""
    ends = (run.result.run_id.rpartition("-")[2] for run in runs)
    named = max((int(end) for end in ends if end.isdecimal()), default=0)
    return max(named, max((run.number for run in runs), default=0))


def remembered(runs: Iterable[RecordedRun], seed: int, forgotten: Collection[str]) -> tuple[RecordedRun, ...]:
    """The runs in the record of a seed but for those of these names."""
    return tuple(run for run in runs if not forgotten or run.name(seed) not in forgotten)
