"""The journal of one seed: every finished run, appended to its `live-rundata` file before anything else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from bbopt.append_file import SYNC_INTERVAL_S, AppendFile
from bbopt.space import Configuration, Space
from bbopt.stores.folder.encoder import RunEncoder, header_text
from bbopt.stores.folder.reader import JournalReader
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRun, last_number

__all__ = ["JournalWriter"]


class JournalWriter:
    """Appends runs to a journal, new or continued; one process at a time: a Recorder."""

    def __init__(
        self,
        path: Path,
        identity: RecordIdentity,
        space: Space,
        *,
        lock: Path | None = None,
        remember: Callable[[Sequence[RecordedRun]], tuple[RecordedRun, ...]] = tuple,
        sync_interval_s: float = SYNC_INTERVAL_S,
    ) -> None:
        """Open or create; StateError when another process writes it, or it is about something else.

        `lock` is another lock file than that beside the journal, `remember` picks the runs that count.
        """
        self.path = path
        reader = JournalReader(path, space)
        self._recovered: tuple[RecordedRun, ...] = ()
        self.last_number = 0

        def read_what_is_there(_file: BinaryIO) -> int:  # under the lock: a search that ends may add runs
            runs = reader.poll()
            self._recovered, self.last_number = remember(runs), last_number(runs)
            if reader.has_header:
                identity.refuse_other(str(path), reader.identity, reader.decoder.instances)
            return reader.offset

        self._file = AppendFile(
            path,
            end_of_last_record=read_what_is_there,
            exclusive=True,
            lock=lock,
            sync_interval_s=sync_interval_s,
        )
        self._encoder = RunEncoder(identity, reader.decoder)
        if not reader.has_header:
            try:
                self._file.append(header_text(identity.instances))
            except BaseException:
                self._file.close()
                raise

    def take_recovered(self) -> tuple[RecordedRun, ...]:
        """See Recorder; they were read under the file's lock."""
        recovered, self._recovered = self._recovered, ()
        return recovered

    @property
    def source(self) -> str:
        """See Recorder."""
        return str(self.path)

    @property
    def repaired(self) -> str | None:
        """See Recorder."""
        torn = self._file.torn
        return f"The last record of {self.path} was torn; it is kept in {torn}" if torn else None

    def record(self, *runs: RecordedRun) -> None:
        """See Recorder."""
        if not runs:
            return
        try:
            self._file.append(*[self._encoder.encode(run) for run in runs])
        except BaseException:  # what a refused line defined has to be defined again
            self._encoder.take_back()
            raise
        self._encoder.commit()

    def stand_by(self, configuration: Configuration, cost: float) -> None:
        """See Recorder; the trajectory says it."""

    def close(self) -> None:
        """Sync, close and unlock; a second call does nothing."""
        self._file.close()

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
