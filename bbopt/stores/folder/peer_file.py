"""The file of one other seed in a shared folder, followed while it grows, breaks, or is replaced."""

from __future__ import annotations

import logging
import os
import time
from array import array
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bbopt.errors import StateError
from bbopt.once import Once
from bbopt.space import Space
from bbopt.stores.contract import News
from bbopt.stores.folder.reader import JournalReader
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRun

__all__ = ["PeerFile"]

_ZEROS_STAY_S = 60.0
"""Zeros that a file shows for so long are its content, not writing that is still on its way."""


class PeerFile:
    """Hands out each run of a peer once, whatever becomes of the file.

    When the file is replaced or written anew, it is read from its start again, and each of its runs is
    matched with one handed out before for the same configuration, instance, seed, cutoff and run length;
    only what finds no match is new.
    """

    def __init__(
        self,
        path: Path,
        seed: int,
        identity: RecordIdentity | None,
        space: Space,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.seed = seed
        self.refused: str | None = None
        self.news: list[News] = []
        self.is_behind = False
        self._identity = identity
        self._clock = clock
        self._reader = JournalReader(path, space, refuse_other_space=False)
        self._generation = self._reader.generation
        self._seen: tuple[int, ...] | None = None
        self._delivered = array("q")
        self._matches: Counter[int] = Counter()
        self._zeros: tuple[int, float] | None = None
        self._told = Once()

    @property
    def n_runs(self) -> int:
        """How many runs were handed out."""
        return len(self._delivered)

    def poll(self, status: os.stat_result | None, *, look_anyway: bool) -> list[RecordedRun]:
        """The runs that are new, as many as take a moment; `is_behind` tells whether there are more to read.

        `status` is what the folder shows of the file now, None when it is not there: while it stays the
        same, the file is opened only to `look_anyway`.
        """
        seen = status and (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if seen == self._seen and not (look_anyway or self.is_behind) and self._zeros is None:
            return []
        self._seen, self.is_behind = seen, False
        if seen is None or (self.refused and not self._reader.is_replaced()):
            return []
        try:
            runs = self._reader.poll_some(hold_zeros=not self._zeros_stay())
        except StateError as error:
            self._seen = None
            self._tell_once("unreadable", f"{error.what} (tried again at each look)")
            return []
        self._told.forget("unreadable")
        return self._sift(runs)

    def _zeros_stay(self) -> bool:
        return self._zeros is not None and self._clock() - self._zeros[1] > _ZEROS_STAY_S

    def _sift(self, runs: list[RecordedRun]) -> list[RecordedRun]:
        reader = self._reader
        if not reader.holds_zeros:
            self._zeros = None
        elif self._zeros is None or self._zeros[0] != reader.offset:
            self._zeros = (reader.offset, self._clock())
        if reader.generation != self._generation:
            self._generation = reader.generation
            self._matches = Counter(self._delivered)
        self.refused = self._refusal()
        self.is_behind = reader.is_behind and not self.refused
        new = [] if self.refused else [run for run in runs if self._is_new(run)]
        self._report()
        return new

    def _is_new(self, run: RecordedRun) -> bool:
        if run.reused_from is not None:  # it stands in the file of the seed that executed it
            return False
        request = run.request
        key = hash((request.key, request.cutoff_s))
        if self._matches[key] > 0:
            self._matches[key] -= 1
            return False
        self._delivered.append(key)
        return True

    def _refusal(self) -> str | None:
        reader = self._reader
        if not reader.has_header:
            return None
        if not reader.decoder.instances:
            return "it does not start with a list of instances"
        if self._identity is None:
            return None
        if reader.identity is None:
            return self._identity.refusal_of_instances(reader.decoder.instances)
        return self._identity.refusal_of(reader.identity)

    def _report(self) -> None:
        reader, name = self._reader, self.path.name
        if self.refused:
            self._tell_once(self.refused, f"{name} of seed {self.seed} is not used: {self.refused}")
        elif reader.has_header and not self.is_behind:
            text = f"Seed {self.seed} shares this folder: {name} holds {self.n_runs} runs so far"
            self._tell_once("found", text, logging.INFO)
        if reader.skipped and not self.refused:
            self._tell_once(
                "skipped",
                f"{reader.skipped} stretches of {name} can't be read and are skipped; "
                f"the first is {reader.problems[0]}",
            )

    def _tell_once(self, topic: str, text: str, level: int = logging.WARNING) -> None:
        if self._told.is_news(topic):
            self.news.append(News(level, text))
