"""The numbers of jobs, which count up and are never another one's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, column, func, select, table

from bbopt.stores.sql.schema import JOBS

__all__ = ["count_on", "take_numbers"]

_SEQUENCE = func.pg_get_serial_sequence(JOBS.name, JOBS.c.id.name)
_OF_SQLITE = table("sqlite_sequence", column("name"), column("seq"))


def take_numbers(connection: Connection, n: int) -> Sequence[int]:
    """The next `n` numbers, for jobs that this transaction adds.

    To ask for the numbers first costs a third of asking for them row by row, where there are many.
    """
    if connection.dialect.name == "postgresql":
        each = func.generate_series(1, n).table_valued()
        return connection.execute(select(func.nextval(_SEQUENCE)).select_from(each)).scalars().all()
    query = select(_OF_SQLITE.c.seq).where(_OF_SQLITE.c.name == JOBS.name)
    last = connection.execute(query).scalar() or 0  # nobody else writes during the transaction
    return range(last + 1, last + 1 + n)


def count_on(connection: Connection) -> None:
    """Go on behind the numbers that there are; SQLite sees to that itself."""
    if connection.dialect.name == "postgresql":
        last = select(func.max(JOBS.c.id)).scalar_subquery()
        connection.execute(select(func.setval(_SEQUENCE, last)).where(last.is_not(None)))
