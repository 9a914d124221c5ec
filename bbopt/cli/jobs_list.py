"""`bbopt jobs list URL [SELECTION]`: the jobs of a queue, chosen."""

from __future__ import annotations

import json
import sys
import time

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import chosen_jobs, named_table, statuses_in

__all__ = ["jobs_list"]


def jobs_list(arguments: Arguments) -> int:
    """Show them; 1 where a number is no job's."""
    own = arguments.own
    choice = chosen_jobs(
        arguments.given.words[1:], statuses_in(arguments, "status"), own.optional_number("priority")
    )
    from rich.console import Console

    from bbopt.cli.job_changes import tell_missing
    from bbopt.cli.job_lists import job_as_json, table_of_jobs
    from bbopt.cli.plain_table import print_lines

    table = named_table(arguments)
    rows = table.jobs(choice)
    if own.flag("json"):
        for row in rows:
            print(json.dumps(job_as_json(row)))
    elif rows:
        print_lines(Console(highlight=False), table_of_jobs(rows, time.time()))
    else:
        print("no jobs", file=sys.stderr)
    return tell_missing(table, choice)
