"""The names of instances: what the target gets as its first argument."""

from __future__ import annotations

import os
import re
from pathlib import Path

from bbopt.scenario.input_paths import Folders

__all__ = ["absolute_name", "name_in_folder", "tidy_name"]

_DOUBLE_SLASH = re.compile(r"(?<!:)//")


def tidy_name(name: str) -> str:
    """`name` with `//` as `/`, as SMAC v2 passes it; unlike there, a URL keeps its own."""
    return _DOUBLE_SLASH.sub("/", name)


def absolute_name(name: str, folders: Folders) -> str | None:
    """The path of the existing file `name`, looked up like other input files; None when there is none.

    SMAC v2 replaces the names by it when it checks them (`check-instances-exist`).
    """
    if os.path.isabs(name):
        return name if os.path.exists(name) else None
    candidates = (tidy_name(f"{folder}/{name}") for folder in folders.search_order)
    return next((candidate for candidate in candidates if os.path.exists(candidate)), None)


def name_in_folder(text: str, found: Path, file: str, exec_dir: Path) -> str:
    """The name of `file` in the folder that a user wrote as `text` and that was found at `found`.

    It begins with the user's text, as in SMAC v2, unless the target, which runs in `exec_dir`, would not
    find the file by it: then it is absolute.
    """
    name = tidy_name(f"{text}{'' if text.endswith('/') else '/'}{file}")
    return name if os.path.exists(exec_dir / name) else f"{found}/{file}"
