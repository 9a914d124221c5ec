"""Following what the other seeds of a study record."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bbopt.errors import BboptError, OtherScenarioError
from bbopt.once import Once
from bbopt.space import Space
from bbopt.stores.contract import News, Peer
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import ForeignRun, remembered
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.rows import (
    RecordHead,
    RecordRow,
    RunReader,
    forgotten_names,
    record_heads,
    record_rows,
)
from bbopt.stores.sql.schema import Kind

__all__ = ["SqlFollower"]

_MOST_AT_ONCE = 1000
"""So many runs are read in about a tenth of a second."""


@dataclass(slots=True)
class _Read:
    """How far a record was read; `n_news` of its problems were told."""

    record: RecordRow
    reader: RunReader
    refused: str | None
    n_news: int = 0


class SqlFollower:
    """A Follower.

    Each record is read on from its last number: those of one record come into sight in their order, however
    transactions of several searches overtake each other.
    """

    def __init__(
        self,
        database: Database,
        study: str,
        own_seed: int | None,
        identity: RecordIdentity | None,
        space: Space,
    ) -> None:
        self._database = database
        self._study = study
        self._own_seed = own_seed
        self._identity = identity
        self._space = space
        self._records: dict[int, _Read] = {}
        self._peers: dict[int, Peer] = {}
        self._news: list[News] = []
        self._lost = Once()
        self.is_behind = False

    def poll(self) -> list[ForeignRun]:
        """See Follower; without news it costs one query."""
        found: list[ForeignRun] = []  # of which nothing is lost where the database fails in the middle
        try:
            with self._database.reading() as connection:
                if connection is not None:
                    self._poll(connection, found)
        except BboptError as error:
            if self._lost.is_news():
                self._news.append(News(logging.WARNING, f"{error.what} (tried again)"))
            return found
        self._lost.forget()
        return found

    def _poll(self, connection: Connection, found: list[ForeignRun]) -> None:
        self.is_behind = False
        for head in record_heads(connection, self._study, [Kind.SEARCH]):
            if head.seed != self._own_seed:
                found += self._read_on(connection, head)

    def _read_on(self, connection: Connection, head: RecordHead) -> list[ForeignRun]:
        read = self._records.get(head.id)
        if read is None or (head.n_runs and not read.record.n_runs):
            read = self._begin(connection, head)  # until its first run it may become another scenario's
        if read is None:
            return []
        runs: list[ForeignRun] = []
        if read.refused is None and head.n_runs > read.reader.n_read:
            runs = self._new_runs(connection, read)
            self.is_behind |= head.n_runs > read.reader.n_read
        before = self._peers.get(head.seed, Peer(head.seed, read.record.source, 0, None))
        self._peers[head.seed] = replace(before, n_runs=before.n_runs + len(runs), refused=read.refused)
        return runs

    def _begin(self, connection: Connection, head: RecordHead) -> _Read | None:
        rows = record_rows(connection, self._study, self._database.now, [Kind.SEARCH], head.seed)
        record = next((row for row in rows if row.id == head.id), None)
        if record is None:  # set aside at this moment
            return None
        before, refused = self._records.get(head.id), self._refusal_of(record)
        if refused is not None and (before is None or before.refused != refused):
            self._tell_refused(record, refused)
        self._records[head.id] = read = _Read(record, RunReader(record, self._space), refused)
        return read

    def _refusal_of(self, record: RecordRow) -> str | None:
        return None if self._identity is None else self._identity.refusal_of(record.identity)

    def _tell_refused(self, record: RecordRow, why: str) -> None:
        self._news.append(News(logging.WARNING, f"the runs of {record.source} are not used: {why}"))

    def _new_runs(self, connection: Connection, read: _Read) -> list[ForeignRun]:
        forgotten = forgotten_names(connection, self._study)
        try:
            runs = read.reader.read(connection, _MOST_AT_ONCE)
        except OtherScenarioError as error:
            read.refused = f"{error.what}: {error.got}"
            self._tell_refused(read.record, read.refused)
            return []
        for problem in read.reader.problems[read.n_news :]:
            self._news.append(News(logging.WARNING, f"{read.record.source}: skipped {problem}"))
        read.n_news = len(read.reader.problems)
        seed, own = read.record.seed, [run for run in runs if run.reused_from is None]
        return [ForeignRun(seed, run) for run in remembered(own, seed, forgotten)]

    @property
    def peers(self) -> tuple[Peer, ...]:
        """See Follower."""
        return tuple(peer for _, peer in sorted(self._peers.items()))

    def take_news(self) -> list[News]:
        """See Follower."""
        news, self._news = self._news, []
        return news
