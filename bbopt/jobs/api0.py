"""What Jobman's `jobman.api0` has for scripts: a table of jobs."""

from __future__ import annotations

from pathlib import Path

from bbopt.database_address import StudyAddress
from bbopt.jobs import experiment_jobs

__all__ = ["Table", "open_db"]


class Table:
    """A table of experiments at an address."""

    def __init__(self, address: StudyAddress) -> None:
        self.address = address

    def createView(self, name: str) -> None:  # noqa: N802  (Jobman's name)
        """Make a view with a column for each key of the jobs' states anew; InputError for a table's name."""
        experiment_jobs.make_view(self.address, name)


def open_db(url: str) -> Table:
    """The table at `postgres://user@host/db?table=NAME` or `sqlite:///FILE?table=NAME`.

    It need not be there yet.  InputError for another address.
    """
    return Table(StudyAddress.read_table(url, Path.cwd()))
