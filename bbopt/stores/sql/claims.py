"""Which run is being made by which seed, so that the searches of a study do not make it twice."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, select

from bbopt.errors import BboptError
from bbopt.once import Once
from bbopt.runs import Pair, RunRequest
from bbopt.space import Space
from bbopt.stores.claimed_runs import ClaimedRuns, claimed_settings, configuration_key
from bbopt.stores.contract import News
from bbopt.stores.sql.database import Database, insert_unless_there
from bbopt.stores.sql.processes import OwnProcess, holders
from bbopt.stores.sql.schema import CLAIMS
from bbopt.stores.sql.studies import Study

__all__ = ["SqlClaims"]


class SqlClaims:
    """Claims.

    One holds as long as the process that made it is at work: those of processes that are dead or stopped do
    not count.  Without a database every run is free, which costs a run at worst.
    """

    def __init__(
        self,
        database: Database,
        study: Study,
        seed: int,
        space: Space,
        own: OwnProcess,
    ) -> None:
        self.others = ClaimedRuns(space)
        self._database = database
        self._study = study
        self._seed = seed
        self._own = own
        self._is_held = False
        self._claimed: set[str] = set()
        self._degraded = Once()
        self._news: list[News] = []

    def claim(self, request: RunRequest) -> bool:
        """See Claims."""
        run = _run(request)
        if run in self._claimed:
            return True
        is_ours = self._attempt(lambda connection: self._claim(connection, run, request))
        if is_ours is not False:
            self._claimed.add(run)
        return is_ours is not False

    def _claim(self, connection: Connection, run: str, request: RunRequest) -> bool:
        study = self._study.ensure(connection)
        working = self._working(connection)
        at_run = (CLAIMS.c.study_id == study, CLAIMS.c.run == run)
        owners = CLAIMS.c.owner.in_([*working])
        not_ours = CLAIMS.c.seed != self._seed
        connection.execute(delete(CLAIMS).where(*at_run, ~(owners & not_ours)))
        is_ours = insert_unless_there(connection, CLAIMS, self._row(study, run, request))
        self._look(connection, study, working)
        return is_ours

    def _row(self, study: int, run: str, request: RunRequest) -> dict[str, Any]:
        configuration = request.configuration
        return {
            "study_id": study,
            "run": run,
            "seed": self._seed,
            "owner": self._own.token,
            "claimed_at": self._database.now,
            "content": [configuration_key(configuration), *request.pair, claimed_settings(configuration)],
        }

    def release(self, request: RunRequest) -> None:
        """See Claims."""
        run = _run(request)
        if run in self._claimed:
            self._claimed.discard(run)
            self._attempt(lambda connection: self._release(connection, run))

    def _release(self, connection: Connection, run: str | None) -> None:
        own = delete(CLAIMS).where(CLAIMS.c.owner == self._own.token, CLAIMS.c.seed == self._seed)
        own = own.where(CLAIMS.c.study_id == self._study.ensure(connection))
        connection.execute(own if run is None else own.where(CLAIMS.c.run == run))

    def release_all(self) -> None:
        """See Claims."""
        self._claimed.clear()
        if self._is_held:
            self._attempt(lambda connection: self._release(connection, None))
            self._is_held = False
            self._own.let_go()

    def refresh(self) -> None:
        """See Claims."""
        try:
            with self._database.reading() as connection:
                study = None if connection is None else self._study.find(connection)
                if connection is None or study is None:
                    self.others.update(())
                else:
                    self._look(connection, study, self._working(connection))
        except BboptError as error:
            self._tell(error)

    def _look(self, connection: Connection, study: int, working: set[str]) -> None:
        query = select(CLAIMS.c.owner, CLAIMS.c.content)
        query = query.where(CLAIMS.c.study_id == study, CLAIMS.c.seed != self._seed)
        found = [row.content for row in connection.execute(query) if row.owner in working]
        self.others.update((key, Pair(*pair), settings) for key, *pair, settings in found)

    def _working(self, connection: Connection) -> set[str]:
        found = holders(connection, self._database)
        return {token for token, holder in found.items() if holder.is_working}

    def _attempt(self, what: Callable[[Connection], bool | None]) -> bool | None:
        """What it gives; None where the database can't be used."""
        try:
            if not self._is_held:
                self._own.hold()
                self._is_held = True
            with self._database.writing() as connection:
                done = what(connection)
        except BboptError as error:
            self._tell(error)
            return None
        self._degraded.forget()
        return done

    def _tell(self, error: BboptError) -> None:
        if self._degraded.is_news():
            text = f"searches can't tell each other what they run ({error.what}); some runs may be made twice"
            self._news.append(News(logging.WARNING, text))

    def take_news(self) -> list[News]:
        """See Claims."""
        news, self._news = self._news, []
        return news


def _run(request: RunRequest) -> str:
    text = json.dumps([configuration_key(request.configuration), *request.pair])
    return hashlib.sha256(text.encode()).hexdigest()
