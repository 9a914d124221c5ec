"""A database: its connections and transactions, its clock, and what its errors mean to a search."""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast
from urllib.parse import quote

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Engine,
    Table,
    create_engine,
    event,
    func,
    literal,
    literal_column,
    make_url,
    true,
)
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from bbopt.database_address import DatabaseAddress, without_passwords
from bbopt.durable_files import file_error
from bbopt.errors import BboptError, InputError, LostFileError, StateError, UnavailableError
from bbopt.regular_files import refuse_irregular
from bbopt.stores.sql.migrations import bring_up_to_date, is_up_to_date
from bbopt.stores.sql.network_disks import network_file_system
from bbopt.stores.sql.sqlite_turns import BUSY_S, LogLength, begin_turn, sync_log

__all__ = ["Database", "batches", "insert_unless_there"]

T = TypeVar("T")

_BATCH = 5000

_CONNECT_S = 5
_SILENCE_S = 10
"""After so long without a sign of PostgreSQL's host a connection is given up."""

_FULL = ("disk is full", "disk full", "no space left")
_FORBIDDEN = ("attempt to write a readonly database", "unable to open database file")
_RIGHTS = "who uses a SQLite file, if only to look, needs the right to write to it and to its folder"
_BUSY = ("database is locked", "database table is locked", "database is busy")


