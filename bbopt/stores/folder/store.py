"""An output folder as a store: a journal a seed, and one file of claims."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bbopt.durable_files import file_error
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.process_lock import ProcessLock, lock_holder, lock_path
from bbopt.space import Space
from bbopt.stores.folder.claims import FolderClaims
from bbopt.stores.folder.control import FolderControl
from bbopt.stores.folder.declared_space import records_in_their_spaces, space_of_journal
from bbopt.stores.folder.folder_status import folder_status
from bbopt.stores.folder.follower import FolderFollower
from bbopt.stores.folder.forgotten import forget_runs, forgotten_runs
from bbopt.stores.folder.reader import read_journal
from bbopt.stores.folder.writer import JournalWriter
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRuns, last_number, remembered
from bbopt.stores.status import StoreStatus

__all__ = ["FolderStore"]


class FolderStore:
    """The records in an output folder; those of a hidden store, in the state folders, no peer looks for."""

    def __init__(self, output: OutputFolder, *, is_hidden: bool = False) -> None:
        self._output = output
        self._is_hidden = is_hidden

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FolderStore) or self._is_hidden != other._is_hidden:
            return False
        own, others = self._output.path, other._output.path
        return own == others or (own.exists() and others.exists() and os.path.samefile(own, others))

    __hash__ = None  # type: ignore[assignment]  # two names of one folder would have two

    def _journal(self, seed: int) -> Path:
        if self._is_hidden:
            return self._output.hidden_record(seed)
        return self._output.file(SeedFile.RECORD, seed)

    def _lock(self, seed: int) -> Path:
        # Of a hidden record, too: the seed's other files are the same, and the state folder may be moved.
        return lock_path(self._output.file(SeedFile.RECORD, seed))

    def open(self, seed: int, identity: RecordIdentity, space: Space) -> JournalWriter:
        """See RunStore."""
        path = self._journal(seed)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise file_error("make", path.parent, error) from error
        forgotten = forgotten_runs(self._output)
        return JournalWriter(
            path,
            identity,
            space,
            lock=self._lock(seed),
            remember=lambda runs: remembered(runs, seed, forgotten),
        )

    def runs(self, seed: int, space: Space) -> RecordedRuns | None:
        """See RunStore."""
        path = self._journal(seed)
        record = read_journal(path, space_of_journal(path, space))
        return None if record is None else self._remembered(seed, record)

    def seeds(self) -> tuple[int, ...]:
        """See RunStore; a folder that is not there yet has none."""
        return self._seeds() if self._output.path.exists() else ()

    def _seeds(self) -> tuple[int, ...]:
        try:
            seeds = self._output.files(SeedFile.STATE if self._is_hidden else SeedFile.RECORD)
        except OSError as error:
            raise file_error("look into", self._output.path, error) from error
        return tuple(seed for seed in seeds if self._journal(seed).is_file())

    def _remembered(self, seed: int, record: RecordedRuns) -> RecordedRuns:
        forgotten = forgotten_runs(self._output)
        runs = remembered(record.runs, seed, forgotten)
        n_forgotten = len(record.runs) - len(runs)
        return replace(record, runs=runs, n_forgotten=n_forgotten, last_number=last_number(record.runs))

    def records(self) -> Iterator[tuple[int, RecordedRuns]]:
        """See RunStore."""
        records = records_in_their_spaces((seed, self._journal(seed)) for seed in self._seeds())
        return ((seed, self._remembered(seed, record)) for seed, record in records)

    def follow(self, seed: int | None, identity: RecordIdentity | None, space: Space) -> FolderFollower:
        """See RunStore."""
        return FolderFollower(self._output, seed, identity, space)

    def claims(self, seed: int, space: Space) -> FolderClaims:
        """See RunStore."""
        return FolderClaims(self._output, seed, space)

    def is_open(self, seed: int) -> bool | None:
        """See RunStore."""
        holder = lock_holder(self._lock(seed))
        return False if holder is None else holder.is_alive

    def control(self, seed: int) -> FolderControl:
        """See RunStore."""
        return FolderControl(self._output, seed)

    def forget(self, seed: int, names: Sequence[str], by: str) -> None:
        """See RunStore."""
        forget_runs(self._output.file(SeedFile.FORGOTTEN, seed), names, by)

    def status(self) -> StoreStatus:
        """See RunStore."""
        return folder_status(self._output)

    def set_aside(self, seed: int) -> str | None:
        """See RunStore; the other files of the earlier run go with its journal."""
        if not self._output.has_run(seed):
            return None
        lock = ProcessLock(self._lock(seed))  # or the files of a search that begins meanwhile would go, too
        try:
            moved = self._output.set_aside_run(seed)
        finally:
            lock.release()
        return str(moved) if moved else None
