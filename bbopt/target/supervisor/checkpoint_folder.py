"""The checkpoints of one configuration on one instance with one seed: a folder that outlives its runs.

    .bbopt-checkpoints.json    whose they are; a folder without it is nobody's to remove
    current -> 27-1-17-0f3a    what the last complete run has left: its budget, name, and part of its uuid
    27-1-17-0f3a/              the files that it has left
    81-1-23-c07e/              what a run under way is writing

When a run has succeeded, the link is replaced, in one step: whoever is killed at whatever moment, it leads to
what is whole.  What it does not lead to is of use to nobody, and goes when the folder is tidied.

A folder has one user at a time, who holds its lock; that is up to the caller.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
from typing import Any, NamedTuple

from bbopt.target.supervisor.markers import read_marker

__all__ = [
    "FULL",
    "MARKER",
    "Checkpoint",
    "about",
    "current",
    "lacks_room",
    "make_out",
    "new_out",
    "open_folder",
    "promote",
    "remove",
    "remove_spare",
    "set_free",
    "take_out",
    "tidy",
]

MARKER = ".bbopt-checkpoints.json"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""The errors of a disk without room."""

_CURRENT = "current"
_NEW = ".new"
_OUT = re.compile(r"(?P<budget>\d{1,10})-(?P<run>[\w-]+)-[0-9a-f]{4,8}")
_PROBE_BYTES = 65536


class Checkpoint(NamedTuple):
    """What a complete run has left: its files are in the folder `path`."""

    path: str
    budget: int
    run_id: str


def open_folder(path: str, facts: dict[str, Any], spare: str | None = None) -> None:
    """Make the folder, or tidy the one that there is; `facts` tell people whose it is.

    It may be made of a `spare` one.  OSError when that is not possible, FileExistsError when there is
    something else.
    """
    if spare is not None and not os.path.lexists(path):
        _mark(spare, os.path.basename(path), facts)
        os.rename(spare, path)
        return
    try:
        os.mkdir(path)
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)
    except FileExistsError:
        if about(path) is not None:
            tidy(path)
            return
        if os.path.islink(path) or not set(os.listdir(path)) <= {_NEW}:
            raise
    _mark(path, os.path.basename(path), facts)


def _mark(path: str, name: str, facts: dict[str, Any]) -> None:
    new = os.path.join(path, _NEW)
    with open(new, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(json.dumps({"checkpoints": name, **facts}, indent=1))
    os.replace(new, os.path.join(path, MARKER))


def set_free(path: str, spare: str) -> bool:
    """Make a folder that holds nothing a `spare` one, if it is; OSError.

    To rename folders takes no time; to remove them may take longer than a short run.
    """
    rest = [os.path.join(path, name) for name in os.listdir(path) if name != MARKER]
    if about(path) is None or any(not _is_folder(one) or os.listdir(one) for one in rest):
        return False
    os.rename(path, spare)
    return True


def remove_spare(path: str) -> None:
    """Remove a spare folder, if it is one; OSError."""
    if os.path.isfile(os.path.join(path, MARKER)):
        _remove(path)


def about(path: str) -> dict[str, Any] | None:
    """What the marker of a folder of checkpoints says; None for anything else."""
    found = read_marker(path, MARKER)
    return found if found is not None and found.get("checkpoints") == os.path.basename(path) else None


def current(path: str) -> Checkpoint | None:
    """What the last complete run has left; None where there is nothing."""
    try:
        name = os.readlink(os.path.join(path, _CURRENT))
    except OSError:
        return None
    match, there = _OUT.fullmatch(name), os.path.join(path, name)
    if match is None or not _is_folder(there):
        return None
    return Checkpoint(there, int(match["budget"]), match["run"])


def new_out(path: str, budget: int, run_id: str, uuid: str) -> str:
    """Where a run writes to: one that was killed may have had the same `run_id`.

    The folder that another run was to write to is taken again, and emptied when the run begins.
    """
    out, last = os.path.join(path, f"{budget}-{run_id}-{uuid[:8]}"), current(path)
    for name in os.listdir(path):
        if _OUT.fullmatch(name) and (last is None or name != os.path.basename(last.path)):
            os.rename(os.path.join(path, name), out)
            break
    return out


def promote(path: str, name: str) -> None:
    """Make what a run has left the current checkpoint, and remove the one before; OSError."""
    new = os.path.join(path, _NEW)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    os.symlink(name, new)
    os.replace(new, os.path.join(path, _CURRENT))
    _sync(path)
    tidy(path)


def tidy(path: str) -> None:
    """Remove what is no complete run's, of a folder that is ours; OSError."""
    found = current(path)
    kept = {MARKER} if found is None else {MARKER, _CURRENT, os.path.basename(found.path)}
    for name in set(os.listdir(path)) - kept:
        _remove(os.path.join(path, name))


def remove(path: str) -> None:
    """Remove a folder of checkpoints, if it is one; OSError.

    The link goes first and the marker last: one that is half removed holds no checkpoint, and is ours still.
    """
    if about(path) is None:
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(path, _CURRENT))
    tidy(path)
    os.unlink(os.path.join(path, MARKER))
    os.rmdir(path)


def make_out(out: str) -> None:
    """Make the empty folder that a run writes to; what others have left in it goes.  OSError."""
    try:
        os.mkdir(out)
    except FileExistsError:
        if not _is_folder(out) or os.listdir(out):
            _remove(out)
            os.mkdir(out)


def take_out(out: str) -> bool:
    """Whether the run has left a checkpoint, which is on the disk then; OSError."""
    if not _is_folder(out) or not os.listdir(out):
        return False
    for parent, _, names in os.walk(out):
        for name in names:
            _sync(os.path.join(parent, name))
        _sync(parent)
    return True


def lacks_room(out: str) -> bool:
    """Whether a run that has failed would have found no room for its checkpoint."""
    probe = f"{out}.probe"
    try:
        with open(probe, "xb") as file:
            file.write(b"\0" * _PROBE_BYTES)
    except OSError as error:
        return error.errno in FULL
    finally:
        with contextlib.suppress(OSError):
            os.unlink(probe)
    return False


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _sync(path: str) -> None:
    """Bring a file or the names in a folder to the disk; what is neither needs nothing."""
    if os.path.islink(path) or not (os.path.isfile(path) or os.path.isdir(path)):
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP}:
            raise
    finally:
        os.close(descriptor)


def _remove(path: str) -> None:
    """Remove a file, a folder with all in it, or a link, not what that leads to."""
    if _is_folder(path):
        import shutil  # most runs leave nothing

        shutil.rmtree(path)
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