class Database:
    """The database at an address; connects when it is first used.  For several threads.

    It gets bbopt's tables of runs and jobs, unless its user `keeps_runs` elsewhere and has tables of his own.
    """

    def __init__(self, address: DatabaseAddress, *, keeps_runs: bool = True) -> None:
        self.address = address
        self._keeps_runs = keeps_runs
        self._is_prepared = False
        self._file_id: tuple[int, int] | None = None
        self._log_length = LogLength()

    @property
    def shown(self) -> str:
        """The address for people."""
        return self.address.shown

    @property
    def now(self) -> ColumnElement[float]:
        """The database's clock at this moment, in seconds since the epoch."""
        if self.address.file is not None:
            return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Double)
        return literal_column("extract(epoch from clock_timestamp())::double precision", Double)

    @contextmanager
    def reading(self, *, is_single: bool = False) -> Iterator[Connection | None]:
        """A transaction that reads; None where there is no database (with bbopt's tables) yet.

        Where a single statement reads, that is a transaction, and need not be told of one.
        """
        with self.errors("read"):
            if not self._is_there():
                yield None
                return
            with self._connection(is_single=is_single) as connection, connection.begin():
                yield connection

    @contextmanager
    def writing(self, *, durable: bool = False, one_by_one: bool = False) -> Iterator[Connection]:
        """A transaction that may write; makes the database where there is none.

        What is `durable` survives the loss of power, and the death of a server; all else the death of any
        process of ours, no more.  Raises StateError; UnavailableError where it is worth trying again.

        Statements that need not be in one transaction go to PostgreSQL `one_by_one`, which spares the
        messages to begin and to end it.  Each survives the death of a server, unless it is `unhurried`.  For
        SQLite, where turns and commits take their time, they are one.
        """
        with self.errors("write"):
            self._prepare()
            with self._connection(writes=True, durable=durable, is_single=one_by_one) as connection:
                with connection.begin():
                    yield connection
                if self.address.file is None:
                    return
                if durable:
                    sync_log(self.address.file)
                self._log_length.keep(_driver_connection(connection), self.address.file)

    @property
    def unhurried(self) -> ColumnElement[bool]:
        """A condition that always holds: a statement with it, alone in its transaction, waits for no disk."""
        if self.address.file is not None:
            return true()
        return func.set_config("synchronous_commit", "off", literal(True)) == "off"

    def _connection(self, **options: bool) -> Connection:
        return self._engine.connect().execution_options(**options)

    @cached_property
    def _engine(self) -> Engine:
        engine = self._sqlite() if self.address.file is not None else self._postgresql()
        weakref.finalize(self, engine.dispose)
        return engine

    def _sqlite(self) -> Engine:
        path = str(self.address.file)

        def connect() -> sqlite3.Connection:
            # A name that begins with two slashes would be taken for a host.
            uri = f"file:{quote('/' + path.lstrip('/'))}?mode=rw"
            connection = sqlite3.connect(
                uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA synchronous = NORMAL")
            return connection

        engine = create_engine(
            "sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True, max_overflow=-1
        )
        event.listen(engine, "begin", _begin_in_sqlite)
        return engine

    def _postgresql(self) -> Engine:
        try:
            url = make_url(self.address.text).set(drivername="postgresql+psycopg")
        except (ArgumentError, ValueError):
            raise InputError(
                "this is no address of a PostgreSQL database",
                got=self.shown,
                expected="postgresql://USER@HOST:PORT/DATABASE",
            ) from None
        defaults: dict[str, Any] = {
            "connect_timeout": _CONNECT_S,
            "application_name": "bbopt",
            "tcp_user_timeout": _SILENCE_S * 1000,
            "keepalives_idle": _SILENCE_S // 2,
            "keepalives_interval": 1,
            "keepalives_count": _SILENCE_S // 2,
        }
        given = {name: value for name, value in defaults.items() if name not in url.query}
        given["autocommit"] = True  # psycopg begins nothing by itself
        try:
            engine = create_engine(url, connect_args=given, hide_parameters=True, max_overflow=-1)
        except ImportError as error:
            raise InputError(
                f"PostgreSQL can't be used without the library psycopg ({error})",
                got=self.shown,
                remedy="pip install 'bbopt-smac[postgresql]'",
            ) from error
        event.listen(engine, "begin", _begin_in_postgresql)
        return engine

    def _is_there(self) -> bool:
        if self._is_prepared:
            return True
        if self.address.file is not None and _file_id(self.address.file) is None:
            return False
        self._refuse_unusable_file()
        if not self._keeps_runs:
            self._remember_file()
            return True
        with self._engine.connect() as connection, connection.begin():
            is_ready = is_up_to_date(connection, self.shown)
        if is_ready is False:
            self._prepare()
        elif is_ready:
            self._remember_file()
        return self._is_prepared

    def _prepare(self) -> None:
        if self._is_prepared:
            self._refuse_lost_file()
            return
        if self.address.file is not None:
            self._make_file(self.address.file)
        if self._keeps_runs:
            with self._connection(writes=True, durable=True) as connection, connection.begin():
                bring_up_to_date(connection, self.shown)
        self._remember_file()

    def _remember_file(self) -> None:
        if self.address.file is not None:
            self._file_id = _file_id(self.address.file)
        self._is_prepared = True

    def _make_file(self, path: Path) -> None:
        self._refuse_unusable_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Never one that is there: to close it would end the locks that SQLite has in this process.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        except FileExistsError:
            pass
        except OSError as error:
            raise file_error("make", path, error) from error
        _use_write_ahead_log(self._engine)

    def _refuse_unusable_file(self) -> None:
        path = self.address.file
        if path is None:
            return
        try:
            refuse_irregular(path)
        except OSError as error:
            raise file_error("open", path, error) from error
        if (kind := network_file_system(path)) is not None:
            raise StateError(
                f"{path} is on a network file system, where SQLite loses data",
                got=kind,
                expected="a local disk, and all processes on one host",
                remedy="use PostgreSQL, or leave out --storage: an output folder may be on such a disk",
            )

    def _refuse_lost_file(self) -> None:
        """LostFileError where the file that is open is not the one at the path any more."""
        if self.address.file is not None and _file_id(self.address.file) != self._file_id:
            raise LostFileError(
                f"{self.address.file} was moved, removed or replaced while it was written",
                remedy="leave the database where it is while a search is under way",
            )

    @contextmanager
    def errors(self, verb: str) -> Iterator[None]:
        """What goes wrong meanwhile means that one can't `verb` the database: StateError, as in `writing`."""
        try:
            yield
        except BboptError:
            raise
        except PoolTimeoutError as error:
            raise UnavailableError(f"cannot {verb} {self.shown}: no connection is free") from error
        except DBAPIError as error:
            self._raise(verb, error)
        except sqlite3.Error as error:
            self._raise(verb, error)

    def _raise(self, verb: str, error: Exception) -> NoReturn:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = without_passwords(" ".join(str(cause).split()))
        what, text = f"cannot {verb} {self.shown}: {reason}", reason.lower()
        if any(word in text for word in _FULL):
            raise StateError(what, remedy="make room on the disk (or raise the quota)") from error
        is_gone = isinstance(error, DBAPIError) and error.connection_invalidated
        is_remote = self.address.file is None and _is_operational(cause)
        if is_gone or is_remote or any(word in text for word in _BUSY):
            raise UnavailableError(what) from error
        if any(word in text for word in _FORBIDDEN):
            raise StateError(what, remedy=_RIGHTS) from error
        raise StateError(what) from error


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in parts for one statement each: neither database takes any number of them."""
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def insert_unless_there(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert the row; False where another one has its key, which it may have got at this moment."""
    insert = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert  # the other one is slow
    statement = insert(table).values(row).on_conflict_do_nothing()
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount == 1


def _file_id(path: Path) -> tuple[int, int] | None:
    """What stays the same however the file is named; None where there is none."""
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise file_error("look at", path, error) from error
    return status.st_dev, status.st_ino


def _use_write_ahead_log(engine: Engine) -> None:
    """So that readers and the writer do not wait for each other; the file stays that way.

    SQLite does not wait for others here by itself.
    """
    end = time.monotonic() + BUSY_S
    while True:
        with engine.connect() as connection:
            cursor = connection.connection.cursor()
            try:
                cursor.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
            finally:
                cursor.close()
        time.sleep(0.02)


def _is_operational(error: BaseException | None) -> bool:
    """Whether the server is to blame and not the statement, in the words of every Python driver."""
    return any(kind.__name__ == "OperationalError" for kind in type(error).__mro__)


def _driver_connection(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


def _begin_in_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("writes"):
        begin_turn(_driver_connection(connection))
    elif not options.get("is_single"):
        connection.exec_driver_sql("BEGIN")


def _begin_in_postgresql(connection: Connection) -> None:
    """In one message: psycopg would send another one to begin."""
    options = connection.get_execution_options()
    if options.get("is_single"):
        return
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN READ ONLY")
    elif options.get("durable"):
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN; SET LOCAL synchronous_commit = off")
