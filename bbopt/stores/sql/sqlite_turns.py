"""How processes take turns at writing to a SQLite file, and bring what they have written to the disk.

SQLite lets one write at a time.  Who waits for its turn looks often, since a turn takes about a millisecond:
SQLite's own waits grow to a tenth of a second.  And nobody waits for the disk in its turn: a transaction is
committed to the write-ahead log, the turn ends, and then the log is synced, which several do together.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from pathlib import Path

from bbopt.durable_files import file_error

__all__ = ["BUSY_S", "begin_turn", "sync_log"]

BUSY_S = 10.0
"""How long one waits for other processes' transactions."""

_SHORTEST_WAIT_S = 0.001
_LONGEST_WAIT_S = 0.02


def begin_turn(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes; sqlite3.OperationalError where it takes others too long."""
    began_s = time.monotonic()
    connection.execute("PRAGMA busy_timeout = 0")
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
        connection.execute(f"PRAGMA busy_timeout = {round(BUSY_S * 1000)}")


def sync_log(path: Path) -> None:
    """Wait until what was committed to the database at `path`, which is open, survives the loss of power.

    Whoever moves the log's contents into the database syncs both.  SQLite has no locks on the log, so that
    to close it here ends none.
    """
    log = Path(os.path.realpath(path) + "-wal")
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise file_error("sync", log, error) from error
