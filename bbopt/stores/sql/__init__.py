"""A database as a store: SQLite without any server, or PostgreSQL."""

from typing import TYPE_CHECKING

from bbopt.lazy_names import lazy_names

if TYPE_CHECKING:
    from bbopt.stores.sql.copying import Copied, copy_database
    from bbopt.stores.sql.database import Database
    from bbopt.stores.sql.job_table import SqlJobTable
    from bbopt.stores.sql.job_view import drop_view, make_view
    from bbopt.stores.sql.jobs import SqlJobQueue
    from bbopt.stores.sql.schema import Kind
    from bbopt.stores.sql.store import SqlStore, open_validation_record
    from bbopt.stores.sql.studies import KnownStudy, studies_in
else:
    __getattr__ = lazy_names(
        __name__, "schema", "database", "studies", "job_table", "job_view", "jobs", "copying", "store"
    )

__all__ = [
    "Copied",
    "Database",
    "Kind",
    "KnownStudy",
    "SqlJobQueue",
    "SqlJobTable",
    "SqlStore",
    "copy_database",
    "drop_view",
    "make_view",
    "open_validation_record",
    "studies_in",
]
