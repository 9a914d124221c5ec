"""Reading `live-rundata` files, bbopt's and SMAC v2's own, also while they grow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from bbopt.durable_files import file_error
from bbopt.regular_files import open_regular
from bbopt.space import Configuration, Space
from bbopt.stores.folder.decoder import RunDecoder, UnreadableRecordError
from bbopt.stores.folder.scanner import Piece, first_value, pieces
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRun, RecordedRuns

__all__ = ["JournalReader", "read_journal"]

_KEPT_PROBLEMS = 100
"""A file of nothing but garbage must not fill the memory with complaints; all are counted."""

_BATCH = 50
"""Configurations are made of so many runs at once; more than that would only stay in memory for longer."""

_STEP_BYTES = 1 << 20
"""So much is read in one step, which takes about a tenth of a second; more where one record is longer."""

_TAIL_BYTES = 256
"""Of what was read, so much is compared when more is read: another file under the same name is noticed."""


class JournalReader:
    """Follows one file: each `poll` parses only what was added since the last one.

    A last object that is torn or still growing waits for the next poll.  What can't be used is skipped,
    counted (`skipped`) and explained (`problems`, the first hundred).  A file that was replaced by another,
    written anew, or cut below what was read, is read from its start again; `generation` counts the starts.
    """

    def __init__(self, path: Path, space: Space, *, refuse_other_space: bool = True) -> None:
        """Without `refuse_other_space`, runs of another space are skipped like damaged ones."""
        self.path = path
        self._space = space
        self._refuse_other_space = refuse_other_space
        self.problems: list[str] = []
        self.skipped = 0
        self.generation = 0
        self.is_behind = False
        self._file_id: tuple[int, int] | None = None
        self._start_over()

    def _start_over(self) -> None:
        self.decoder = RunDecoder(self._space, str(self.path), refuse_other_space=self._refuse_other_space)
        self.generation += 1
        self.offset = 0
        self.has_header = False
        self.holds_zeros = False
        self._step_bytes = _STEP_BYTES
        self._seen_bytes = 0
        self._tail = b""

    @property
    def identity(self) -> RecordIdentity | None:
        """What the file is about; None until its first run was read."""
        return self.decoder.identity

    def poll(self) -> list[RecordedRun]:
        """The runs added since the last poll; none while the file does not exist.

        Raises StateError when the file can't be read, and when a configuration in it is none of the space:
        then nothing in the file can be used.
        """
        runs = self.poll_some()
        while self.is_behind:
            generation = self.generation
            more = self.poll_some()
            if generation != self.generation:  # another file has taken its place
                runs = []
            runs += more
        return runs

    def poll_some(self, *, hold_zeros: bool = False) -> list[RecordedRun]:
        """The same, but no more than takes a moment; `is_behind` tells whether there is more to read.

        With `hold_zeros` reading stops before a zero byte (`holds_zeros` tells): on a network file system
        zeros stand where another host's writing has not arrived yet.
        """
        data = self._read_new_bytes()
        zero = data.find(0) if hold_zeros else -1
        self.holds_zeros = zero >= 0
        if self.holds_zeros:
            data, self.is_behind = data[:zero], False
        if not data:
            return []
        text = data.decode("utf-8", "surrogateescape")
        base, position, runs = self.offset, 0, list[RecordedRun]()
        for piece, configuration in self._with_configurations(self._pieces(text)):
            width = len(text[position : piece.end].encode("utf-8", "surrogateescape"))
            start, self.offset, position = self.offset, self.offset + width, piece.end
            run = self._take(piece, start, configuration)
            if run is not None:
                runs.append(run)
        if self.has_header and text[position:].isspace():
            self.offset = base + len(data)
        is_too_little = self.is_behind and self.offset == base
        self._step_bytes = 2 * self._step_bytes if is_too_little else _STEP_BYTES
        self._seen_bytes = base + len(data)
        self._tail = (self._tail + data[: self.offset - base])[-_TAIL_BYTES:]
        return runs

    def is_replaced(self) -> bool:
        """Whether the next poll starts over; False while the file is missing or can't be read."""
        try:
            with open_regular(self.path) as file:
                return self._is_another(file)
        except OSError:
            return False

    def _read_new_bytes(self) -> bytes:
        self.is_behind = False
        try:
            with open_regular(self.path) as file:
                if self._is_another(file):
                    self._start_over()
                status = os.fstat(file.fileno())
                self._file_id = (status.st_dev, status.st_ino)
                if status.st_size == self._seen_bytes:
                    return b""
                file.seek(self.offset)
                data = file.read(self._step_bytes)
                self.is_behind = self.offset + len(data) < status.st_size
                return data
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise file_error("read", self.path, error) from error

    def _is_another(self, file: BinaryIO) -> bool:
        status = os.fstat(file.fileno())
        if self._file_id not in {None, (status.st_dev, status.st_ino)} or status.st_size < self.offset:
            return True
        file.seek(self.offset - len(self._tail))
        return file.read(len(self._tail)) != self._tail

    def _pieces(self, text: str) -> Iterator[Piece]:
        body_start = 0
        if not self.has_header:
            header = first_value(text)
            if header is None:
                return
            yield header
            body_start = header.end
        yield from pieces(text, body_start)

    def _with_configurations(self, found: Iterator[Piece]) -> Iterator[tuple[Piece, Configuration | None]]:
        while batch := list(islice(found, _BATCH)):
            configurations = self.decoder.configurations_in(piece.value for piece in batch)
            yield from zip(batch, configurations, strict=True)

    def _take(self, piece: Piece, start: int, configuration: Configuration | None) -> RecordedRun | None:
        is_header, self.has_header = not self.has_header, True
        if piece.problem:
            self._note_problem(start, piece.problem)
            return None
        try:
            if not is_header:
                return self.decoder.read_run(piece.value, configuration)
            self.decoder.read_instances(piece.value)
        except UnreadableRecordError as error:
            self._note_problem(start, str(error))
        return None

    def _note_problem(self, start: int, reason: str) -> None:
        self.skipped += 1
        if len(self.problems) < _KEPT_PROBLEMS:
            self.problems.append(f"bytes {start} to {self.offset}: {reason}")


def read_journal(path: Path, space: Space) -> RecordedRuns | None:
    """All of the file at `path`, None when there is none; StateError for one that can't be read, or used."""
    if not path.is_file():
        return None
    reader = JournalReader(path, space)
    runs = tuple(reader.poll())
    n_torn = path.stat().st_size > reader.offset
    return RecordedRuns(
        source=str(path),
        instances=reader.decoder.instances,
        identity=reader.identity,
        runs=runs,
        problems=tuple(reader.problems),
        n_unreadable=reader.skipped + n_torn,
    )
