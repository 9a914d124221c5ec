"""Adding to the record of one seed in a database."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bbopt.errors import BboptError, LostFileError, StateError
from bbopt.process_lock import ProcessIdentity, ProcessLock
from bbopt.runs import NO_BUDGET, Instance
from bbopt.space import Configuration
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRun, last_number, remembered
from bbopt.stores.sql.codec import details_of
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.processes import HEARTBEAT_S, OwnProcess
from bbopt.stores.sql.rows import RecordRow, RunReader, forgotten_names
from bbopt.stores.sql.schema import CONFIGURATIONS, RECORDS, RUNS, plain

__all__ = ["SqlRecorder"]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A run that may be on record, or not: what was heard last was an error."""

    configuration: Configuration
    configuration_number: int
    details: dict[str, Any]


class SqlRecorder:
    """A Recorder; the record's `holder` is the token of `own`, which holds until this is left."""

    def __init__(
        self,
        database: Database,
        record: RecordRow,
        identity: RecordIdentity,
        own: OwnProcess,
        lock: ProcessLock | None,
    ) -> None:
        self.source = f"{record.source} in {database.shown}"
        self.repaired: str | None = None
        self.last_number = 0
        self._database = database
        self._record = record
        self._own = own
        self._lock = lock
        self._instances: dict[Instance, int] = {one: n for n, one in enumerate(identity.instances)}
        self._recovered: tuple[RecordedRun, ...] = ()
        self._configurations: dict[Configuration, int] = {}
        self._n_runs = 0
        self._in_doubt: _Attempt | None = None
        self._is_open = True

    def recover(self, study: str, reader: RunReader) -> None:
        """Take up what is on record; it is ours already, so that nothing comes to it."""
        with self._database.reading() as connection:
            if connection is None:
                raise StateError(f"{self._database.shown} is gone")
            runs = reader.read(connection)
            forgotten = forgotten_names(connection, study)
        self._recovered = remembered(runs, self._record.seed, forgotten)
        self.last_number = last_number(runs)
        self._n_runs = reader.n_read
        self._configurations = {made: number for number, made in reader.configurations.items()}

    def take_recovered(self) -> tuple[RecordedRun, ...]:
        """See Recorder."""
        recovered, self._recovered = self._recovered, ()
        return recovered

    def record(self, run: RecordedRun) -> None:
        """See Recorder."""
        if not self._is_open:
            raise StateError(f"{self.source} is closed")
        if self._lock is not None:
            self._lock.check()
        if run.request.instance not in self._instances:
            raise ValueError(f"instance {run.request.instance.name!r} is not in the record's list")
        details = details_of(run, self._instances[run.request.instance])
        with self._database.writing(durable=True) as connection:
            if self._in_doubt is not None and self._has_kept(connection, self._in_doubt, details):
                return
            known = self._configurations.get(run.request.configuration)
            number = known or len(self._configurations) + 1
            self._in_doubt = _Attempt(run.request.configuration, number, details)
            self._count(connection)
            if known is None:
                self._add_configuration(connection, run.request.configuration, number)
            connection.execute(insert(RUNS).values(self._columns(run, number, details)))
        self._take_note(self._in_doubt)

    def _has_kept(self, connection: Connection, attempt: _Attempt, details: dict[str, Any]) -> bool:
        """Whether the run is that of the last attempt, and that one did not fail although we heard so."""
        of_run = (RUNS.c.record_id == self._record.id, RUNS.c.number == self._n_runs + 1)
        if connection.execute(select(RUNS.c.details).where(*of_run)).scalar() != attempt.details:
            return False
        self._take_note(attempt)
        return attempt.details == details

    def _take_note(self, attempt: _Attempt) -> None:
        """The attempt is on record."""
        self._configurations.setdefault(attempt.configuration, attempt.configuration_number)
        self._n_runs += 1
        self._in_doubt = None

    def _count(self, connection: Connection) -> None:
        """One more; nobody else can do it from here to the end of the transaction."""
        ours = update(RECORDS).where(RECORDS.c.id == self._record.id, RECORDS.c.holder == self._own.token)
        counted = ours.values(n_runs=self._n_runs + 1, changed_at=self._database.now)
        if connection.execute(counted).rowcount == 1:
            return
        query = select(RECORDS.c.holder_host, RECORDS.c.holder_pid).where(RECORDS.c.id == self._record.id)
        found = connection.execute(query).first()
        if found is None or found.holder_pid is None:
            raise LostFileError(f"{self.source} was taken away while it was written")
        raise LostFileError(
            f"{self.source} was taken over by {ProcessIdentity(found.holder_host, found.holder_pid)}, "
            f"because this one gave no sign of life for {2 * HEARTBEAT_S:.0f} s",
            remedy="leave the seed to that process",
        )

    def _add_configuration(self, connection: Connection, configuration: Configuration, number: int) -> None:
        row = {"record_id": self._record.id, "number": number, "settings": dict(configuration.values)}
        connection.execute(insert(CONFIGURATIONS).values(row))

    def _columns(self, run: RecordedRun, configuration: int, details: dict[str, Any]) -> dict[str, Any]:
        request, result, number = run.request, run.result, self._n_runs + 1
        return {
            "record_id": self._record.id,
            "number": number,
            "configuration": configuration,
            "name": plain(result.run_id or f"{self._record.seed}-{number}"),
            "instance": plain(request.instance.name),
            "target_seed": request.seed,
            "budget": None if request.runlength == NO_BUDGET else request.runlength,
            "status": result.status.value,
            "quality": result.quality,
            "runtime_s": result.runtime_s,
            "wallclock_s": result.wallclock_s,
            "started_at": result.started_at,
            "reused_from": run.reused_from,
            "details": details,
        }

    def __enter__(self) -> SqlRecorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            with self._database.writing() as connection:
                ours = (RECORDS.c.id == self._record.id, RECORDS.c.holder == self._own.token)
                free = {"holder": None, "holder_host": None, "holder_pid": None}
                connection.execute(update(RECORDS).where(*ours).values(free))
        except BboptError:  # all is on record; and that nobody holds it any more, its process's end tells
            pass
        self._own.let_go()
        if self._lock is not None:
            self._lock.release()
