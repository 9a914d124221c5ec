"""State folders: SMAC v2 calls that of seed N `state-runN`; a copy may have any name."""

from __future__ import annotations

import re
from pathlib import Path

from bbopt.errors import InputError, Place

__all__ = ["is_state_folder", "state_folder_seed"]

_STATE_FOLDER = re.compile(r"state-run(\d+)")


def is_state_folder(folder: Path) -> bool:
    """Whether the folder is named like one, or has the tables of one."""
    return _STATE_FOLDER.fullmatch(folder.absolute().name) is not None or _has_tables(folder)


def state_folder_seed(folder: Path) -> int | None:
    """The N of a folder `state-runN`, None for a state folder of another name; InputError for any other."""
    match = _STATE_FOLDER.fullmatch(folder.absolute().name)
    if match is not None:
        return int(match[1])
    if _has_tables(folder):
        return None
    raise InputError(
        "this is no state folder of an earlier run",
        place=Place(folder),
        expected="a folder named state-runN, N being the seed of the run, or one with its tables",
        remedy=_remedy(folder),
    )


def _has_tables(folder: Path) -> bool:
    return any(folder.glob("runs_and_results-it*.csv"))


def _remedy(folder: Path) -> str | None:
    inside = sorted(entry.name for entry in folder.glob("state-run*") if entry.is_dir())
    return f"did you mean {folder / inside[0]}?" if inside else None
