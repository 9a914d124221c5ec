"""Runs that a search took over from its peers: the tables of a state folder do not tell them from its own.

The peers' records beside it do.  Counted as own runs, everybody would count them twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bbopt.space import Space
from bbopt.stores import UNKNOWN_ORIGIN, RecordedRun, RunStore

__all__ = ["told_from_own"]


def told_from_own(
    runs: Iterable[RecordedRun], store: RunStore, seed: int | None, space: Space
) -> tuple[RecordedRun, ...]:
    """The runs of `seed`, read from tables, with `reused_from` where a peer's record in the store has them.

    A run is a peer's when its result is the same, wall-clock time included.
    """
    follower = store.follow(seed, None, space)  # of any scenario: what can't be read proves nothing
    found = follower.poll()
    while follower.is_behind:
        found += follower.poll()
    peers = {_fact(foreign.run): foreign.seed for foreign in found}
    return tuple(
        replace(run, reused_from=peers[_fact(run)]) if _is_untold(run) and _fact(run) in peers else run
        for run in runs
    )


def _is_untold(run: RecordedRun) -> bool:
    return run.request.origin.kind == UNKNOWN_ORIGIN and run.reused_from is None


def _fact(run: RecordedRun) -> tuple[object, ...]:
    request, result = run.request, run.result
    return (
        request.key,
        request.cutoff_s,
        result.status,
        result.runtime_s,
        result.quality,
        result.wallclock_s,
    )
