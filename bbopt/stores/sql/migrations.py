"""The schema in a database: made where there is none, brought up to date where it is an older one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, func, insert, inspect, select, text, update

from bbopt.errors import StateError
from bbopt.stores.sql.schema import (
    GROUPED_JOBS,
    GROUPS,
    JOBS,
    MEMBERS,
    METADATA,
    PROCESSES,
    RECORDS,
    SCENARIOS,
    SCHEMA,
    SCHEMA_VERSION,
)

__all__ = ["MIGRATIONS", "bring_up_to_date", "is_up_to_date"]


def _add_jobs(connection: Connection) -> None:
    METADATA.create_all(connection, [MEMBERS, SCENARIOS, GROUPS, GROUPED_JOBS, JOBS])


def _add_incumbents(connection: Connection) -> None:
    for column in ("incumbent BIGINT", "incumbent_cost DOUBLE PRECISION"):
        connection.execute(text(f"ALTER TABLE {RECORDS.name} ADD COLUMN {column}"))


def _add_batch_jobs(connection: Connection) -> None:
    connection.execute(text(f"ALTER TABLE {PROCESSES.name} ADD COLUMN batch_job TEXT"))


MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {
    1: _add_jobs,
    2: _add_incumbents,
    3: _add_batch_jobs,
}
"""For each older version what makes the next one of it; version 1 is the first."""

_LOCK = 0x62626F7074  # "bbopt": any number that other programs are unlikely to lock


def is_up_to_date(connection: Connection, shown: str, version: int = SCHEMA_VERSION) -> bool | None:
    """Whether the schema has the version; None where there is none.  StateError for a newer one."""
    if not inspect(connection).has_table(SCHEMA.name):
        return None
    found = _version(connection)
    if found > version:
        raise StateError(
            f"{shown} was made by a newer bbopt",
            got=f"version {found} of its tables",
            expected=f"up to version {version}",
            remedy="update bbopt, or use another database",
        )
    return found == version


def bring_up_to_date(
    connection: Connection,
    shown: str,
    version: int = SCHEMA_VERSION,
    migrations: Mapping[int, Callable[[Connection], None]] = MIGRATIONS,
) -> None:
    """Make the tables, or make those of an older version anew, in a transaction that may write.

    Of several processes that come at a time, one does it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    match is_up_to_date(connection, shown, version):
        case None:
            METADATA.create_all(connection)
            connection.execute(insert(SCHEMA).values(version=version))
        case False:
            for step in range(_version(connection), version):
                migrations[step](connection)
            connection.execute(update(SCHEMA).values(version=version))


def _version(connection: Connection) -> int:
    return int(connection.execute(select(SCHEMA.c.version)).scalar_one())
