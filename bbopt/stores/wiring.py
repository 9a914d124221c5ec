"""Which store is where: the one place that names them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bbopt.output_folder import OutputFolder
from bbopt.space import Space
from bbopt.stores.contract import Recorder, RunStore
from bbopt.stores.folder import FolderStore, open_validation_record, validation_records
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRuns

__all__ = ["store_in", "validation_record_in", "validation_records_in"]


def store_in(folder: Path, *, is_hidden: bool = False) -> RunStore:
    """The store of the searches whose output folder this is; `is_hidden` from other seeds."""
    return FolderStore(OutputFolder(folder), is_hidden=is_hidden)


def validation_record_in(
    folder: Path, seed: int, identity: RecordIdentity, space: Space
) -> tuple[Recorder, Path | None]:
    """Begin, or go on with, the record of the validation runs of a seed, at which no search looks.

    One of another scenario is set aside: the second value is where it is then.  Raises StateError when
    another process has the record, or it can't be written.
    """
    return open_validation_record(OutputFolder(folder), seed, identity, space)


def validation_records_in(folder: Path) -> Iterator[tuple[int, RecordedRuns]]:
    """The seeds with the records of their validation runs; StateError when the folder can't be listed."""
    return validation_records(OutputFolder(folder))
