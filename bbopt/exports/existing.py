"""Making room for a fresh run: what an earlier run of the same seed left is set aside, never deleted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.durable_files import sync_folder
from bbopt.errors import StateError
from bbopt.process_lock import ProcessLock, lock_path
from bbopt.storage import journal_path

__all__ = ["SetAside", "set_aside_earlier_run", "set_aside_files"]


@dataclass(frozen=True, slots=True)
class SetAside:
    """What was moved, by name, and the folder that holds it now."""

    folder: Path
    names: tuple[str, ...]


def set_aside_earlier_run(folder: Path, seed: int) -> SetAside | None:
    """Move the output of earlier runs of `seed` into `<folder>/previous/run-<seed>-<K>/`; None if none.

    Only names that bbopt or SMAC v2 gives to this seed's files are touched.  Raises StateError when another
    process is writing them, or when a move fails (what was moved until then stays where it went).
    """
    names = _names_of_seed(folder, seed)
    if not names:
        return None
    lock = ProcessLock(lock_path(journal_path(folder, seed)))
    try:
        return _move(folder, names, f"run-{seed}-")
    except OSError as error:
        raise StateError(
            f"cannot set aside the earlier run of seed {seed} in {folder}: {error.strerror}",
            remedy="use another seed, output folder or rungroup",
        ) from error
    finally:
        lock.release()


def set_aside_files(folder: Path, names: Iterable[str], prefix: str) -> SetAside | None:
    """Move those of the files `names` that exist into `<folder>/previous/<prefix><K>/`; None if none do.

    Raises StateError when a move fails.
    """
    found = [name for name in names if os.path.lexists(folder / name)]
    if not found:
        return None
    try:
        return _move(folder, found, prefix)
    except OSError as error:
        raise StateError(
            f"cannot set aside {found[0]} in {folder}: {error.strerror}",
            remedy="use another output folder or rungroup",
        ) from error


def _move(folder: Path, names: Sequence[str], prefix: str) -> SetAside:
    destination = _new_folder(folder / "previous", prefix)
    for name in names:
        os.rename(folder / name, destination / name)
    sync_folder(destination)
    sync_folder(folder)
    return SetAside(destination, tuple(names))


def _names_of_seed(folder: Path, seed: int) -> list[str]:
    pattern = re.compile(
        rf"(?:detailed-)?traj-run-{seed}\.(?:txt|csv)(?:\.torn-\d+)?"
        rf"|live-rundata-{seed}\.json(?:\.torn-\d+)?"
        rf"|state-run{seed}"
        rf"|log-(?:run|warn|err){seed}\.txt"
        rf"|validation[A-Za-z]+-(?:detailed-)?traj-run-{seed}-(?:walltime|tunertime)(?:-.+)?\.csv"
    )
    try:
        return sorted(entry.name for entry in folder.iterdir() if pattern.fullmatch(entry.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StateError(f"cannot look into {folder}: {error.strerror}") from error


def _new_folder(parent: Path, prefix: str) -> Path:
    parent.mkdir(exist_ok=True)
    number = 1
    while True:
        candidate = parent / f"{prefix}{number}"
        try:
            candidate.mkdir()
        except FileExistsError:
            number += 1
        else:
            return candidate
