"""The names of SMAC v2's state folders: `state-runN` belongs to the run with seed N."""

from __future__ import annotations

import re
from pathlib import Path

from bbopt.errors import InputError, Place

__all__ = ["is_state_folder", "state_folder_seed"]

_STATE_FOLDER = re.compile(r"state-run(\d+)")


def is_state_folder(folder: Path) -> bool:
    """Whether the folder is named like one."""
    return _STATE_FOLDER.fullmatch(folder.absolute().name) is not None


def state_folder_seed(folder: Path) -> int:
    """The N of a folder `state-runN`; InputError when it has no such name."""
    match = _STATE_FOLDER.fullmatch(folder.absolute().name)
    if match is None:
        raise InputError(
            "this is no state folder of an earlier run",
            place=Place(folder),
            expected="a folder named state-runN, N being the seed of the run",
            remedy=_remedy(folder),
        )
    return int(match[1])


def _remedy(folder: Path) -> str | None:
    inside = sorted(entry.name for entry in folder.glob("state-run*") if entry.is_dir())
    return f"did you mean {folder / inside[0]}?" if inside else None
