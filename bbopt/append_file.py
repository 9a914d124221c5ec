"""Files that grow by whole records, which a crash or a full disk can't spoil.

A record whose append returned is in the file, also after the death of the process (the operating system has
it; the disk has it within the sync interval).  What a repair cuts off is kept in a side file.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from bbopt.durable_files import encode_text, file_error, sync_folder, write_all, write_new_file
from bbopt.errors import LostFileError, StateError
from bbopt.process_lock import ProcessLock, lock_path
from bbopt.regular_files import refuse_irregular

__all__ = ["SYNC_INTERVAL_S", "AppendFile", "end_of_last_line"]

SYNC_INTERVAL_S = 2.0
"""At most this long after its append a record is on the disk itself."""

_READ_BLOCK_BYTES = 1 << 16


def end_of_last_line(file: BinaryIO) -> int:
    """Where the last line that ends in a newline ends; 0 when there is none."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - _READ_BLOCK_BYTES)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


class AppendFile:
    """A file that grows by whole records, each one line of text without newlines.

    Opening cuts off what stands behind the last whole record, as `end_of_last_record` finds it, and keeps
    it in `<name>.torn-K` (`torn` names that file).  With `exclusive`, a lock file, `<name>.lock` unless
    another `lock` is given, keeps other processes from opening the file the same way.  Only one thread may
    append.
    """

    def __init__(
        self,
        path: Path,
        *,
        end_of_last_record: Callable[[BinaryIO], int] = end_of_last_line,
        exclusive: bool = False,
        lock: Path | None = None,
        sync_interval_s: float = SYNC_INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.torn: Path | None = None
        self._sync_interval_s = sync_interval_s
        self._clock = clock
        self._last_sync = -float("inf")
        self._timer: threading.Timer | None = None
        self._sync_error: OSError | None = None
        self._roll_back_to: int | None = None
        self._size = 0
        self._mutex = threading.Lock()
        self._descriptor: int | None = None
        self._lock = ProcessLock(lock or lock_path(path)) if exclusive else None
        try:
            self._open(end_of_last_record)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise file_error("open", path, error) from error
            raise

    def _open(self, end_of_last_record: Callable[[BinaryIO], int]) -> None:
        refuse_irregular(self.path)
        created = not self.path.exists()
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        if created:  # or the name may be lost with the power, whatever is synced of the contents
            sync_folder(self.path.parent)
        with self.path.open("rb") as file:
            end = end_of_last_record(file)
            file.seek(end)
            tail = file.read()
            file.seek(max(0, end - 1))
            self._needs_newline = end > 0 and file.read(1) != b"\n"
        if tail:  # kept before it is cut off: a death in between leaves it in two places, not in none
            self.torn = self._keep_tail(tail)
            os.ftruncate(self._descriptor, end)
            os.fsync(self._descriptor)
        self._size = end

    def _keep_tail(self, tail: bytes) -> Path:
        number = 1
        while True:
            side = self.path.with_name(f"{self.path.name}.torn-{number}")
            try:
                write_new_file(side, tail)
            except FileExistsError:
                number += 1
            else:
                sync_folder(side.parent)
                return side

    def append(self, *records: str) -> None:
        """Add each of the `records` as a line; when this returns, the death of this process can't lose them.

        Raises StateError when they can't be written (a full disk, say); then the file is as it was before,
        and the same records may be tried again.  LostFileError when another process took the lock over, or
        somebody has moved, removed or cut the file.
        """
        if any("\n" in record for record in records):
            raise ValueError("a record is one line")
        if self._descriptor is None:
            raise StateError(f"{self.path} is closed")
        data = encode_text("\n" * self._needs_newline + "".join(f"{record}\n" for record in records))
        if self._lock is not None:
            self._lock.check()
        with self._mutex:
            try:
                self._report_failed_sync()
                self._refuse_lost(self._descriptor)
                self._write_or_roll_back(self._descriptor, data)
            except OSError as error:
                raise file_error("append to", self.path, error) from error
            self._needs_newline = False
        self._sync_or_arm_timer()

    def _report_failed_sync(self) -> None:
        # It must be told: the next fsync may succeed without having written what this one could not.
        error, self._sync_error = self._sync_error, None
        if error is not None:
            raise error

    def _refuse_lost(self, descriptor: int) -> None:
        """LostFileError when the file that is open is not the whole one at the path any more."""
        ours = os.fstat(descriptor)
        if ours.st_size < self._size:
            raise LostFileError(
                f"{self.path} was cut while it was written",
                got=f"{ours.st_size} bytes",
                expected=f"{self._size} bytes",
                remedy="go on from what is left with --restore-scenario; what was cut off is lost",
            )
        with suppress(FileNotFoundError):
            if os.path.samestat(ours, os.stat(self.path)):
                return
        if ours.st_nlink == 0:
            raise LostFileError(
                f"{self.path} was removed, or replaced by another file, while it was written",
                remedy="leave the output folder as it is while a search is under way",
            )
        raise LostFileError(
            f"{self.path} was moved while it was written",
            got=os.readlink(f"/proc/self/fd/{descriptor}"),
            remedy="move it back, and go on with --restore-scenario",
        )

    def _write_or_roll_back(self, descriptor: int, data: bytes) -> None:
        if self._roll_back_to is not None:  # half a record, which the next one would stand behind on one line
            os.ftruncate(descriptor, self._roll_back_to)
        self._roll_back_to = os.fstat(descriptor).st_size
        try:
            write_all(descriptor, data)
        except BaseException:
            with suppress(OSError):  # tried again by the next append
                os.ftruncate(descriptor, self._roll_back_to)
                self._roll_back_to = None
            raise
        self._size = self._roll_back_to + len(data)
        self._roll_back_to = None

    def _sync_or_arm_timer(self) -> None:
        waited_s = self._clock() - self._last_sync
        if waited_s >= self._sync_interval_s:
            self._sync_quietly()
        elif self._timer is None:
            self._timer = threading.Timer(self._sync_interval_s - waited_s, self._sync_quietly)
            self._timer.daemon = True
            self._timer.start()

    def _sync_quietly(self) -> None:
        with self._mutex:
            self._timer = None
            try:
                if self._descriptor is not None:
                    os.fsync(self._descriptor)
            except OSError as error:
                self._sync_error = error  # told by the next append: this record is written
            self._last_sync = self._clock()

    def sync(self) -> None:
        """Bring all records to the disk now."""
        with self._mutex:
            if self._descriptor is None:
                return
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                raise file_error("sync", self.path, error) from error
            self._last_sync = self._clock()

    def close(self) -> None:
        """Sync, close and unlock; a second call does nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            self.sync()
        finally:
            with self._mutex:
                if self._descriptor is not None:
                    os.close(self._descriptor)
                    self._descriptor = None
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> AppendFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
