"""Which processes live, told by their heartbeats: a row for each that holds records or claims.

A process of this host is looked up; one of another host is dead when its last heartbeat is older than two
intervals, by the database's clock, so that no host's own clock matters.  A worker is taken for dead in no
other way on this host either: its runs may outlive it, or go on while it is stopped, and are over by then.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, delete, or_, select, update

from bbopt.batch_job import BatchJob, own_batch_job
from bbopt.errors import BboptError
from bbopt.process_identity import ProcessIdentity
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import MAX_KILLED
from bbopt.stores.sql.database import Database, insert_unless_there
from bbopt.stores.sql.schema import CLAIMS, JOBS, MEMBERS, NOBODYS, PROCESSES

__all__ = [
    "HEARTBEAT_S",
    "Holder",
    "OwnProcess",
    "holders",
    "leave_jobs",
    "process_row",
    "requeue",
    "retire_the_dead",
    "the_dead",
]

_LOG = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
"""There is a heartbeat in each such interval."""

_BEAT_EVERY_S = HEARTBEAT_S / 2
_BEAT_AGAIN_S = 1.0
"""After one that has failed."""

_MARGIN_S = 3.0
"""For a run to be over when its worker has no right to it any more."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds something, how long ago its last heartbeat was, and which job it is in, if any."""

    process: ProcessIdentity
    age_s: float
    heartbeat_at: float = 0.0
    batch_job: BatchJob | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it lives, as far as one can see."""
        if _is_here(self.process):
            return bool(self.process.is_alive())
        return not self.is_silent

    @property
    def is_silent(self) -> bool:
        """Whether it has told nothing for two intervals."""
        return self.age_s > 2 * HEARTBEAT_S

    @property
    def is_working(self) -> bool:
        """Whether it lives, and nobody has stopped it."""
        return self.is_alive and not (_is_here(self.process) and self.process.is_stopped)


def _is_here(process: ProcessIdentity) -> bool:
    """Whether it is one of this host, and not of another one by the same name."""
    own = ProcessIdentity.current()
    boots = {(one.start or 0) >> 64 for one in (own, process)} - {0}
    return process.host == own.host and len(boots) <= 1


def process_row(token: str | ColumnElement[str], *, skip_locked: bool = False) -> Select[tuple[str]]:
    """Finds the token of a process that is there, which nobody takes for dead until the transaction ends.

    One that somebody just now takes for dead is waited for, or left out with `skip_locked`.
    """
    own = select(PROCESSES.c.token).where(PROCESSES.c.token == token)
    return own.with_for_update(read=True, key_share=True, skip_locked=skip_locked)


def holders(connection: Connection, database: Database) -> dict[str, Holder]:
    """All processes that hold something, by their tokens."""
    age = (database.now - PROCESSES.c.heartbeat_at).label("age")
    return {row.token: _holder(row) for row in connection.execute(select(PROCESSES, age))}


def _holder(row: Any) -> Holder:
    start = None if row.process_start is None else int(row.process_start)
    return Holder(
        ProcessIdentity(row.host, row.pid, start), row.age, row.heartbeat_at, BatchJob.read(row.batch_job)
    )


def the_dead(connection: Connection, database: Database) -> dict[str, Holder]:
    """Who is dead, by tokens: what they had may be given to others."""
    found = holders(connection, database)
    workers = set(connection.execute(select(MEMBERS.c.token).where(MEMBERS.c.n_slots > 0)).scalars())
    return {
        token: holder
        for token, holder in found.items()
        if (holder.is_silent if token in workers else not holder.is_alive)
    }


def retire_the_dead(connection: Connection, database: Database) -> None:
    """Remove processes that are dead, and their claims; jobs that they were at wait again."""
    dead = the_dead(connection, database)
    if not dead:
        return
    # First, so that no claim of theirs comes behind; one that has told something meanwhile is left alone.
    is_as_found = or_(
        *(
            (PROCESSES.c.token == token) & (PROCESSES.c.heartbeat_at == holder.heartbeat_at)
            for token, holder in dead.items()
        )
    )
    retired = delete(PROCESSES).where(is_as_found).returning(PROCESSES.c.token)
    gone = connection.execute(retired).scalars().all()
    if gone:
        connection.execute(delete(CLAIMS).where(CLAIMS.c.owner.in_(gone)))
        leave_jobs(connection, gone, was_killed=True)


def leave_jobs(connection: Connection, tokens: Sequence[str], *, was_killed: bool = False) -> None:
    """These processes take no more part in queues of jobs.

    What they were at waits again, or fails if too many were killed by it; what they asked for is gone.
    """
    connection.execute(delete(MEMBERS).where(MEMBERS.c.token.in_(tokens)))
    connection.execute(delete(JOBS).where(JOBS.c.asker.in_(tokens)))
    requeue(connection, JOBS.c.owner.in_(tokens), was_killed=was_killed)


def requeue(connection: Connection, jobs: ColumnElement[bool], *, was_killed: bool = False) -> None:
    """These jobs, which workers have, wait again; those that a search does not want any more are gone."""
    connection.execute(delete(JOBS).where(jobs, JOBS.c.asker.is_not(None), JOBS.c.wish != 0))
    under_way = JOBS.c.status == JobStatus.RUNNING
    values = dict(NOBODYS)
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
    connection.execute(update(JOBS).where(jobs).values(values))


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
        heartbeat_s: float = _BEAT_EVERY_S,
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
        self._told_at_s = float("-inf")

    @property
    def lease_s(self) -> float:
        """For how long from now nobody takes this process for dead, with some time to spare; negative, if so.

        It is counted by this host's clock from before the last heartbeat that has arrived.
        """
        return 2 * HEARTBEAT_S - _MARGIN_S - (time.monotonic() - self._told_at_s)

    def hold(self) -> None:
        """Say that this process is there, until as many `let_go`.  StateError when that is not possible."""
        with self._mutex:
            if self._n_holding == 0:
                began_s = time.monotonic()
                with self._database.writing() as connection:
                    retire_the_dead(connection, self._database)
                    self._appear(connection)
                self._told_at_s = began_s
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
        with self._mutex:
            if self._n_holding == 0:
                return
            began_s = time.monotonic()
            with self._database.writing() as connection:
                told = update(PROCESSES).where(PROCESSES.c.token == self.token)
                if not connection.execute(told.values(heartbeat_at=self._database.now)).rowcount:
                    self._appear(connection)
                retire_the_dead(connection, self._database)
            self._told_at_s = began_s

    def be_there(self, connection: Connection) -> None:
        """Until the transaction ends nobody takes this process for dead: what it writes has an owner."""
        if connection.execute(process_row(self.token)).first() is None:
            self._appear(connection)

    def _appear(self, connection: Connection) -> None:
        start, batch_job = self.identity.start, own_batch_job(os.environ)
        row = {
            "token": self.token,
            "host": self.identity.host,
            "pid": self.identity.pid,
            "process_start": None if start is None else str(start),
            "heartbeat_at": self._database.now,
            "batch_job": None if batch_job is None else str(batch_job),
        }
        if insert_unless_there(connection, PROCESSES, row):  # or the other thread has done it just now
            self._on_appearing(connection)


def _tell(own: weakref.ref[OwnProcess], ended: threading.Event, heartbeat_s: float) -> None:
    pause_s = heartbeat_s
    while not ended.wait(pause_s):
        process = own()
        if process is None:
            return
        try:
            process.beat()
            pause_s = heartbeat_s
        except BboptError as error:  # told to the user by whoever writes next
            _LOG.debug("no heartbeat: %s", error)
            pause_s = min(heartbeat_s, _BEAT_AGAIN_S)
        del process
