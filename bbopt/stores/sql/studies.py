"""The studies of a database: each is to its searches what an output folder is to those in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from bbopt.output_folder import OutputFolder
from bbopt.stores.sql.database import Database, insert_unless_there
from bbopt.stores.sql.schema import JOBS, RECORDS, STUDIES, Kind

__all__ = ["KnownStudy", "Study", "studies_in"]


class Study:
    """One by its name; `output` is the folder with the other files of its searches, where it is known."""

    def __init__(self, database: Database, name: str, output: OutputFolder | None) -> None:
        self.name = name
        self.output = output
        self._database = database

    def find(self, connection: Connection) -> int | None:
        """Its number in the tables."""
        return connection.execute(select(STUDIES.c.id).where(STUDIES.c.name == self.name)).scalar()

    def ensure(self, connection: Connection) -> int:
        """The same; it is put there if need be."""
        number = self.find(connection)
        if number is None:
            insert_unless_there(
                connection, STUDIES, {"name": self.name, "created_at": self._database.now}
            )  # another process may be as fast
            number = self.find(connection)
        if number is None:
            raise RuntimeError(f"no study {self.name!r}")
        return number

    def lock(self, connection: Connection) -> int:
        """The same, and nobody else can to the end of the transaction; the output folder is noted."""
        number = self.ensure(connection)
        query = select(STUDIES.c.output_folder).where(STUDIES.c.id == number).with_for_update()
        noted = connection.execute(query).scalar()
        if self.output is not None and noted != (path := str(self.output.path.absolute())):
            connection.execute(update(STUDIES).where(STUDIES.c.id == number).values(output_folder=path))
        return number


@dataclass(frozen=True, slots=True)
class KnownStudy:
    """A study as the tables have it."""

    name: str
    output_folder: Path | None
    n_seeds: int
    n_runs: int
    has_jobs: bool


def studies_in(database: Database) -> list[KnownStudy]:
    """All studies by name; StateError where the database can't be read."""
    counted = (RECORDS.c.set_aside == 0) & (RECORDS.c.kind != Kind.VALIDATION.value)
    joined = STUDIES.outerjoin(RECORDS, (RECORDS.c.study_id == STUDIES.c.id) & counted)
    jobs = select(JOBS.c.id).where(JOBS.c.study_id == STUDIES.c.id)
    query = (
        select(
            STUDIES.c.name,
            STUDIES.c.output_folder,
            func.count(RECORDS.c.id).label("n_seeds"),
            func.coalesce(func.sum(RECORDS.c.n_runs), 0).label("n_runs"),
            jobs.exists().label("has_jobs"),
        )
        .select_from(joined)
        .group_by(STUDIES.c.id, STUDIES.c.name, STUDIES.c.output_folder)
        .order_by(STUDIES.c.name)
    )
    with database.reading() as connection:
        rows = () if connection is None else connection.execute(query).all()
    return [
        KnownStudy(
            row.name,
            None if row.output_folder is None else Path(row.output_folder),
            row.n_seeds,
            int(row.n_runs),
            bool(row.has_jobs),
        )
        for row in rows
    ]
