"""Runs that a search took over from its peers: the tables of a state folder do not tell them from its own.

The peers' journals beside it do.  Counted as own runs, everybody would count them twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bbopt.errors import StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.space import Space
from bbopt.storage import UNKNOWN_ORIGIN, JournalReader, RecordedRun

__all__ = ["told_from_own"]


def told_from_own(
    runs: Iterable[RecordedRun], folder: Path, seed: int | None, space: Space
) -> tuple[RecordedRun, ...]:
    """The runs of `seed`, read from tables, with `reused_from` where a peer's journal in `folder` has them.

    A run is a peer's when its result is the same, wall-clock time included.
    """
    peers = {_fact(run): peer for peer, run in _own_runs(folder, seed, space)}
    return tuple(
        replace(run, reused_from=peers[_fact(run)]) if _is_untold(run) and _fact(run) in peers else run
        for run in runs
    )


def _own_runs(folder: Path, seed: int | None, space: Space) -> Iterator[tuple[int, RecordedRun]]:
    """What the other seeds in the folder executed themselves."""
    journals: dict[int, Path] = {}
    with suppress(OSError):
        journals = {
            peer: path
            for peer, (path, _) in OutputFolder(folder).files(SeedFile.RECORD).items()
            if peer != seed
        }
    for peer, path in journals.items():
        with suppress(StateError):  # one that can't be read proves nothing
            for run in JournalReader(path, space, refuse_other_space=False).poll():
                if run.reused_from is None:
                    yield peer, run


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
