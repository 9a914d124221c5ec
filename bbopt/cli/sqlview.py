"""`bbopt sqlview TABLE VIEW`: make a view of queued experiments for SQL, as Jobman does."""

from __future__ import annotations

from bbopt.cli.command import Arguments, current_folder
from bbopt.database_address import StudyAddress
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE

__all__ = ["sqlview"]


def sqlview(arguments: Arguments) -> int:
    """Make it anew, or drop it."""
    from bbopt.jobs.experiment_jobs import make_view
    from bbopt.stores import make_job_view

    words = arguments.given.words
    if len(words) != 2:
        raise InputError(
            "a table and a name are needed",
            place=COMMAND_LINE,
            got=" ".join(words) or None,
            expected="bbopt sqlview [-d] TABLE VIEW",
        )
    table = StudyAddress.read_table(words[0], current_folder(), COMMAND_LINE)
    if arguments.own.flag("drop"):
        make_job_view(table, words[1], None)
        print(f"The view {words[1]} is dropped.")
    else:
        n_columns = make_view(table, words[1])
        print(f"The view {words[1]} has {n_columns} columns.")
    return 0
