"""A database as a store: a study in it, as an output folder is one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, func, insert, select, update

from bbopt.database_address import DatabaseAddress
from bbopt.durable_files import file_error
from bbopt.errors import BboptError, OtherScenarioError, StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.process_lock import ProcessLock, lock_path
from bbopt.space import Space, parse_pcs
from bbopt.stores.identity import RecordIdentity, declared_space
from bbopt.stores.records import RecordedRuns, last_number, remembered
from bbopt.stores.sql.claims import SqlClaims
from bbopt.stores.sql.codec import identity_json
from bbopt.stores.sql.control import SqlControl
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.follower import SqlFollower
from bbopt.stores.sql.processes import Holder, OwnProcess, holders
from bbopt.stores.sql.recorder import SqlRecorder
from bbopt.stores.sql.rows import (
    RecordHead,
    RecordRow,
    RunReader,
    forgotten_names,
    record_heads,
    record_rows,
)
from bbopt.stores.sql.schema import FORGOTTEN, RECORDS, REQUESTS, UNDER_WAY, Kind
from bbopt.stores.sql.studies import Study
from bbopt.stores.status import SeedStatus, StoreStatus

__all__ = ["SqlStore", "open_validation_record"]

_OF_SEARCHES = (Kind.SEARCH, Kind.HIDDEN)


class SqlStore:
    """The records of a study; those of a hidden store no peer looks for.

    With an output folder its seeds have that for themselves, too, and their files there are set aside with
    their records.
    """

    def __init__(
        self,
        address: DatabaseAddress,
        study: str,
        output: OutputFolder | None = None,
        *,
        kind: Kind = Kind.SEARCH,
    ) -> None:
        self._database = Database(address)
        self._study = Study(self._database, study, output)
        self._own = OwnProcess(self._database)
        self._kind = kind

    @property
    def _place(self) -> tuple[DatabaseAddress, str, Kind]:
        return self._database.address, self._study.name, self._kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SqlStore) and self._place == other._place

    def __hash__(self) -> int:
        return hash(self._place)

    # ------------------------------------------------------------------ one record

    def open(self, seed: int, identity: RecordIdentity, space: Space) -> SqlRecorder:
        """See RunStore."""
        lock = self._lock_files(seed)
        try:
            self._own.hold()
            try:
                record = self._take_over(seed, identity)
                recorder = SqlRecorder(self._database, record, identity, self._own, lock)
            except BaseException:
                self._own.let_go()
                raise
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        try:
            recorder.recover(self._study.name, RunReader(record, space))
        except BaseException:
            recorder.__exit__(None, None, None)
            raise
        return recorder

    def _lock_files(self, seed: int) -> ProcessLock | None:
        """The seed's files in the output folder, which a search with another store may write."""
        output = self._study.output
        if output is None or self._kind is Kind.VALIDATION:
            return None
        try:
            output.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise file_error("make", output.path, error) from error
        return ProcessLock(lock_path(output.file(SeedFile.RECORD, seed)))

    def _take_over(self, seed: int, identity: RecordIdentity) -> RecordRow:
        """The record of the seed, held by this process from now on."""
        with self._database.writing(durable=True) as connection:
            study = self._study.lock(connection)
            record = self._free_record(connection, seed)
            if record is None:
                key = {"study_id": study, "kind": self._kind.value, "seed": seed, "set_aside": 0}
                new = {"n_runs": 0, "identity": identity_json(identity), "changed_at": self._database.now}
                connection.execute(insert(RECORDS).values({**key, **new}))
                (record,) = self._rows(connection, [self._kind], seed)
            identity.refuse_other(self._source(record), record.told_identity, record.identity.instances)
            process = self._own.identity
            held = {"holder": self._own.token, "holder_host": process.host, "holder_pid": process.pid}
            told = {} if record.n_runs else {"identity": identity_json(identity)}
            ours = update(RECORDS).where(RECORDS.c.id == record.id)
            connection.execute(ours.values({**held, **told}))
        return replace(record, identity=identity if told else record.identity)

    def _free_record(self, connection: Connection, seed: int) -> RecordRow | None:
        """The record of the seed, if it has any; StateError where a living process adds to one."""
        kinds = [self._kind] if self._kind is Kind.VALIDATION else _OF_SEARCHES
        rows = self._rows(connection, kinds, seed)
        self._refuse_held(connection, rows)
        return next((row for row in rows if row.kind is self._kind), None)

    def _refuse_held(self, connection: Connection, rows: Sequence[RecordRow]) -> None:
        known = holders(connection, self._database)
        for row in rows:
            holder = _holder(row, known)
            if holder is not None and holder.is_alive:
                raise StateError(
                    f"{self._source(row)} is in use by {holder.process}",
                    remedy="wait for it, end it, or use another seed or study",
                )

    def _rows(
        self, connection: Connection, kinds: Sequence[Kind], seed: int | None = None
    ) -> list[RecordRow]:
        return record_rows(connection, self._study.name, self._database.now, kinds, seed)

    def _source(self, record: RecordRow) -> str:
        return f"{record.source} in {self._database.shown}"

    def runs(self, seed: int, space: Space) -> RecordedRuns | None:
        """See RunStore."""
        with self._database.reading() as connection:
            rows = () if connection is None else self._rows(connection, [self._kind], seed)
            if connection is None or not rows:
                return None
            space = declared_space(rows[0].identity.pcs_text, self._source(rows[0]), space)
            return self._recorded(connection, rows[0], RunReader(rows[0], space))

    def seeds(self) -> tuple[int, ...]:
        """See RunStore."""
        with self._database.reading() as connection:
            heads = () if connection is None else record_heads(connection, self._study.name, [self._kind])
            return tuple(head.seed for head in heads)

    def _recorded(self, connection: Connection, row: RecordRow, reader: RunReader) -> RecordedRuns:
        runs = reader.read(connection)
        left = remembered(runs, row.seed, forgotten_names(connection, self._study.name))
        return RecordedRuns(
            self._source(row),
            row.identity.instances,
            row.identity if runs else None,
            left,
            tuple(reader.problems),
            reader.n_skipped,
            len(runs) - len(left),
            last_number(runs),
            reader.incumbent,
        )

    def is_open(self, seed: int) -> bool | None:
        """See RunStore."""
        with self._database.reading() as connection:
            if connection is None:
                return False
            known = holders(connection, self._database)
            heads = record_heads(connection, self._study.name, _OF_SEARCHES)
            found = (_holder(head, known) for head in heads if head.seed == seed)
            return any(holder is not None and holder.is_alive for holder in found)

    def forget(self, seed: int, names: Sequence[str], by: str) -> None:
        """See RunStore."""
        with self._database.writing(durable=True) as connection:
            rows = self._rows(connection, [self._kind], seed) or self._rows(connection, _OF_SEARCHES, seed)
            if not rows:
                raise StateError(f"study {self._study.name} in {self._database.shown} has no seed {seed}")
            mark = {"record_id": rows[0].id, "asked_by": by, "asked_at": self._database.now}
            known = select(FORGOTTEN.c.name).where(FORGOTTEN.c.record_id == rows[0].id)
            for name in set(names).difference(connection.execute(known).scalars()):
                connection.execute(insert(FORGOTTEN).values(mark | {"name": name}))

    def set_aside(self, seed: int) -> str | None:
        """See RunStore."""
        output, lock = self._study.output, self._lock_files(seed)
        try:
            kept = self._set_records_aside(seed, tuple(Kind))
            moved = None if output is None else output.set_aside_run(seed)
        finally:
            if lock is not None:
                lock.release()
        return " and ".join(str(place) for place in (kept, moved) if place is not None) or None

    def set_validation_aside(self, seed: int) -> str | None:
        """The same for the record of validation runs alone."""
        return self._set_records_aside(seed, (Kind.VALIDATION,))

    def _set_records_aside(self, seed: int, kinds: Sequence[Kind]) -> str | None:
        with self._database.reading() as connection:
            if connection is None or not self._rows(connection, kinds, seed):
                return None
        with self._database.writing(durable=True) as connection:
            study = self._study.lock(connection)
            rows = self._rows(connection, kinds, seed)
            if not rows:
                return None
            self._refuse_held(connection, rows)
            of_seed = (RECORDS.c.study_id == study, RECORDS.c.seed == seed)
            query = select(func.max(RECORDS.c.set_aside)).where(*of_seed)
            number = int(connection.execute(query).scalar() or 0) + 1
            marked = update(RECORDS).where(RECORDS.c.id.in_([row.id for row in rows]))
            connection.execute(
                marked.values(set_aside=number, holder=None, holder_host=None, holder_pid=None)
            )
            if Kind.SEARCH in kinds:
                for table in (UNDER_WAY, REQUESTS):
                    connection.execute(delete(table).where(table.c.study_id == study, table.c.seed == seed))
        return f"{self._source(rows[0])}, set aside as its number {number}"

    # ------------------------------------------------------------------ all of them

    def records(self) -> Iterator[tuple[int, RecordedRuns]]:
        """See RunStore."""
        with self._database.reading() as connection:
            if connection is None:
                return iter(())
            spaces: dict[str, Space] = {}
            rows = self._rows(connection, [self._kind])
            return iter([(row.seed, self._in_its_space(connection, row, spaces)) for row in rows])

    def _in_its_space(self, connection: Connection, row: RecordRow, spaces: dict[str, Space]) -> RecordedRuns:
        try:
            space = _space_of(row, spaces)
        except BboptError as error:
            return RecordedRuns(self._source(row), (), None, (), (error.what,), row.n_runs)
        return self._recorded(connection, row, RunReader(row, space, refuses_other_space=False))

    def status(self) -> StoreStatus:
        """See RunStore."""
        with self._database.reading() as connection:
            if connection is None:
                return StoreStatus(())
            spaces: dict[str, Space] = {}
            known = holders(connection, self._database)
            seeds = [
                self._seed_status(row, self._in_its_space(connection, row, spaces), _holder(row, known))
                for row in self._rows(connection, [self._kind])
            ]
        return StoreStatus(tuple(seeds), next(iter(spaces.values()), None))

    def _seed_status(self, row: RecordRow, record: RecordedRuns, holder: Holder | None) -> SeedStatus:
        problem, process = None, row.last_process
        if record.problems:
            problem = f"{record.n_unreadable} runs can't be read; the first problem is {record.problems[0]}"
        found = SeedStatus(
            row.seed,
            last_activity=time.time() - row.age_s,  # by this host's clock, as all that people compare it with
            is_alive=holder is not None and holder.is_alive,
            pid=None if process is None else process.pid,
            host=None if process is None else process.host_name,
            problem=problem,
            incumbent=record.incumbent,
        )
        return found.counting(record.runs, record.identity)

    # ------------------------------------------------------------------ others, and people

    def follow(self, seed: int | None, identity: RecordIdentity | None, space: Space) -> SqlFollower:
        """See RunStore."""
        return SqlFollower(self._database, self._study.name, seed, identity, space)

    def claims(self, seed: int, space: Space) -> SqlClaims:
        """See RunStore."""
        return SqlClaims(self._database, self._study, seed, space, self._own)

    def control(self, seed: int) -> SqlControl:
        """See RunStore."""
        return SqlControl(self._database, self._study, seed)


def open_validation_record(
    store: SqlStore, seed: int, identity: RecordIdentity, space: Space
) -> tuple[SqlRecorder, str | None]:
    """Open or create; one of another scenario is set aside: the second value is where it is then."""
    try:
        return store.open(seed, identity, space), None
    except OtherScenarioError:
        moved_to = store.set_validation_aside(seed)
        return store.open(seed, identity, space), moved_to


def _holder(row: RecordRow | RecordHead, known: dict[str, Holder]) -> Holder | None:
    return None if row.holder is None else known.get(row.holder)


def _space_of(row: RecordRow, spaces: dict[str, Space]) -> Space:
    """The parameters that a record says to have; `spaces` has those known by now."""
    text = row.identity.pcs_text
    if text not in spaces:
        spaces[text] = parse_pcs(text, row.source)
    return spaces[text]
