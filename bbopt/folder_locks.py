"""Locks of folders that are tried, not waited for: whoever does not get one has something else to do."""

from __future__ import annotations

from pathlib import Path

from bbopt.errors import StateError
from bbopt.process_lock import HolderWatch, ProcessLock, lock_holder, lock_path

__all__ = ["FolderInUseError", "FolderLock", "FolderLocks", "is_in_use"]

FolderLock = ProcessLock


class FolderInUseError(StateError):
    """Another process has the folder; the text says which."""


class FolderLocks:
    """Takes locks, whose files stand beside the folders."""

    def __init__(self) -> None:
        self._watches: dict[Path, HolderWatch] = {}

    def take(self, folder: Path) -> FolderLock:
        """The folder's lock; FolderInUseError when it is held, StateError when there can't be one.

        A holder on another host that gives no sign of life holds it until it has been tried in vain for long
        enough.
        """
        path = lock_path(folder)
        watch = self._watches.setdefault(folder, HolderWatch(path))
        holder = watch.look()  # making a lock would wait for a sign of life
        if holder is not None and holder.is_alive is not False:
            raise FolderInUseError(f"{folder} is in use by {holder.process}")
        del self._watches[folder]
        try:
            return ProcessLock(path)
        except StateError as error:
            if isinstance(error.__cause__, OSError):
                raise
            raise FolderInUseError(error.what) from error  # somebody was faster


def is_in_use(folder: Path) -> bool:
    """Whether there is a lock of the folder, be its holder dead."""
    return lock_holder(lock_path(folder)) is not None
