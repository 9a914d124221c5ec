"""The journal of validation runs: like a search's, by a name that neither searches nor SMAC v2 read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bbopt.durable_files import file_error
from bbopt.errors import OtherScenarioError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.space import Space
from bbopt.stores.folder.declared_space import records_in_their_spaces
from bbopt.stores.folder.writer import JournalWriter
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRuns

__all__ = ["open_validation_record", "validation_records"]


def open_validation_record(
    output: OutputFolder, seed: int, identity: RecordIdentity, space: Space
) -> tuple[JournalWriter, Path | None]:
    """Open or create; one of another scenario is set aside: the second value is where it is then.

    Raises StateError when another process has it, or it can't be written.
    """
    path = output.file(SeedFile.VALIDATION_RECORD, seed)
    try:
        return JournalWriter(path, identity, space), None
    except OtherScenarioError:
        moved_to = output.set_aside([path], "validation")
        return JournalWriter(path, identity, space), moved_to


def validation_records(output: OutputFolder) -> Iterator[tuple[int, RecordedRuns]]:
    """The seeds with what is on record of their validations; StateError when the folder can't be listed."""
    try:
        files = output.files(SeedFile.VALIDATION_RECORD)
    except OSError as error:
        raise file_error("look into", output.path, error) from error
    return records_in_their_spaces((seed, path) for seed, (path, _) in files.items())
