"""Which processes live, told by their heartbeats: a row for each that holds records or claims.

A process of this host is looked up; one of another host is dead when its last heartbeat is older than two
intervals, by the database's clock, so that no host's own clock matters.
"""

from __future__ import annotations

import logging
import threading
import uuid
import weakref
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bbopt.errors import BboptError
from bbopt.process_lock import ProcessIdentity
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.schema import CLAIMS, PROCESSES

__all__ = ["HEARTBEAT_S", "Holder", "OwnProcess", "holders", "retire_the_dead"]

_LOG = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
"""The interval between two heartbeats."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds something, and how long ago its last heartbeat was."""

    process: ProcessIdentity
    age_s: float

    @property
    def is_alive(self) -> bool:
        """Whether it lives, as far as one can see."""
        if _is_here(self.process):
            return bool(self.process.is_alive())
        return self.age_s <= 2 * HEARTBEAT_S

    @property
    def is_working(self) -> bool:
        """Whether it lives, and nobody has stopped it."""
        return self.is_alive and not (_is_here(self.process) and self.process.is_stopped)


def _is_here(process: ProcessIdentity) -> bool:
    """Whether it is one of this host, and not of another one by the same name."""
    own = ProcessIdentity.current()
    boots = {(one.start or 0) >> 64 for one in (own, process)} - {0}
    return process.host == own.host and len(boots) <= 1


def holders(connection: Connection, database: Database) -> dict[str, Holder]:
    """All processes that hold something, by their tokens."""
    age = (database.now - PROCESSES.c.heartbeat_at).label("age")
    return {row.token: _holder(row) for row in connection.execute(select(PROCESSES, age))}


def _holder(row: Any) -> Holder:
    start = None if row.process_start is None else int(row.process_start)
    return Holder(ProcessIdentity(row.host, row.pid, start), row.age)


def retire_the_dead(connection: Connection, database: Database) -> None:
    """Remove processes that are dead, and their claims."""
    dead = [token for token, holder in holders(connection, database).items() if not holder.is_alive]
    if dead:
        connection.execute(delete(CLAIMS).where(CLAIMS.c.owner.in_(dead)))
        connection.execute(delete(PROCESSES).where(PROCESSES.c.token.in_(dead)))


class OwnProcess:
    """This process, as one that holds something; a thread of its own tells that it lives."""

    def __init__(
        self,
        database: Database,
        *,
        identity: ProcessIdentity | None = None,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self.token = uuid.uuid4().hex
        self.identity = identity or ProcessIdentity.current()
        self._database = database
        self._heartbeat_s = heartbeat_s
        self._n_holding = 0
        self._mutex = threading.Lock()
        self._ended: threading.Event | None = None

    def hold(self) -> None:
        """Say that this process is there, until as many `let_go`.  StateError when that is not possible."""
        with self._mutex:
            if self._n_holding == 0:
                with self._database.writing() as connection:
                    retire_the_dead(connection, self._database)
                    self._appear(connection)
                self._ended = threading.Event()
                weakref.finalize(self, self._ended.set)
                arguments = (weakref.ref(self), self._ended, self._heartbeat_s)
                threading.Thread(target=_tell, args=arguments, daemon=True, name="heartbeat").start()
            self._n_holding += 1

    def let_go(self) -> None:
        """See hold; raises nothing."""
        with self._mutex:
            self._n_holding -= 1
            if self._n_holding or self._ended is None:
                return
            self._ended.set()
            try:
                with self._database.writing() as connection:
                    connection.execute(delete(PROCESSES).where(PROCESSES.c.token == self.token))
            except BboptError as error:  # it is seen to be dead, then
                _LOG.debug("%s", error)

    def beat(self) -> None:
        """Tell that this process lives, also when somebody thought it dead."""
        with self._mutex, self._database.writing() as connection:
            if self._n_holding == 0:
                return
            told = update(PROCESSES).where(PROCESSES.c.token == self.token)
            if not connection.execute(told.values(heartbeat_at=self._database.now)).rowcount:
                self._appear(connection)

    def _appear(self, connection: Connection) -> None:
        connection.execute(delete(PROCESSES).where(PROCESSES.c.token == self.token))
        start = self.identity.start
        connection.execute(
            insert(PROCESSES).values(
                token=self.token,
                host=self.identity.host,
                pid=self.identity.pid,
                process_start=None if start is None else str(start),
                heartbeat_at=self._database.now,
            )
        )


def _tell(own: weakref.ref[OwnProcess], ended: threading.Event, heartbeat_s: float) -> None:
    while not ended.wait(heartbeat_s):
        process = own()
        if process is None:
            return
        try:
            process.beat()
        except BboptError as error:  # told to the user by whoever writes next
            _LOG.debug("no heartbeat: %s", error)
        del process
