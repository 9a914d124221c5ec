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
from bbopt.stores.sql.rows import Kind, RecordRow, RunReader, forgotten_names, record_rows

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
        try:
            with self._database.reading() as connection:
                runs = [] if connection is None else self._poll(connection)
        except BboptError as error:
            if self._lost.is_news():
                self._news.append(News(logging.WARNING, f"{error.what} (tried again)"))
            return []
        self._lost.forget()
        return runs

    def _poll(self, connection: Connection) -> list[ForeignRun]:
        self.is_behind = False
        found: list[ForeignRun] = []
        for record in record_rows(connection, self._study, self._database.now, [Kind.SEARCH]):
            if record.seed != self._own_seed:
                found += self._read_on(connection, record)
        return found

    def _read_on(self, connection: Connection, record: RecordRow) -> list[ForeignRun]:
        read = self._records.get(record.id)
        if read is None or (read.record.identity != record.identity and not read.reader.n_read):
            read = self._records[record.id] = self._begin(record)
        runs: list[ForeignRun] = []
        if read.refused is None and record.n_runs > read.reader.n_read:
            runs = self._new_runs(connection, read)
            self.is_behind |= record.n_runs > read.reader.n_read
        before = self._peers.get(record.seed, Peer(record.seed, record.source, 0, None))
        self._peers[record.seed] = replace(before, n_runs=before.n_runs + len(runs), refused=read.refused)
        return runs

    def _begin(self, record: RecordRow) -> _Read:
        refused = None if self._identity is None else self._identity.refusal_of(record.identity)
        if refused is not None:
            self._tell_refused(record, refused)
        return _Read(record, RunReader(record, self._space), refused)

    def _tell_refused(self, record: RecordRow, why: str) -> None:
        self._news.append(News(logging.WARNING, f"the runs of {record.source} are not used: {why}"))

    def _new_runs(self, connection: Connection, read: _Read) -> list[ForeignRun]:
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
        if own:
            own = list(remembered(own, seed, forgotten_names(connection, self._study)))
        return [ForeignRun(seed, run) for run in own]

    @property
    def peers(self) -> tuple[Peer, ...]:
        """See Follower."""
        return tuple(peer for _, peer in sorted(self._peers.items()))

    def take_news(self) -> list[News]:
        """See Follower."""
        news, self._news = self._news, []
        return news
