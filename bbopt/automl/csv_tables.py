"""Tables in files of comma-separated values; what their columns hold is found from the cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bbopt.automl.kinds import Kind, Order, cell_text, kind_of_cells, value_of_cell
from bbopt.durable_files import atomic_write
from bbopt.errors import InputError, InputErrors, Place
from bbopt.table_files import read_table

__all__ = ["CsvTables", "csv_text", "read_csv"]

Rows = list[dict[str, Any]]

_TO_BE_QUOTED = re.compile(r'[",;\t]|^\s|\s$')


class CsvTables:
    """The tables whose names are those of files in `folder`, with `.csv`.

    Raises InputError for files that are no tables, StateError where one can't be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def shown(self) -> str:
        """Where they are, for people."""
        return str(self._folder)

    def exists(self, name: str) -> bool:
        """Whether there is such a file, or anything else of its name."""
        return self._path(name).exists()

    def check_output(self, name: str) -> None:
        """InputError for a name that no new table can have."""
        if not self._path(name).parent.is_dir():
            raise InputError("there is no folder for this table", place=Place(self._path(name)))

    def create(
        self, name: str, columns: Mapping[str, Kind], rows: Iterable[Mapping[str, Any]], overwrite: bool
    ) -> None:
        """See Tables."""
        atomic_write(self._path(name), csv_text(columns, rows))

    def append(self, name: str, rows: Iterable[Mapping[str, Any]], numbered: str | None) -> list[int]:
        """See Tables; the file is for one process at a time."""
        columns, old = read_csv(self._path(name))
        new, first = list(rows), 1
        if numbered is not None:
            first += max((row[numbered] for row in old), default=0)
            new = [{**row, numbered: number} for number, row in enumerate(new, first)]
        atomic_write(self._path(name), csv_text(columns, [*old, *new]))
        return list(range(first, first + len(new)))

    def columns(self, name: str) -> dict[str, Kind]:
        """See Tables."""
        return read_csv(self._path(name))[0]

    def read(
        self,
        name: str,
        columns: Sequence[str] | None,
        order_by: Order,
        where: Mapping[str, Any],
        limit: int | None,
    ) -> Rows:
        """See Tables."""
        known, rows = read_csv(self._path(name))
        rows = [row for row in rows if all(row[column] == value for column, value in where.items())]
        for column, is_descending in reversed(order_by):
            filled = [row for row in rows if row[column] is not None]
            filled.sort(key=lambda row: row[column], reverse=is_descending)
            rows = filled + [row for row in rows if row[column] is None]
        wanted = list(known if columns is None else columns)
        return [{one: row[one] for one in wanted} for row in rows[:limit]]

    def drop(self, name: str) -> None:
        """See Tables."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name


def read_csv(path: Path) -> tuple[dict[str, Kind], Rows]:
    """Columns and rows of a file; InputErrors with all rows that have not as many fields as the header."""
    table = read_table(path, "table")
    if table.problems:
        raise table.problems[0] if len(table.problems) == 1 else InputErrors(table.problems)
    columns = {}
    for number, name in enumerate(table.header.fields):
        if not name:
            raise InputError("a column has no name", place=table.place(table.header, number))
        columns[name] = kind_of_cells(row.fields[number] for row in table.rows)
    rows = [
        {name: value_of_cell(cell, columns[name]) for name, cell in zip(columns, row.fields, strict=True)}
        for row in table.rows
    ]
    return columns, rows


def csv_text(columns: Mapping[str, Kind], rows: Iterable[Mapping[str, Any]]) -> str:
    """A table as text: the names of the columns, then the rows."""
    lines = [columns, *([cell_text(row.get(one)) for one in columns] for row in rows)]
    return "".join(f"{','.join(map(_field, line))}\n" for line in lines)


def _field(text: str) -> str:
    if not _TO_BE_QUOTED.search(text) and len(text.splitlines()) < 2:
        return text
    return '"' + text.replace('"', '""') + '"'
