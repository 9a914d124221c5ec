"""Named tables, as MADlib's functions take and leave them: those of a database, and files `NAME.csv`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bbopt.automl.csv_tables import CsvTables
from bbopt.automl.kinds import Kind, Order
from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError, Place, did_you_mean, nearest

if TYPE_CHECKING:
    from bbopt.automl.sql_tables import SqlTables

__all__ = ["DEFAULT_DATABASE", "Kind", "Tables", "derived_name"]

DEFAULT_DATABASE = "sqlite:///automl.db"

_CSV = ".csv"


class Tables:
    """Tables by name: `NAME.csv` is a file, any other name is in the database, where it may have a schema.

    InputError is raised for a table or column that is not there, for a new one whose name is taken or can't
    be, and for a file that is no table; StateError where a database or a file can't be used.
    """

    def __init__(self, address: DatabaseAddress, folder: Path) -> None:
        self._address = address
        self._files = CsvTables(folder)
        self._database: SqlTables | None = None

    @classmethod
    def open(cls, url: str = DEFAULT_DATABASE, folder: Path | None = None) -> Tables:
        """The tables of the database at an address, and the files; `folder` is the current one by default.

        A SQLite file is made when something is written into it.  InputError for what is no address.
        """
        here = Path.cwd() if folder is None else folder
        return cls(DatabaseAddress.read(url, here), here)

    def exists(self, name: str) -> bool:
        """Whether there is such a table."""
        return self._of(name).exists(name)

    def refuse_taken(self, *names: str, overwrite: bool = False) -> None:
        """InputError unless a table can be made of each of these names."""
        for name in names:
            tables = self._of(name)
            tables.check_output(name)
            if not overwrite and tables.exists(name):
                raise InputError(
                    f"the table {name} exists already",
                    place=Place(tables.shown),
                    remedy="--overwrite replaces it; or give another name",
                )

    def create(
        self,
        name: str,
        columns: Mapping[str, Kind],
        rows: Iterable[Mapping[str, Any]] = (),
        *,
        overwrite: bool = False,
    ) -> None:
        """Make a table with these columns and rows, all of it or nothing.

        With `overwrite` it takes the place of one of the same name.  What a row lacks is NULL.
        """
        self.refuse_taken(name, overwrite=overwrite)
        self._of(name).create(name, columns, rows, overwrite)

    def append(
        self, name: str, rows: Iterable[Mapping[str, Any]], *, numbered: str | None = None
    ) -> list[int]:
        """Add rows to a table, all of them or none.

        In the column `numbered` they get the numbers that follow the largest there (1 in an empty table),
        which are returned; nobody else gets the same ones.
        """
        return self._of(name).append(name, rows, numbered)

    def columns(self, name: str) -> dict[str, Kind]:
        """The columns in their order."""
        return self._of(name).columns(name)

    def read(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        order_by: Sequence[str] = (),
        *,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The rows of a table, of all its columns or of these; the first ones up to `limit`.

        `where` has values that columns are to have.  `order_by` names columns, `NAME` or `NAME DESC` in any
        case; NULL comes last.
        """
        known = self.columns(name)
        order: Order = [_direction(text, known) for text in order_by]
        for column in (*(columns or ()), *(where or ()), *(column for column, _ in order)):
            if column not in known:
                raise InputError(
                    f"the table {name} has no column {column}",
                    place=Place(self.shown_of(name)),
                    expected=f"one of {', '.join(known)}",
                    remedy=did_you_mean(nearest(column, known)),
                )
        return self._of(name).read(name, columns, order, where or {}, limit)

    def drop(self, name: str) -> None:
        """Remove a table, if it is there."""
        self._of(name).check_output(name)
        self._of(name).drop(name)

    def shown_of(self, name: str) -> str:
        """Where the table is, for people."""
        return self._of(name).shown

    def _of(self, name: str) -> SqlTables | CsvTables:
        if name.lower().endswith(_CSV):
            return self._files
        if self._database is None:
            from bbopt.automl.sql_tables import SqlTables  # SQLAlchemy takes a third of a second

            self._database = SqlTables(self._address)
        return self._database


def derived_name(name: str, suffix: str) -> str:
    """The name of a table that belongs to another one: `automl_output_info`, `automl_output_info.csv`."""
    if name.lower().endswith(_CSV):
        return f"{name[: -len(_CSV)]}{suffix}{name[-len(_CSV) :]}"
    return f"{name}{suffix}"


def _direction(text: str, known: Mapping[str, Kind]) -> tuple[str, bool]:
    """The column, and whether its largest value comes first."""
    column, _, direction = text.strip().rpartition(" ")
    if text in known or direction.upper() not in {"ASC", "DESC"}:
        return text.strip(), False
    return column.strip(), direction.upper() == "DESC"
