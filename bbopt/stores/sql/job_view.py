"""Views with a row for each job of a study, and a column for each key of their states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import Connection, Dialect, String, inspect, literal

from bbopt.database_address import StudyAddress
from bbopt.errors import InputError, Place, StateError
from bbopt.stores.job_queue import JobKind
from bbopt.stores.job_table import ViewColumn
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.schema import JOBS
from bbopt.stores.sql.studies import Study

__all__ = ["drop_view", "make_view"]


def make_view(study: StudyAddress, name: str, columns: Sequence[ViewColumn]) -> None:
    """Make the view anew.

    Its first columns are the job's number, status, priority and experiment, then come those of the keys.
    InputError where there is a table of that name; StateError where the study is not there.
    """
    database = Database(study.database)
    with database.writing(durable=True) as connection:
        number = Study(database, study.study, None).find(connection)
        if number is None:
            raise StateError(f"{study.shown} has no jobs")
        _drop(connection, database, name)
        quoted, write = connection.dialect.identifier_preparer.quote_identifier, _writer(connection.dialect)
        fixed = [("id", "jobman_id"), ("status", "jobman_status"), ("priority", "jobman_sql_priority")]
        fixed.append((write.experiment, "jobman_experiment"))
        parts = [f"{column} AS {quoted(shown)}" for column, shown in fixed]
        parts += [f"{write(column)} AS {quoted(column.name)}" for column in columns]
        query = f"SELECT {', '.join(parts)} FROM {JOBS.name}"
        query += f" WHERE study_id = {number:d} AND kind = '{JobKind.EXPERIMENT.value}'"
        connection.exec_driver_sql(f"CREATE VIEW {quoted(name)} AS {query}")


def drop_view(study: StudyAddress, name: str) -> None:
    """Remove the view; InputError where there is none."""
    database = Database(study.database)
    with database.writing(durable=True) as connection:
        if not _drop(connection, database, name):
            raise InputError("there is no such view", place=Place(database.shown), got=name)


def _drop(connection: Connection, database: Database, name: str) -> bool:
    found = inspect(connection)
    if name in found.get_table_names():
        raise InputError(
            "a table has this name", place=Place(database.shown), got=name, remedy="name the view otherwise"
        )
    if name not in found.get_view_names():
        return False
    quoted = connection.dialect.identifier_preparer.quote_identifier(name)
    connection.exec_driver_sql(f"DROP VIEW {quoted}")
    return True


class _Writer:
    """Writes what a column is in SQL: the key's value in the state that a run has left, or began with."""

    experiment: ClassVar[str]

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __call__(self, column: ViewColumn) -> str:
        raise NotImplementedError

    def _literal(self, text: str) -> str:
        compiled = literal(text, String).compile(
            dialect=self._dialect, compile_kwargs={"literal_binds": True}
        )
        return str(compiled)


class _SqliteWriter(_Writer):
    experiment = "json_extract(content, '$.experiment')"

    def __call__(self, column: ViewColumn) -> str:
        states = [f"json_extract({source}, '$.state')" for source in ("result", "content")]
        key = column.key.replace('"', '""')
        path = self._literal(f'$."{key}"')
        return f"json_extract(coalesce({states[0]}, {states[1]}), {path})"


class _PostgresqlWriter(_Writer):
    experiment = "(content::json ->> 'experiment')"

    def __call__(self, column: ViewColumn) -> str:
        states = [f"({source}::json ->> 'state')" for source in ("result", "content")]
        state, key = f"coalesce({states[0]}, {states[1]})::json", self._literal(column.key)
        value = f"({state} ->> {key})"
        if column.kind is not float:
            return value if column.kind is str else f"{value}::bigint"
        return f"coalesce({state} -> {key} ->> '__number__', {state} ->> {key})::double precision"


def _writer(dialect: Dialect) -> _Writer:
    return _SqliteWriter(dialect) if dialect.name == "sqlite" else _PostgresqlWriter(dialect)
