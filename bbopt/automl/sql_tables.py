"""Named tables in a database, SQLite or PostgreSQL: whatever stands in a name is quoted, never executed.

PostgreSQL has arrays; in SQLite they are JSON, in columns whose declared types tell what they hold.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Double,
    LargeBinary,
    MetaData,
    String,
    Table,
    cast,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy import types as sql_types
from sqlalchemy.dialects import postgresql, sqlite

from bbopt.automl.kinds import Kind, Order
from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError, Place, did_you_mean, nearest
from bbopt.stores import database_of_tables

__all__ = ["SqlTables"]

_BATCH = 1000
_LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL, which cuts off the rest without a word."""
_RESERVED = ("bbopt_", "sqlite_")


class _JsonText(sql_types.UserDefinedType[Any]):
    """JSON as text in a column whose declared type is `declared`."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **_: Any) -> str:
        """See UserDefinedType."""
        return self.declared

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        """See TypeEngine."""
        return lambda value: None if value is None else json.dumps(value, separators=(",", ":"))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """See TypeEngine."""
        return lambda value: None if value is None else json.loads(str(value))


_SECONDS = sqlite.DATETIME(truncate_microseconds=True)  # type: ignore[no-untyped-call]
_DECLARED = {
    # SQLite leaves texts as they are in columns whose type has TEXT in its name, and no INT.
    Kind.ARRAY: "DOUBLE_ARRAY_TEXT",
    Kind.INTEGER_ARRAY: "LONG_ARRAY_TEXT",
    Kind.TEXT_ARRAY: "VARCHAR_ARRAY_TEXT",
    Kind.JSON: "JSON_TEXT",
}
_TYPES: Mapping[Kind, sql_types.TypeEngine[Any]] = {
    Kind.INTEGER: BigInteger(),
    Kind.REAL: Double(),
    Kind.TEXT: String(),
    Kind.BOOLEAN: Boolean(),
    Kind.BYTES: LargeBinary(),
    Kind.TIMESTAMP: DateTime().with_variant(_SECONDS, "sqlite"),
    Kind.ARRAY: _JsonText(_DECLARED[Kind.ARRAY]).with_variant(postgresql.ARRAY(Double()), "postgresql"),
    Kind.INTEGER_ARRAY: _JsonText(_DECLARED[Kind.INTEGER_ARRAY]).with_variant(
        postgresql.ARRAY(BigInteger()), "postgresql"
    ),
    Kind.TEXT_ARRAY: _JsonText(_DECLARED[Kind.TEXT_ARRAY]).with_variant(
        postgresql.ARRAY(sql_types.Text()), "postgresql"
    ),
    Kind.JSON: _JsonText(_DECLARED[Kind.JSON]).with_variant(JSON(none_as_null=True), "postgresql"),
}
_KINDS_IN_SQLITE = {declared: kind for kind, declared in _DECLARED.items()}
_AFFINITIES = (
    ("BOOL", Kind.BOOLEAN),
    ("DATETIME", Kind.TIMESTAMP),
    ("INT", Kind.INTEGER),
    ("CHAR", Kind.TEXT),
    ("TEXT", Kind.TEXT),
    ("BLOB", Kind.BYTES),
    ("REAL", Kind.REAL),
    ("FLOA", Kind.REAL),
    ("DOUB", Kind.REAL),
    ("NUMERIC", Kind.REAL),
    ("DECIMAL", Kind.REAL),
)
"""What a declared type means that has this in its name, by SQLite's own rules in their order."""


