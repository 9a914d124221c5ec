"""Where the journals of an output folder are, for tests that look into them."""

from __future__ import annotations

from pathlib import Path

from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.space import Space
from bbopt.stores import RecordedRuns
from bbopt.stores.folder import reader


def journal_path(folder: Path, seed: int) -> Path:
    return OutputFolder(folder).file(SeedFile.RECORD, seed)


def read_journal(path: Path, space: Space) -> RecordedRuns:
    found = reader.read_journal(path, space)
    assert found is not None, f"there is no {path}"
    return found
