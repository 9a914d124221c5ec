"""One recorded run, and the names of its fields in a `live-rundata` file.

bbopt's own fields stand beside SMAC v2's in the run's object, each a plain value under a name that starts
with `r-bbopt-`: SMAC v2 skips such fields, but loses its place at a nested object and then refuses the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.java_numbers import LARGEST_INT
from bbopt.runs.values import Elapsed, RunRequest, RunResult
from bbopt.storage.java_json import JsonValue

__all__ = ["OWN_PREFIX", "UNKNOWN_ORIGIN", "RecordedRun", "own_fields", "result_fields"]

OWN_PREFIX = "r-bbopt-"
"""The start of the name of every field that SMAC v2 does not know."""

UNKNOWN_ORIGIN = "unknown"
"""The origin kind of runs that SMAC v2 recorded: it does not say where a configuration came from."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run as it stands in a journal.

    `elapsed` is how far into the search it finished, None where that is not recorded (SMAC v2 does not).
    `reused_from` is the seed that executed it, when this journal's seed only took over its result.
    """

    request: RunRequest
    result: RunResult
    elapsed: Elapsed | None = None
    reused_from: int | None = None


def result_fields(request: RunRequest, result: RunResult) -> dict[str, JsonValue]:
    """SMAC v2's fields for what came out of a run, without `r-rc`."""
    return {
        "r-run-result": result.status.value,
        "r-runtime": float(result.runtime_s),
        "r-run-length": float(result.runlength),
        "r-quality": float(result.quality),
        "r-result-seed": request.seed,
        "r-addl-run-data": result.additional,
        "r-wallclock-time": float(result.wallclock_s),
    }


def own_fields(
    request: RunRequest, result: RunResult, elapsed: Elapsed | None, reused_from: int | None
) -> dict[str, JsonValue]:
    """bbopt's fields; those that say nothing are left out."""
    values: dict[str, JsonValue] = {
        "origin": request.origin.kind,
        "proposal": request.origin.proposal,
        "runlength": None if request.runlength == LARGEST_INT else request.runlength,
        "started-at": result.started_at,
        "cpu-s": result.cpu_s,
        "elapsed-s": None if elapsed is None else elapsed.wallclock_s,
        "own-cpu-s": None if elapsed is None else elapsed.own_cpu_s,
        "memory-bytes": result.memory_bytes,
        "reason": result.reason or None,
        "from": reused_from,
    }
    return {OWN_PREFIX + name: value for name, value in values.items() if value is not None}
