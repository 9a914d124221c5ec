"""Adding to the record of one seed in a database."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from bbopt.errors import BboptError, LostFileError, StateError
from bbopt.process_identity import ProcessIdentity
from bbopt.process_lock import ProcessLock
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


_COUNT = (
    update(RECORDS)
    .where(RECORDS.c.id == bindparam("record"), RECORDS.c.holder == bindparam("token"))
    .values(n_runs=bindparam("n"), incumbent=bindparam("best"), incumbent_cost=bindparam("cost"))
)
_ADD_CONFIGURATION, _ADD_RUN = insert(CONFIGURATIONS), insert(RUNS)
"""Made once: to put statements together takes longer than to carry them out."""

_TELL_EVERY_S = 1.0
"""More often an incumbent's new estimates are told with the next runs only: a transaction takes time."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Runs that may be on record, or not: what was heard last was an error."""

    configurations: dict[Configuration, int]
    rows: list[dict[str, Any]]

    @property
    def details(self) -> list[dict[str, Any]]:
        return [row["details"] for row in self.rows]


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
        self._incumbent: dict[str, Any] = {
            "incumbent": record.incumbent,
            "incumbent_cost": record.incumbent_cost,
        }
        self._told_at_s = float("-inf")
        self._counting = _COUNT.values(changed_at=database.now)
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

    def stand_by(self, configuration: Configuration, cost: float) -> None:
        """See Recorder."""
        number = self._configurations.get(configuration)
        if number is None:
            return
        is_other = number != self._incumbent["incumbent"]
        self._incumbent = {"incumbent": number, "incumbent_cost": cost}
        if is_other or time.monotonic() - self._told_at_s > _TELL_EVERY_S:
            self._told_at_s = time.monotonic()
            with contextlib.suppress(BboptError), self._database.writing() as connection:
                connection.execute(update(RECORDS).where(*self._is_ours).values(self._incumbent))

    @property
    def _is_ours(self) -> tuple[ColumnElement[bool], ...]:
        return RECORDS.c.id == self._record.id, RECORDS.c.holder == self._own.token

    def take_recovered(self) -> tuple[RecordedRun, ...]:
        """See Recorder."""
        recovered, self._recovered = self._recovered, ()
        return recovered

    def record(self, *runs: RecordedRun) -> None:
        """See Recorder."""
        if not self._is_open:
            raise StateError(f"{self.source} is closed")
        if self._lock is not None:
            self._lock.check()
        if not runs:
            return
        for run in runs:
            if run.request.instance not in self._instances:
                raise ValueError(f"instance {run.request.instance.name!r} is not in the record's list")
        details = [details_of(run, self._instances[run.request.instance]) for run in runs]
        with self._database.writing(durable=True) as connection:
            if self._in_doubt is not None and self._has_kept(connection, self._in_doubt, details):
                return
            self._in_doubt = attempt = self._attempt(runs, details)
            self._count(connection, len(runs))
            if attempt.configurations:
                connection.execute(_ADD_CONFIGURATION, self._settings(attempt.configurations))
            connection.execute(_ADD_RUN, attempt.rows)
        self._take_note(attempt)

    def _attempt(self, runs: Sequence[RecordedRun], details: list[dict[str, Any]]) -> _Attempt:
        new: dict[Configuration, int] = {}
        rows = []
        for number, (run, one) in enumerate(zip(runs, details, strict=True), start=self._n_runs + 1):
            made = run.request.configuration
            if made not in self._configurations:
                new.setdefault(made, len(self._configurations) + len(new) + 1)
            configuration = new[made] if made in new else self._configurations[made]
            rows.append(self._columns(run, number, configuration, one))
        return _Attempt(new, rows)

    def _has_kept(self, connection: Connection, attempt: _Attempt, details: list[dict[str, Any]]) -> bool:
        """Whether the runs are those of the last attempt, and that one did not fail although we heard so."""
        of_first = (RUNS.c.record_id == self._record.id, RUNS.c.number == self._n_runs + 1)
        if connection.execute(select(RUNS.c.details).where(*of_first)).scalar() != attempt.details[0]:
            return False
        self._take_note(attempt)
        return attempt.details == details

    def _take_note(self, attempt: _Attempt) -> None:
        """The attempt is on record."""
        self._configurations |= attempt.configurations
        self._n_runs += len(attempt.rows)
        self._in_doubt = None

    def _count(self, connection: Connection, n: int) -> None:
        """So many more; nobody else can do it from here to the end of the transaction."""
        counted = {"record": self._record.id, "token": self._own.token, "n": self._n_runs + n}
        counted |= {"best": self._incumbent["incumbent"], "cost": self._incumbent["incumbent_cost"]}
        if connection.execute(self._counting, counted).rowcount == 1:
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

    def _settings(self, configurations: dict[Configuration, int]) -> list[dict[str, Any]]:
        return [
            {"record_id": self._record.id, "number": number, "settings": dict(made.values)}
            for made, number in configurations.items()
        ]

    def _columns(
        self, run: RecordedRun, number: int, configuration: int, details: dict[str, Any]
    ) -> dict[str, Any]:
        request, result = run.request, run.result
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
                left = {"holder": None, "holder_host": None, "holder_pid": None, **self._incumbent}
                connection.execute(update(RECORDS).where(*self._is_ours).values(left))
        except BboptError:  # all is on record; and that nobody holds it any more, its process's end tells
            pass
        self._own.let_go()
        if self._lock is not None:
            self._lock.release()
