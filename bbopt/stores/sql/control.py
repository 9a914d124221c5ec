"""What a search in a database shows of its runs, and what is asked of it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select

from bbopt.errors import BboptError
from bbopt.stores.control import Request, RunUnderWay
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.schema import REQUESTS, STUDIES, UNDER_WAY
from bbopt.stores.sql.studies import Study

__all__ = ["SqlControl"]

_LOG = logging.getLogger(__name__)


class SqlControl:
    """A Control."""

    def __init__(self, database: Database, study: Study, seed: int) -> None:
        self._database = database
        self._study = study
        self._seed = seed

    def show(self, runs: Sequence[RunUnderWay]) -> None:
        """See Control."""
        with _without_errors(), self._database.writing() as connection:
            study = self._study.ensure(connection)
            of_search = (UNDER_WAY.c.study_id == study, UNDER_WAY.c.seed == self._seed)
            connection.execute(delete(UNDER_WAY).where(*of_search))
            if runs:
                row = {"study_id": study, "seed": self._seed, "runs": [asdict(run) for run in runs]}
                connection.execute(insert(UNDER_WAY).values(row))

    def take(self) -> list[Request]:
        """See Control; a look costs one query."""
        with _without_errors():
            if not self._waiting():
                return []
            with self._database.writing() as connection:
                study = self._study.ensure(connection)
                of_search = (REQUESTS.c.study_id == study, REQUESTS.c.seed == self._seed)
                query = select(REQUESTS.c.id, REQUESTS.c.content).where(*of_search).order_by(REQUESTS.c.id)
                rows = connection.execute(query).all()
                connection.execute(delete(REQUESTS).where(REQUESTS.c.id.in_([row.id for row in rows])))
            requests = (Request.from_entry(row.content) for row in rows)
            return [request for request in requests if request is not None]
        return []

    def _waiting(self) -> bool:
        with self._database.reading() as connection:
            if connection is None:
                return False
            query = select(REQUESTS.c.id).join(STUDIES, STUDIES.c.id == REQUESTS.c.study_id)
            query = query.where(STUDIES.c.name == self._study.name, REQUESTS.c.seed == self._seed)
            return connection.execute(query.limit(1)).first() is not None

    @property
    def under_way(self) -> tuple[RunUnderWay, ...]:
        """See Control."""
        with _without_errors(), self._database.reading() as connection:
            if connection is None:
                return ()
            query = select(UNDER_WAY.c.runs).join(STUDIES, STUDIES.c.id == UNDER_WAY.c.study_id)
            query = query.where(STUDIES.c.name == self._study.name, UNDER_WAY.c.seed == self._seed)
            return tuple(RunUnderWay(**run) for run in connection.execute(query).scalar() or ())
        return ()

    def ask(self, request: Request) -> str:
        """See Control."""
        with self._database.writing() as connection:
            row = {"study_id": self._study.ensure(connection), "seed": self._seed, "content": request.entry()}
            key = connection.execute(insert(REQUESTS).values(row)).inserted_primary_key
        return str(*tuple(key or ()))

    def is_taken(self, identifier: str) -> bool:
        """See Control."""
        with self._database.reading() as connection:
            if connection is None:
                return True
            query = select(REQUESTS.c.id).where(REQUESTS.c.id == int(identifier))
            return connection.execute(query).first() is None

    def withdraw(self, identifier: str) -> None:
        """See Control."""
        with _without_errors(), self._database.writing() as connection:
            connection.execute(delete(REQUESTS).where(REQUESTS.c.id == int(identifier)))


@contextlib.contextmanager
def _without_errors() -> Iterator[None]:
    """What is shown comes again, and requests are looked for again."""
    try:
        yield
    except BboptError as error:
        _LOG.debug("%s", error)
