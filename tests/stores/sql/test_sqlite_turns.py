"""Turns at writing to a SQLite file, and what is on the disk when one is over."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from bbopt.database_address import DatabaseAddress
from bbopt.errors import StateError
from bbopt.stores.sql import Database, sqlite_turns
from bbopt.stores.sql.sqlite_turns import begin_turn
from tests.stores.sql.databases import database_for
from tests.target.processes import PATIENCE_S


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(str(path), isolation_level=None, check_same_thread=False, timeout=7)


class TestTurns:
    def test_the_next_one_begins_when_the_turn_is_over(self, tmp_path: Path) -> None:
        first, second = connect(tmp_path / "x.db"), connect(tmp_path / "x.db")
        begin_turn(first)
        has_begun = threading.Event()
        waiting = threading.Thread(target=lambda: (begin_turn(second), has_begun.set()), daemon=True)
        waiting.start()
        assert not has_begun.wait(0.05)
        first.execute("COMMIT")
        assert has_begun.wait(PATIENCE_S)
        assert second.in_transaction

    def test_who_waits_too_long_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second = connect(tmp_path / "x.db"), connect(tmp_path / "x.db")
        begin_turn(first)
        with monkeypatch.context() as patched:
            patched.setattr(sqlite_turns, "BUSY_S", 0.05)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                begin_turn(second)
        first.execute("COMMIT")
        begin_turn(second)

    def test_other_statements_wait_as_before(self, tmp_path: Path) -> None:
        connection = connect(tmp_path / "x.db")
        begin_turn(connection)
        expected = round(sqlite_turns.BUSY_S * 1000)
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (expected,)


class TestTheLog:
    def test_it_is_begun_anew_when_those_who_read_have_ended(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SQLite alone would go on with it as long as somebody reads at each moment."""
        monkeypatch.setattr(sqlite_turns, "_LONG_BYTES", 100_000)
        monkeypatch.setattr(sqlite_turns, "_SHORTEN_WAIT_S", 0.01)
        monkeypatch.setattr(sqlite_turns, "_SHORTEN_EVERY_S", 0.0)
        address = database_for("sqlite", tmp_path)
        database, readers = Database(address), [connect(tmp_path / "runs.db") for _ in range(2)]
        log = tmp_path / "runs.db-wal"

        def write() -> None:
            with database.writing() as connection:
                connection.execute(text("CREATE TABLE IF NOT EXISTS x (t TEXT)"))
                connection.execute(text("INSERT INTO x VALUES (:t)"), {"t": "x" * 50_000})

        write()
        for reader in readers:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM x").fetchone()
        for number in range(6):  # one after the other ends and begins again, so that one is always there
            write()
            readers[number % 2].execute("COMMIT")
            readers[number % 2].execute("BEGIN")
            readers[number % 2].execute("SELECT count(*) FROM x").fetchone()
        assert log.stat().st_size > 300_000
        for reader in readers:
            reader.execute("COMMIT")
        write()
        assert log.stat().st_size == 0
        with database.reading() as connection:
            assert connection is not None
            assert connection.execute(text("SELECT count(*) FROM x")).scalar_one() == 8

    def test_a_long_one_is_looked_at_now_and_then(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever waits for readers keeps all others from writing."""
        monkeypatch.setattr(sqlite_turns, "_LONG_BYTES", 0)
        connection, statements = connect(tmp_path / "x.db"), list[str]()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE x (t TEXT)")
        connection.set_trace_callback(statements.append)
        length = sqlite_turns.LogLength()
        for _ in range(3):
            length.keep(connection, tmp_path / "x.db")
        assert sum("wal_checkpoint" in statement for statement in statements) == 1


class TestTheDisk:
    @pytest.fixture
    def address(self, tmp_path: Path) -> DatabaseAddress:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real")
        return database_for("sqlite", tmp_path / "link")

    def test_only_what_is_durable_is_synced_and_after_the_turn(
        self, address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database, synced = Database(address), []
        with database.writing():
            pass  # makes the tables
        other = connect(Path(str(address.file)))

        def note(descriptor: int) -> None:
            begin_turn(other)
            n_rows = other.execute("SELECT count(*) FROM bbopt_studies").fetchone()[0]
            other.execute("ROLLBACK")
            synced.append((os.path.samestat(os.fstat(descriptor), os.stat(f"{address.file}-wal")), n_rows))

        monkeypatch.setattr(os, "fdatasync", note)
        for name, is_durable in (("a", False), ("b", True)):
            with database.writing(durable=is_durable) as connection:
                statement = f"INSERT INTO bbopt_studies (name, created_at) VALUES ('{name}', 0)"
                connection.exec_driver_sql(statement)
        assert synced == [(True, 2)]

    def test_a_disk_that_can_not_be_written_to(
        self, address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(descriptor: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        database = Database(address)
        with database.writing():
            pass
        monkeypatch.setattr(os, "fdatasync", fail)
        with pytest.raises(StateError, match=r"sync .*-wal"), database.writing(durable=True):
            pass
