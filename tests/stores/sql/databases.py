"""Databases for tests: files of SQLite, and a real PostgreSQL where there is one."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url, text, update

from bbopt.database_address import DatabaseAddress
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
)
from tests.children import run_child
from tests.stores.folder.test_store import Child

OBEY = "import sys; from tests.stores.searches import obey_in_database as obey; obey(*sys.argv[1:])"
VARIABLE = "BBOPT_TEST_POSTGRESQL"

KINDS = ("sqlite", "postgresql")


def database_for(kind: str, folder: Path) -> DatabaseAddress:
    """A SQLite file in the folder, or the PostgreSQL that `.ci/postgresql start DIR` has told of."""
    if kind == "sqlite":
        return DatabaseAddress.read("sqlite:///runs.db", folder)
    if VARIABLE not in os.environ:
        pytest.skip(f"no PostgreSQL: {VARIABLE} does not say where one is")
    return DatabaseAddress.read(os.environ[VARIABLE], folder)


@contextmanager
def own_database_for(kind: str, folder: Path) -> Iterator[DatabaseAddress]:
    """One that nobody else uses, for tests of what concerns all who do; it is gone at the end."""
    address = database_for(kind, folder)
    if address.file is not None:
        yield address
        return
    url, name = make_url(address.text), f"bbopt_{uuid.uuid4().hex}"
    server = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield DatabaseAddress(url.set(database=name).render_as_string(hide_password=False))
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@contextmanager
def searching(address: DatabaseAddress, study: str, seed: int) -> Iterator[Child]:
    child = Child(run_child(OBEY, address.text, study, seed, stdin=subprocess.PIPE))
    try:
        yield child
    finally:
        child.kill()


def as_version(connection: Connection, version: int) -> None:
    """Make the tables those of an older version, the first one or a later one."""
    if version < 4:
        connection.execute(text(f"ALTER TABLE {PROCESSES.name} DROP COLUMN batch_job"))
    if version < 3:
        for column in (RECORDS.c.incumbent, RECORDS.c.incumbent_cost):
            connection.execute(text(f"ALTER TABLE {RECORDS.name} DROP COLUMN {column.name}"))
    if version < 2:
        METADATA.drop_all(connection, [MEMBERS, SCENARIOS, JOBS, GROUPED_JOBS, GROUPS])
    connection.execute(update(SCHEMA).values(version=version))
