"""`bbopt sqlview TABLE VIEW`: make a view of queued experiments for SQL, as Jobman does."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import named_jobman_table, refuse_words

__all__ = ["sqlview"]


def sqlview(arguments: Arguments) -> int:
    """Make it anew, or drop it."""
    from bbopt.jobs.experiment_jobs import make_view
    from bbopt.stores import make_job_view

    words = arguments.given.words
    usage = "bbopt sqlview [-d] TABLE VIEW"
    refuse_words(arguments, len(words) != 2, "a table and a name are needed", usage)
    table = named_jobman_table(words[0])
    if arguments.own.flag("drop"):
        make_job_view(table, words[1], None)
        print(f"The view {words[1]} is dropped.")
    else:
        n_columns = make_view(table, words[1])
        print(f"The view {words[1]} has {n_columns} columns.")
    return 0
