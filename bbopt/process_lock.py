"""A lock between processes that no crash leaves behind."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

from bbopt.durable_files import file_error
from bbopt.errors import StateError

__all__ = ["ProcessLock", "lock_path"]

_NO_KERNEL_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


def lock_path(path: Path) -> Path:
    """The lock file that guards the file at `path`."""
    return path.with_name(path.name + ".lock")


class ProcessLock:
    """A lock file that one process holds until it ends, however it ends.

    The lock is the kernel's (flock), so a dead holder never blocks anyone; the file's text only tells the
    others who holds it.  Where the file system has no such locks, the text decides: a holder on this host
    that is no longer alive is ignored, any other holder is respected.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock; StateError names the holder's host and process when somebody has it."""
        self.path = path
        self._descriptor: int | None = None
        try:
            while self._descriptor is None:
                self._descriptor = self._try_to_take()
        except OSError as error:
            raise file_error("lock", path, error) from error

    def _try_to_take(self) -> int | None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                self._refuse_unless_abandoned(error, os.pread(descriptor, 1024, 0).decode(errors="replace"))
            if not self._is_still_the_file(descriptor):  # its holder removed it between open and lock
                os.close(descriptor)
                return None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{socket.gethostname()} {os.getpid()}\n".encode(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _refuse_unless_abandoned(self, error: OSError, holder: str) -> None:
        host, _, pid = holder.strip().partition(" ")
        if error.errno in _NO_KERNEL_LOCKS:
            if not holder.strip() or (host == socket.gethostname() and not _is_alive(pid)):
                return
        elif error.errno not in {errno.EAGAIN, errno.EACCES}:
            raise error
        who = f"process {pid} on host {host}" if pid else "an unknown process"
        raise StateError(
            f"{self.path.with_suffix('')} is in use by {who}",
            remedy="wait for it, end it, or use another seed or output folder",
        ) from error

    def _is_still_the_file(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.path))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock back and remove its file; a second call does nothing."""
        if self._descriptor is not None:
            with suppress(OSError):
                self.path.unlink()
            os.close(self._descriptor)
            self._descriptor = None


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True