class SqlTables:
    """The tables of the database at an address; those of bbopt itself are none of them.

    Raises InputError for names that can't be, and StateError where the database can't be used.
    """

    def __init__(self, address: DatabaseAddress) -> None:
        self._is_sqlite = address.file is not None
        self._database = database_of_tables(address)

    @property
    def shown(self) -> str:
        """Where they are, for people."""
        return self._database.shown

    def exists(self, name: str) -> bool:
        """Whether there is such a table or view."""
        with self._database.reading() as connection:
            return connection is not None and self._is_there(connection, name)

    def check_output(self, name: str) -> None:
        """InputError for a name that no new table can have."""
        schema, table = self._parts(name)
        problem = None
        if not table.strip() or not table.isprintable():
            problem = "this is no name for a table"
        elif (schema or name).lower().startswith("pg_temp"):
            problem = "pg_temp is not allowed for an output table"
        elif table.lower().startswith(_RESERVED):
            problem = f"names that begin with {' or '.join(_RESERVED)} are not for other tables"
        elif any(len(part.encode()) > _LONGEST_NAME for part in (schema or "", table)):
            problem = f"the name of a table has at most {_LONGEST_NAME} bytes"
        if problem:
            raise InputError(problem, place=Place(self.shown), got=name)

    def create(
        self, name: str, columns: Mapping[str, Kind], rows: Iterable[Mapping[str, Any]], overwrite: bool
    ) -> None:
        """See Tables."""
        with self._database.writing(durable=True) as connection:
            table = self._table(name, columns)
            if table.schema is not None and not inspect(connection).has_schema(table.schema):
                raise InputError("there is no such schema", place=Place(self.shown), got=table.schema)
            if overwrite:
                table.drop(connection, checkfirst=True)
            table.create(connection)
            self._insert(connection, table, columns, rows)

    def append(self, name: str, rows: Iterable[Mapping[str, Any]], numbered: str | None) -> list[int]:
        """See Tables."""
        with self._database.writing(durable=True) as connection:
            columns = self._columns(connection, name)
            table, new = self._table(name, columns), list(rows)
            first = 1
            if numbered is not None:
                if not self._is_sqlite:  # where it is SQLite, nobody else writes meanwhile anyway
                    quoted = connection.dialect.identifier_preparer.format_table(table)
                    connection.exec_driver_sql(f"LOCK TABLE {quoted} IN EXCLUSIVE MODE")
                first += connection.execute(select(func.max(table.c[numbered]))).scalar_one() or 0
                new = [{**row, numbered: number} for number, row in enumerate(new, first)]
            self._insert(connection, table, columns, new)
            return list(range(first, first + len(new)))

    def columns(self, name: str) -> dict[str, Kind]:
        """See Tables."""
        with self._reading(name) as connection:
            return self._columns(connection, name)

    def read(
        self,
        name: str,
        columns: Sequence[str] | None,
        order_by: Order,
        where: Mapping[str, Any],
        limit: int | None,
    ) -> list[dict[str, Any]]:
        """See Tables."""
        with self._reading(name) as connection:
            known = self._columns(connection, name)
            table, wanted = self._table(name, known), list(known if columns is None else columns)
            # Of tables that others have made: numeric[] becomes what the kind says.
            shown = [cast(table.c[one], _TYPES[known[one]]) for one in wanted]
            query = select(*([table.c[one] for one in wanted] if self._is_sqlite else shown))
            query = query.where(*(table.c[column] == value for column, value in where.items()))
            for column, is_descending in order_by:
                place = table.c[column].desc() if is_descending else table.c[column].asc()
                query = query.order_by(place.nulls_last())
            found = connection.execute(query if limit is None else query.limit(limit))
            return [dict(zip(wanted, row, strict=True)) for row in found]

    def drop(self, name: str) -> None:
        """See Tables."""
        with self._database.writing(durable=True) as connection:
            self._table(name, {}).drop(connection, checkfirst=True)

    def _insert(
        self,
        connection: Connection,
        table: Table,
        columns: Mapping[str, Kind],
        rows: Iterable[Mapping[str, Any]],
    ) -> None:
        remaining = iter(rows)
        while batch := list(itertools.islice(remaining, _BATCH)):
            bound = [{one: _bound(row.get(one), kind) for one, kind in columns.items()} for row in batch]
            connection.execute(insert(table), bound)

    def _table(self, name: str, columns: Mapping[str, Kind]) -> Table:
        schema, table = self._parts(name)
        made = (Column(one, _TYPES[kind]) for one, kind in columns.items())
        return Table(table, MetaData(), *made, schema=schema)

    def _parts(self, name: str) -> tuple[str | None, str]:
        """The schema, which only PostgreSQL has, and the table."""
        before, dot, behind = name.partition(".")
        return (before, behind) if dot and not self._is_sqlite else (None, name)

    def _is_there(self, connection: Connection, name: str) -> bool:
        schema, table = self._parts(name)
        return inspect(connection).has_table(table, schema=schema)

    @contextmanager
    def _reading(self, name: str) -> Iterator[Connection]:
        with self._database.reading() as connection:
            if connection is None or not self._is_there(connection, name):
                raise self._missing(connection, name)
            yield connection

    def _missing(self, connection: Connection | None, name: str) -> InputError:
        if connection is None:
            return InputError(f"there is no table {name}: there is no such database", place=Place(self.shown))
        known = [one for one in inspect(connection).get_table_names() if not one.startswith(_RESERVED)]
        return InputError(
            f"there is no table {name}",
            place=Place(self.shown),
            expected=f"one of {', '.join(known)}" if 0 < len(known) <= 20 else None,
            remedy=did_you_mean(nearest(name, known)),
        )

    def _columns(self, connection: Connection, name: str) -> dict[str, Kind]:
        if not self._is_there(connection, name):
            raise self._missing(connection, name)
        schema, table = self._parts(name)
        if self._is_sqlite:
            query = "SELECT name, type FROM pragma_table_info(?)"
            found = connection.exec_driver_sql(query, (table,))
            return {column: _kind_in_sqlite(declared) for column, declared in found}
        described = inspect(connection).get_columns(table, schema=schema)
        return {one["name"]: _kind_in_postgresql(one["type"]) for one in described}


def _bound(value: Any, kind: Kind) -> Any:
    """The value as drivers take it: plain lists of one type, and no types of numpy."""
    if value is None:
        return None
    if kind is Kind.ARRAY:
        return np.asarray(value, dtype=float).tolist()
    if kind is Kind.INTEGER_ARRAY:
        return np.asarray(value).tolist()
    if kind is Kind.TEXT_ARRAY:
        return [None if item is None else str(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _kind_in_sqlite(declared: str) -> Kind:
    upper = declared.upper()
    if upper in _KINDS_IN_SQLITE:
        return _KINDS_IN_SQLITE[upper]
    return next((kind for part, kind in _AFFINITIES if part in upper), Kind.TEXT)


def _kind_in_postgresql(found: sql_types.TypeEngine[Any]) -> Kind:
    if isinstance(found, postgresql.ARRAY):
        item = _kind_in_postgresql(found.item_type)
        return {Kind.INTEGER: Kind.INTEGER_ARRAY, Kind.REAL: Kind.ARRAY}.get(item, Kind.TEXT_ARRAY)
    kinds: tuple[tuple[type, Kind], ...] = (
        (sql_types.Boolean, Kind.BOOLEAN),
        (sql_types.Integer, Kind.INTEGER),
        (sql_types.Numeric, Kind.REAL),
        (sql_types.Float, Kind.REAL),
        (sql_types.LargeBinary, Kind.BYTES),
        (sql_types.JSON, Kind.JSON),
        (sql_types.DateTime, Kind.TIMESTAMP),
    )
    return next((kind for one, kind in kinds if isinstance(found, one)), Kind.TEXT)
