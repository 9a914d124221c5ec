"""A lock between processes that no crash leaves behind, on a local disk and on a network one.

The lock file is a lease (filelock's): created exclusively, it names host, process and the process's start,
and is touched every few seconds.  A holder on this host that is gone, or whose number belongs to another
process by now, loses it at once; a silent one on another host after `LEASE_S`, watched on the own clock, so
that nobody's clock and no file's date is believed.  A kernel lock (flock) on the file only adds a proof of
life: it is never needed, and getting it proves nothing, because on some network file systems each host hands
out its own.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import LeaseSettingsMismatch, SoftFileLease, Timeout

from bbopt.durable_files import file_error
from bbopt.errors import LostFileError, StateError
from bbopt.process_identity import ProcessIdentity
from bbopt.regular_files import refuse_irregular

__all__ = [
    "LEASE_S",
    "HolderWatch",
    "LockHolder",
    "ProcessLock",
    "lock_holder",
    "lock_path",
]

_LOG = logging.getLogger(__name__)

LEASE_S = 30.0
"""A holder that can't be asked and does not touch its lock file for this long is taken for dead."""

_GRACE_S = 5.0
"""Added to the lease while a silent holder is watched: filelock began to watch a little later."""

_EMPTY_S = 2.0
"""A lock file that stays empty for so long has no maker any more who is about to write it."""

_TRY_FOR_S = 0.2
_CHECK_EVERY_S = 1.0
_KERNEL_LOCK_TRIES = 20


def lock_path(path: Path) -> Path:
    """The lock file that guards the file at `path`."""
    return path.with_name(path.name + ".lock")


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a lock; `is_alive` is None when that can't be told from here."""

    process: ProcessIdentity
    is_alive: bool | None


def lock_holder(path: Path) -> LockHolder | None:
    """The process that the lock file at `path` names; None when there is none, or none that can be read."""
    owner = SoftFileLease(path, lease_duration=LEASE_S).owner
    if owner is None:
        return None
    process = ProcessIdentity(owner.hostname, owner.pid, owner.start)
    return LockHolder(process, True if _has_kernel_lock(path) else process.is_alive())


class HolderWatch:
    """Tells over time whether the holder of a lock lives, on another host too, by its touching the file."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._clock = clock
        self._mark: tuple[int, int] | None = None
        self._since = 0.0
        self._was_touched = False

    def look(self) -> LockHolder | None:
        """As `lock_holder`; a holder that can't be asked lives when it touched the file within `LEASE_S`."""
        holder, mark, now = lock_holder(self.path), _mark(self.path), self._clock()
        if mark != self._mark:
            self._was_touched = self._mark is not None and mark is not None
            self._mark, self._since = mark, now
        if holder is None or holder.is_alive is not None:
            return holder
        if now - self._since > LEASE_S:
            return LockHolder(holder.process, False)
        return LockHolder(holder.process, True if self._was_touched else None)


