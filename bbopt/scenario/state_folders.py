"""State folders: SMAC v2 calls that of seed N `state-runN`; a copy may have any name."""

from __future__ import annotations

from pathlib import Path

from bbopt.errors import InputError, Place
from bbopt.output_folder import SeedFile

__all__ = ["has_tables", "is_state_folder", "state_folder_at", "state_folder_seed"]


def is_state_folder(folder: Path) -> bool:
    """Whether the folder is named like one, or has the tables of one."""
    return _seed_in_name(folder) is not None or has_tables(folder)


def _seed_in_name(folder: Path) -> int | None:
    return SeedFile.STATE.seed_in(folder.absolute().name)


def state_folder_seed(folder: Path) -> int | None:
    """The N of a folder `state-runN`, None for a state folder of another name; InputError for any other."""
    seed = _seed_in_name(folder)
    if seed is not None or has_tables(folder):
        return seed
    raise InputError(
        "this is no state folder of an earlier run",
        place=Place(folder),
        expected="a folder named state-runN, N being the seed of the run, or one with its tables",
        remedy=_remedy(folder),
    )


def state_folder_at(path: Path) -> Path:
    """The state folder that a user means: `path`, or the only one in it, where a merge has put it."""
    inside = _states_in(path)
    return inside[0] if len(inside) == 1 and not is_state_folder(path) else path


def has_tables(folder: Path) -> bool:
    """Whether there is a table of runs in it."""
    return any(folder.glob("runs_and_results-it*.csv"))


def _remedy(folder: Path) -> str | None:
    inside = _states_in(folder)
    return f"did you mean {inside[0]}?" if inside else None


def _states_in(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.glob(SeedFile.STATE.name_of("*")) if entry.is_dir())
