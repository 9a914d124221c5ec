"""The journal of validation runs: like a search's, by a name that neither searches nor SMAC v2 read."""

from __future__ import annotations

from pathlib import Path

from bbopt.errors import OtherScenarioError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.space import Space
from bbopt.stores.folder.writer import JournalWriter
from bbopt.stores.identity import RecordIdentity

__all__ = ["open_validation_record"]


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
