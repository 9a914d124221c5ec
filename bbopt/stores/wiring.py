"""Which store is where: the one place that names them all."""

from __future__ import annotations

from pathlib import Path

from bbopt.output_folder import OutputFolder
from bbopt.stores.contract import RunStore
from bbopt.stores.folder import FolderStore

__all__ = ["store_in"]


def store_in(folder: Path, *, is_hidden: bool = False) -> RunStore:
    """The store of the searches whose output folder this is; `is_hidden` from other seeds."""
    return FolderStore(OutputFolder(folder), is_hidden=is_hidden)
