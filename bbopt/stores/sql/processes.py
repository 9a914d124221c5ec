"""Which processes live, told by their heartbeats: a row for each that holds records or claims.

A process of this host is looked up; one of another host is dead when its last heartbeat is older than two
intervals, by the database's clock, so that no host's own clock matters.
"""

from __future__ import annotations

import logging
import threading
import uuid
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, delete, insert, select, update

from bbopt.errors import BboptError
from bbopt.process_lock import ProcessIdentity
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import MAX_KILLED
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.schema import CLAIMS, JOBS, MEMBERS, PROCESSES

__all__ = ["HEARTBEAT_S", "Holder", "OwnProcess", "holders", "leave_jobs", "retire_the_dead"]

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
    """Remove processes that are dead, and their claims; jobs that they were at wait again."""
    dead = [token for token, holder in holders(connection, database).items() if not holder.is_alive]
    if dead:
        connection.execute(delete(CLAIMS).where(CLAIMS.c.owner.in_(dead)))
        leave_jobs(connection, dead, was_killed=True)
        connection.execute(delete(PROCESSES).where(PROCESSES.c.token.in_(dead)))


def leave_jobs(connection: Connection, tokens: Sequence[str], *, was_killed: bool = False) -> None:
    """These processes take no more part in queues of jobs.

    What they were at waits again, or fails if too many were killed by it; what they asked for is gone.
    """
    connection.execute(delete(MEMBERS).where(MEMBERS.c.token.in_(tokens)))
    connection.execute(delete(JOBS).where(JOBS.c.asker.in_(tokens)))
    under_way = JOBS.c.status == JobStatus.RUNNING
    values: dict[Any, Any] = {"owner": None, "claim": None, "latest": None, "wish": 0}
    if was_killed:
        is_poison = JOBS.c.n_killed + 1 >= MAX_KILLED
        failed = under_way & is_poison
        values |= {
            "n_killed": case((under_way, JOBS.c.n_killed + 1), else_=JOBS.c.n_killed),
            "reason": case((failed, f"{MAX_KILLED} workers have died of it"), else_=JOBS.c.reason),
            "ended_at": case((failed, JOBS.c.started_at), else_=JOBS.c.ended_at),
            "status": case(
                (failed, JobStatus.ERR_RUN.value), (under_way, JobStatus.START.value), else_=JOBS.c.status
            ),
        }
    else:
        values["status"] = case((under_way, JobStatus.START.value), else_=JOBS.c.status)
    connection.execute(update(JOBS).where(JOBS.c.owner.in_(tokens)).values(values))


def _nothing(connection: Connection) -> None:
    """Nothing is to be said besides."""


class OwnProcess:
    """This process, as one that holds something; a thread of its own tells that it lives.

    `on_appearing` puts down what else others should know of it, also when somebody thought it dead.
    """

    def __init__(
        self,
        database: Database,
        *,
        identity: ProcessIdentity | None = None,
        heartbeat_s: float = HEARTBEAT_S,
        on_appearing: Callable[[Connection], None] = _nothing,
    ) -> None:
        self.token = uuid.uuid4().hex
        self.identity = identity or ProcessIdentity.current()
        self._database = database
        self._heartbeat_s = heartbeat_s
        self._on_appearing = on_appearing
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
            retire_the_dead(connection, self._database)

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
        self._on_appearing(connection)


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
