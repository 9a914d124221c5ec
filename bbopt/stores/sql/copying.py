"""What a database holds, copied into another one as it was at one moment: all of it, or a study.

Rows go along table by table, whatever they are about.  Their numbers are moved behind those that the target
has used, and with them what refers to them.  Who lives, and what the living are at, stays behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Result,
    Table,
    Text,
    column,
    func,
    insert,
    select,
    table,
    text,
    true,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError, Place, StateError, did_you_mean, nearest
from bbopt.runs import JobStatus
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.schema import (
    CLAIMS,
    JOBS,
    MEMBERS,
    METADATA,
    NOBODYS,
    PROCESSES,
    RECORDS,
    REFERS_TO,
    REQUESTS,
    RUNS,
    SCHEMA,
    STUDIES,
    UNDER_WAY,
    Json,
)

__all__ = ["Copied", "copy_database"]

_BATCH = 500
"""Rows that are in memory at a time; one of a long curve has 50 kB."""

_LEFT_BEHIND = frozenset({SCHEMA, PROCESSES, MEMBERS, CLAIMS, UNDER_WAY, REQUESTS})
_OF_NOBODY: Mapping[Table, ColumnElement[bool]] = {JOBS: JOBS.c.asker.is_(None)}
"""The rows that stand for themselves: jobs of searches go with these."""

Row = dict[str, Any]


def _left_record(row: Row) -> Row:
    return row | {"holder": None, "holder_host": None, "holder_pid": None}


def _waiting_job(row: Row) -> Row:
    status = JobStatus.START.value if row["status"] == JobStatus.RUNNING.value else row["status"]
    return row | NOBODYS | {"status": status}


_AS_LEFT: Mapping[Table, Callable[[Row], Row]] = {RECORDS: _left_record, JOBS: _waiting_job}
"""What rows are like once the processes that are at them are gone."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: the studies by their new names, their runs, and all rows."""

    studies: tuple[str, ...]
    n_runs: int
    n_rows: int


def copy_database(
    source: DatabaseAddress,
    target: DatabaseAddress,
    study: str | None = None,
    on_rows: Callable[[int, int], None] = lambda n_copied, n_rows: None,
) -> Copied:
    """Copy all studies, or the one that is named here or in the address `source`; searches may go on in it.

    A study that `target` names is what the only one that is copied is called there.  `on_rows` hears how many
    rows of how many are copied.  Where anything fails, nothing is.  Raises InputError when there is nothing
    to copy, StateError when the target has such a study, or can't be written.
    """
    origin, there = Database(source), Database(target)
    with origin.reading() as connection:
        if connection is None:
            raise InputError("there is no database of bbopt's here", place=Place(source.shown))
        _fix_moment(connection)
        copying = _Copying(origin, connection, study or source.study, target.study)
        with there.writing(durable=True) as writing:
            return copying.write(there, writing, on_rows)


