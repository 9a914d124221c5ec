"""Databases of other versions: made, brought up to date by one of several, refused."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select, text, update

from bbopt.errors import StateError
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.migrations import MIGRATIONS, bring_up_to_date
from bbopt.stores.sql.schema import METADATA, SCHEMA, SCHEMA_VERSION, STUDIES
from tests.stores.sql.databases import KINDS, database_for, own_database_for


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with own_database_for(request.param, tmp_path) as address:
        database = Database(address)
        with database.writing():
            pass
        yield database
        database._engine.dispose()


def add_note(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE bbopt_studies ADD COLUMN note TEXT"))


def fill_note(connection: Connection) -> None:
    connection.execute(text("UPDATE bbopt_studies SET note = 'of ' || name"))


def version(database: Database) -> int:
    with database.reading() as connection:
        assert connection is not None
        return int(connection.execute(select(SCHEMA.c.version)).scalar_one())


def test_there_is_a_step_from_each_version() -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


def test_an_older_one_is_brought_up_to_date_step_by_step(database: Database) -> None:
    newest = SCHEMA_VERSION + 2
    steps = {SCHEMA_VERSION: add_note, SCHEMA_VERSION + 1: fill_note}
    with database.writing() as connection:
        connection.execute(STUDIES.insert().values(name=f"old {database.address.file}", created_at=0.0))

    def migrate(_: int) -> None:
        with database.writing() as connection:
            bring_up_to_date(connection, database.shown, newest, steps)

    with ThreadPoolExecutor(4) as pool:  # a second ALTER would fail
        list(pool.map(migrate, range(4)))
    assert version(database) == newest
    with database.writing() as connection:
        notes = connection.execute(text("SELECT note FROM bbopt_studies")).scalars().all()
        assert notes == [f"of old {database.address.file}"]


def test_a_step_that_fails_changes_nothing(database: Database) -> None:
    def fail(connection: Connection) -> None:
        add_note(connection)
        raise StateError("in the middle")

    with pytest.raises(StateError, match="in the middle"), database.writing() as connection:
        bring_up_to_date(connection, database.shown, SCHEMA_VERSION + 1, {SCHEMA_VERSION: fail})
    assert version(database) == SCHEMA_VERSION
    with database.reading() as connection:
        assert connection is not None
        assert "note" not in {column["name"] for column in inspect(connection).get_columns(STUDIES.name)}


def test_a_newer_one_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(update(SCHEMA).values(version=SCHEMA_VERSION + 1))
    anew = Database(database.address)
    for use in (anew.reading, anew.writing):
        with pytest.raises(StateError, match="was made by a newer bbopt") as caught, use():
            pass
        assert caught.value.got == f"version {SCHEMA_VERSION + 1} of its tables"


def test_several_make_it_at_a_time(tmp_path: Path) -> None:
    address = database_for("sqlite", tmp_path)

    def make(_: int) -> bool:
        with Database(address).writing() as connection:
            return inspect(connection).has_table(SCHEMA.name)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(make, range(8)))
    with Database(address).reading() as connection:
        assert connection is not None
        assert set(METADATA.tables) <= set(inspect(connection).get_table_names())
        assert connection.execute(select(SCHEMA.c.version)).scalars().all() == [SCHEMA_VERSION]
