"""The journal of one seed: every finished run, appended to its `live-rundata` file before anything else."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from bbopt.append_file import SYNC_INTERVAL_S, AppendFile
from bbopt.errors import StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.process_lock import ProcessLock, lock_path
from bbopt.runs.values import Elapsed, RunRequest, RunResult
from bbopt.space import Space
from bbopt.storage.encoder import RunEncoder, header_text
from bbopt.storage.identity import JournalIdentity
from bbopt.storage.reader import JournalReader, SkippedStretch
from bbopt.storage.record import RecordedRun

__all__ = ["JournalWriter", "set_aside_run"]


def set_aside_run(output: OutputFolder, seed: int) -> Path | None:
    """Move the files of earlier runs of `seed` to `previous/`, and return where; None when there are none.

    Raises StateError when another process is writing them, or when a move fails.
    """
    if not output.has_run(seed):
        return None
    lock = ProcessLock(lock_path(output.file(SeedFile.RECORD, seed)))
    try:
        return output.set_aside_run(seed)
    finally:
        lock.release()


class JournalWriter:
    """Appends runs to a journal, new or continued; one process at a time.

    Opening reads what the file holds already (`take_recovered`) and cuts off a torn tail (kept in the file
    `torn`).  What could not be read is counted (`skipped`) and explained (`problems`, the first hundred).
    """

    def __init__(
        self,
        path: Path,
        identity: JournalIdentity,
        space: Space,
        *,
        sync_interval_s: float = SYNC_INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open or create; StateError when another process writes it, or it is about something else."""
        self.path = path
        reader = JournalReader(path, space)
        self._recovered: list[RecordedRun] = []

        def read_what_is_there(_file: BinaryIO) -> int:
            self._recovered = reader.poll()
            _refuse_other_identity(path, identity, reader)
            return reader.offset

        self._file = AppendFile(
            path,
            end_of_last_record=read_what_is_there,
            exclusive=True,
            sync_interval_s=sync_interval_s,
            clock=clock,
        )
        self.problems: tuple[SkippedStretch, ...] = tuple(reader.problems)
        self.skipped = reader.skipped
        self._encoder = RunEncoder(identity, reader.decoder)
        if not reader.has_header:
            try:
                self._file.append(header_text(identity.instances))
            except BaseException:
                self._file.close()
                raise

    def take_recovered(self) -> tuple[RecordedRun, ...]:
        """The runs that the file held when it was opened, read under its lock; handed out once, then ()."""
        recovered, self._recovered = self._recovered, []
        return tuple(recovered)

    @property
    def torn(self) -> Path | None:
        """Where the torn tail that opening found is kept, if there was one."""
        return self._file.torn

    def append(
        self,
        request: RunRequest,
        result: RunResult,
        elapsed: Elapsed | None = None,
        reused_from: int | None = None,
    ) -> None:
        """Record a run, finished `elapsed` into the search; when this returns, the death of this process
        can't lose it.

        `reused_from` is the seed whose result it is, when it was taken over instead of executed.
        Raises StateError when it can't be written; the file is then as before and the call may be repeated.
        Also when another process took the journal over: then it can't be repeated.
        """
        self._file.append(self._encoder.encode(request, result, elapsed, reused_from))
        self._encoder.commit()

    def sync(self) -> None:
        """Bring all records to the disk now."""
        self._file.sync()

    def close(self) -> None:
        """Sync, close and unlock; a second call does nothing."""
        self._file.close()

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refuse_other_identity(path: Path, identity: JournalIdentity, reader: JournalReader) -> None:
    if not reader.has_header:
        return
    found = reader.identity
    if found is None:  # no run yet: the file says nothing but its instances
        if reader.decoder.instances == identity.instances:
            return
        differences: tuple[tuple[str, str, str], ...] = (
            ("instances", str(reader.decoder.instances), str(identity.instances)),
        )
    else:
        differences = found.differences(identity)
    if differences:
        names = ", ".join(name for name, _, _ in differences)
        raise StateError(
            f"{path} records runs of another scenario (other {names})",
            got="; ".join(f"{name} = {_short(value)}" for name, value, _ in differences),
            expected="; ".join(f"{name} = {_short(value)}" for name, _, value in differences),
            remedy="use another output folder or rungroup, or the scenario that the file was written with",
        )


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "..."