class ProcessLock:
    """A lock file that one process holds until it releases it or ends, however it ends."""

    def __init__(
        self, path: Path, *, lease_s: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the lock; StateError names the holder's host and process when somebody has it.

        Takes up to `lease_s` (`LEASE_S`) when the file names a process on another host that gives no sign of
        life.  All who use the same file must agree on it.
        """
        self.path = path
        self._lease_s = LEASE_S if lease_s is None else lease_s
        self._clock = clock
        self._began = self._checked = clock()
        self._kernel_lock: int | None = None
        self._lease = SoftFileLease(
            path, lease_duration=self._lease_s, thread_local=False, poll_interval=0.02
        )
        try:
            refuse_irregular(path, follow_links=False)
            self._take()
        except OSError as error:
            raise file_error("lock", path, error) from error
        self._kernel_lock = _take_kernel_lock(path)

    def _take(self) -> None:
        first_mark = _mark(self.path)
        is_told = False
        while True:
            holder, mark = lock_holder(self.path), _mark(self.path)
            # The clocks of two hosts differ: a date says nothing, but that it has changed is a sign of life.
            if holder is not None and (holder.is_alive or mark not in {None, first_mark}):
                raise self._refusal(holder)
            if self._is_left_behind(holder) and mark == first_mark:
                _set_aside(self.path, mark)
            if self._try_to_take():
                return
            if self._clock() - self._began > self._lease_s + _GRACE_S:
                raise self._refusal(holder)
            if holder is not None and holder.is_alive is None and not is_told:
                is_told = True
                _LOG.warning(
                    "%s is held by %s; waiting up to %.0f s for a sign of life.",
                    self.path,
                    holder.process,
                    self._lease_s,
                )

    def _is_left_behind(self, holder: LockHolder | None) -> bool:
        """What nobody holds but filelock takes for held.

        That is a file of a dead process that its parent has not waited for yet, and an empty one: its maker
        was killed, or the disk was full, between making and writing it.
        """
        if holder is not None:
            return holder.is_alive is False and holder.process.has_number
        return self._clock() - self._began > _EMPTY_S and _is_empty(self.path)

    def _try_to_take(self) -> bool:
        if _has_kernel_lock(self.path):  # a proof of life that filelock does not ask for
            time.sleep(_TRY_FOR_S)
            return False
        try:
            self._lease.acquire(timeout=_TRY_FOR_S)  # several tries: the first may only remove a dead one's
        except (Timeout, LeaseSettingsMismatch):
            return False
        return True

    def _refusal(self, holder: LockHolder | None) -> StateError:
        return StateError(
            f"{self.path.with_suffix('')} is in use by {holder.process if holder else 'an unknown process'}",
            remedy="wait for it, end it, or use another seed or output folder",
        )

    @property
    def has_kernel_lock(self) -> bool:
        """Whether the file system has kernel locks, so that a holder is seen to live on other hosts, too."""
        return self._kernel_lock is not None

    def check(self) -> None:
        """Make sure, at most once a second, that the lock is still this process's.

        LostFileError when another process has it: this one was stopped, or cut off from the disk, for so long
        that it was taken for dead.
        """
        now = self._clock()
        if now - self._checked < _CHECK_EVERY_S:
            return
        self._checked = now
        owner = self._lease.owner
        # By token, not by process: its lock may have been taken over and given back, to this process even.
        if owner is not None and owner.token != self._lease.token:
            process = ProcessIdentity(owner.hostname, owner.pid, owner.start)
            raise LostFileError(
                f"{self.path.with_suffix('')} was taken over by {process}, "
                f"because this one gave no sign of life for {self._lease_s:.0f} s",
                remedy="leave the seed to that process",
            )
        if self._lease.compromise is not None:  # touching the file failed, or somebody removed it
            self._renew()

    def _renew(self) -> None:
        with suppress(OSError):
            self._release()
        with suppress(OSError):  # Timeout too: whoever has it now shows at the next check
            self._lease.acquire(timeout=0)
            self._kernel_lock = _take_kernel_lock(self.path)

    def release(self) -> None:
        """Give the lock back and remove its file; a second call does nothing."""
        with suppress(OSError):
            self._release()

    def _release(self) -> None:
        descriptor, self._kernel_lock = self._kernel_lock, None
        try:
            self._lease.release()
        finally:
            if descriptor is not None:
                os.close(descriptor)


def _set_aside(path: Path, mark: tuple[int, int] | None) -> None:
    """Remove the lock file that looked like `mark`.

    It is moved first and looked at again: another process may have been faster, and this be its lock.
    """
    moved = path.with_name(f"{path.name}.{os.getpid()}.dead")
    try:
        os.rename(path, moved)  # atomic: of several that have found it dead, one gets it
    except OSError:
        return
    if _mark(moved) != mark:
        with suppress(OSError):  # a third one has taken its place meanwhile: the second will notice
            os.link(moved, path)
    moved.unlink(missing_ok=True)


def _is_empty(path: Path) -> bool:
    try:
        return os.stat(path).st_size == 0
    except OSError:
        return False


def _mark(path: Path) -> tuple[int, int] | None:
    """What changes whenever the holder touches the file; its date is compared with itself only."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _take_kernel_lock(path: Path) -> int | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    for _ in range(_KERNEL_LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.EACCES}:
                break  # the file system has none
            time.sleep(0.005)  # somebody is just asking
        else:
            return descriptor
    os.close(descriptor)
    return None


def _has_kernel_lock(path: Path) -> bool:
    """Whether a process is known to hold the lock; False proves nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in {errno.EAGAIN, errno.EACCES}
    finally:
        os.close(descriptor)
    return False
