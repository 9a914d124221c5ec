"""How processes take turns at writing to a SQLite file, and bring what they have written to the disk.

SQLite lets one write at a time.  Who waits for its turn looks often, since a turn takes about a millisecond:
SQLite's own waits grow to a tenth of a second.  And nobody waits for the disk in its turn: a transaction is
committed to the write-ahead log, the turn ends, and then the log is synced, which several do together.

SQLite begins the log anew where all of it is in the database and nobody reads at that moment.  With many
processes at work there may never be such a moment, so that a log that has grown long is waited for.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from pathlib import Path

from bbopt.durable_files import file_error

__all__ = ["BUSY_S", "LogLength", "begin_turn", "sync_log"]

BUSY_S = 10.0
"""How long one waits for other processes' transactions."""

_LONG_BYTES = 16 * 2**20
"""Where nothing hinders it SQLite begins the log anew at a quarter of that."""

_SHORTEN_EVERY_S = 10.0
_SHORTEN_WAIT_S = 1.0
"""For readers to end, while nobody may write; where one takes longer, it is tried again later."""

_SHORTEST_WAIT_S = 0.001
_LONGEST_WAIT_S = 0.02


def begin_turn(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes; sqlite3.OperationalError where it takes others too long."""
    began_s = time.monotonic()
    _wait_at_most(connection, 0)
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                waited_s = time.monotonic() - began_s
                if "locked" not in str(error) or waited_s > BUSY_S:
                    raise
            wait_s = min(_LONGEST_WAIT_S, max(_SHORTEST_WAIT_S, waited_s / 20))
            time.sleep(wait_s * random.uniform(0.5, 1.5))
    finally:
        _wait_at_most(connection, BUSY_S)


def _wait_at_most(connection: sqlite3.Connection, seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")


class LogLength:
    """Keeps the log of a database from growing without end."""

    def __init__(self) -> None:
        self._tried_at_s = float("-inf")

    def keep(self, connection: sqlite3.Connection, path: Path) -> None:
        """Begin the log of the database at `path` anew if it is long, outside of a transaction.

        It raises nothing: what was committed is committed.
        """
        with contextlib.suppress(sqlite3.Error, OSError):
            if time.monotonic() - self._tried_at_s < _SHORTEN_EVERY_S:
                return
            if os.stat(_log_of(path)).st_size < _LONG_BYTES:
                return
            self._tried_at_s = time.monotonic()
            _wait_at_most(connection, _SHORTEN_WAIT_S)
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                _wait_at_most(connection, BUSY_S)


def _log_of(path: Path) -> Path:
    return Path(os.path.realpath(path) + "-wal")


def sync_log(path: Path) -> None:
    """Wait until what was committed to the database at `path`, which is open, survives the loss of power.

    Whoever moves the log's contents into the database syncs both.  SQLite has no locks on the log, so that
    to close it here ends none.
    """
    log = _log_of(path)
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise file_error("sync", log, error) from error
