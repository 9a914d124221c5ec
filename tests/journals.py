"""Where the journals of an output folder are, for tests that look into them."""

from __future__ import annotations

from pathlib import Path

from bbopt.output_folder import OutputFolder, SeedFile


def journal_path(folder: Path, seed: int) -> Path:
    return OutputFolder(folder).file(SeedFile.RECORD, seed)
