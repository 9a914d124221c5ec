"""Runs as a store keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.runs import Elapsed, Instance, RunRequest, RunResult
from bbopt.stores.identity import RecordIdentity

__all__ = ["UNKNOWN_ORIGIN", "ForeignRun", "RecordedRun", "RecordedRuns"]

UNKNOWN_ORIGIN = "unknown"
"""The origin kind of runs that SMAC v2 recorded: it does not say where a configuration came from."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run on record.

    `elapsed` is how far into the search it finished, None where that is not recorded (SMAC v2 does not).
    `reused_from` is the seed that executed it, when the record's own seed only took over its result.
    """

    request: RunRequest
    result: RunResult
    elapsed: Elapsed | None = None
    reused_from: int | None = None


@dataclass(frozen=True, slots=True)
class ForeignRun:
    """A run that the search with another seed executed."""

    seed: int
    run: RecordedRun


@dataclass(frozen=True, slots=True)
class RecordedRuns:
    """A whole record, as far as it can be read.

    `source` names for people where it is kept; `identity` is None while there is no run.  `n_unreadable`
    counts what was recorded but can't be used, the first `problems` are explained.
    """

    source: str
    instances: tuple[Instance, ...]
    identity: RecordIdentity | None
    runs: tuple[RecordedRun, ...]
    problems: tuple[str, ...] = ()
    n_unreadable: int = 0