def _fix_moment(connection: Connection) -> None:
    """All that is read is of one moment; in SQLite it always is."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


class _Copying:
    """What a source has at one moment: all of it, or a study; that may get another name."""

    def __init__(
        self, source: Database, connection: Connection, study: str | None, new_name: str | None
    ) -> None:
        self._source = source
        self._connection = connection
        self._new_name = new_name
        found = connection.execute(select(STUDIES.c.name, STUDIES.c.id).order_by(STUDIES.c.name))
        known = {row.name: int(row.id) for row in found}
        if study is not None and study not in known:
            raise InputError(
                "there is no such study",
                place=Place(source.shown),
                got=study,
                expected=f"one of {', '.join(known)}",
                remedy=did_you_mean(nearest(study, known)),
            )
        self._studies = tuple(known) if study is None else (study,)
        if new_name is not None and len(self._studies) != 1:
            raise InputError(
                "several studies can't have one name",
                place=Place(source.shown),
                got=", ".join(self._studies),
                remedy="say with --study which one is meant, or leave out ?study= behind the target",
            )
        self._wanted = _wanted(None if study is None else known[study])

    @property
    def _new_names(self) -> tuple[str, ...]:
        return self._studies if self._new_name is None else (self._new_name,)

    def _refuse_known(self, connection: Connection, target: Database) -> None:
        known = set(connection.execute(select(STUDIES.c.name)).scalars())
        for name in self._new_names:
            if name in known:
                raise StateError(
                    f"{target.shown} has something of the study {name} already",
                    remedy="copy into another database, or one study under another name: TARGET?study=NAME",
                )

    def write(self, target: Database, connection: Connection, on_rows: Callable[[int, int], None]) -> Copied:
        """Add all rows to the target, in a transaction that may write there."""
        self._refuse_known(connection, target)
        with self._source.errors("read"):
            counts = {one: self._read(one, func.count()).scalar_one() for one in self._wanted}
        offsets = self._offsets(target, connection)
        n_rows, n_copied = sum(counts.values()), 0
        for one in self._wanted:
            into = table(one.name, *(column(name, kind) for name, kind in _kinds(one).items()))
            for rows in self._batches(one, offsets):
                connection.execute(insert(into), rows)
                n_copied += len(rows)
                on_rows(n_copied, n_rows)
        return Copied(self._new_names, counts[RUNS], n_rows)

    def _offsets(self, target: Database, connection: Connection) -> dict[Table, int]:
        """By how much the numbers of rows rise, where they have any."""
        offsets = {}
        for one in self._wanted:
            if (key := one.autoincrement_column) is None:
                continue
            with self._source.errors("read"):
                highest = self._read(one, func.max(key)).scalar()
            if highest is not None:
                with _reserving(target, connection) as reserving:
                    offsets[one] = _reserve(reserving, key, int(highest))
        return offsets

    def _batches(self, one: Table, offsets: Mapping[Table, int]) -> Iterator[Sequence[Row]]:
        by, settle = _rises(one, offsets), _AS_LEFT.get(one, dict)
        columns = (type_coerce(one.c[name], kind).label(name) for name, kind in _kinds(one).items())
        order = one.primary_key.columns
        with self._source.errors("read"), self._read(one, *columns, order=order) as found:
            for rows in found.mappings().partitions():
                yield [self._renamed(one, settle(_risen(dict(row), by))) for row in rows]

    def _renamed(self, one: Table, row: Row) -> Row:
        return row if one is not STUDIES or self._new_name is None else row | {"name": self._new_name}

    def _read(self, one: Table, *columns: Any, order: Iterable[Any] = ()) -> Result[Any]:
        query = select(*columns).select_from(one).where(self._wanted[one]).order_by(*order)
        return self._connection.execute(query, execution_options={"yield_per": _BATCH})


def _wanted(study: int | None) -> dict[Table, ColumnElement[bool]]:
    """The tables to be copied, and which of their rows, those first that others refer to."""
    tables = (one for one in METADATA.sorted_tables if one not in _LEFT_BEHIND)
    found = {one: true() if study is None else _of_study(one, study) for one in tables}
    return {one: rows & _OF_NOBODY.get(one, true()) for one, rows in found.items() if rows is not None}


def _of_study(one: Table, study: int) -> ColumnElement[bool] | None:
    """Which rows belong to the study; None for a table that has nothing to do with studies."""
    if one is STUDIES:
        return STUDIES.c.id == study
    for key in _references(one):
        parent = key.column.table
        inside = None if parent is one else _of_study(parent, study)
        if inside is not None:
            return key.parent.in_(select(key.column).where(inside))
    return None


def _references(one: Table) -> list[ForeignKey]:
    return [key for each in one.columns for key in each.foreign_keys]


def _rises(one: Table, offsets: Mapping[Table, int]) -> dict[str, int]:
    """By how much the numbers in columns rise: the rows' own, and those of the rows that they refer to."""
    keys = _references(one)
    rises = {key.parent.name: offsets[key.column.table] for key in keys if key.column.table in offsets}
    for each in one.columns:
        there = METADATA.tables.get(each.info.get(REFERS_TO, ""))
        if there is not None and there in offsets:
            rises[each.name] = offsets[there]
    own = one.autoincrement_column
    return rises if own is None or one not in offsets else rises | {own.name: offsets[one]}


def _risen(row: Row, by: Mapping[str, int]) -> Row:
    return row | {name: row[name] + rise for name, rise in by.items() if row[name] is not None}


def _kinds(one: Table) -> dict[str, TypeEngine[Any]]:
    """The types of its columns; what is JSON goes along as the text that it is."""
    return {each.name: Text() if isinstance(each.type, Json) else each.type for each in one.columns}


@contextmanager
def _reserving(target: Database, connection: Connection) -> Iterator[Connection]:
    """A transaction to reserve numbers in.

    PostgreSQL gives numbers away for good, so that the lock it takes need not be kept until all is copied.
    Of SQLite there can't be a second one, and nobody else writes during the first.
    """
    if connection.dialect.name == "sqlite":
        yield connection
        return
    with target.writing() as another:
        yield another


def _reserve(connection: Connection, key: Column[Any], n: int) -> int:
    """A number behind which `n` are ours."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text(f"LOCK TABLE {key.table.name} IN EXCLUSIVE MODE"))
    before = int(connection.execute(select(func.max(key))).scalar() or 0)
    if is_sqlite:
        query = text("SELECT max(seq) FROM sqlite_sequence WHERE name = :name")  # of rows that are gone, too
        return max(before, connection.execute(query, {"name": key.table.name}).scalar() or 0)
    sequence = func.pg_get_serial_sequence(key.table.name, key.name)
    before = max(before, int(connection.execute(select(func.nextval(sequence))).scalar_one()) - 1)
    connection.execute(select(func.setval(sequence, before + n)))
    return before
