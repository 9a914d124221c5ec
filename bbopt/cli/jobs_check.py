"""`bbopt check URL`: jobs that are marked as running, and that nobody runs any more."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import named_table

__all__ = ["jobs_check"]


def jobs_check(arguments: Arguments) -> int:
    """Show them; 1 where there are some."""
    from bbopt.stores import JobChoice

    rows = named_table(arguments).jobs(JobChoice(under_way=True))
    crashed = [row for row in rows if row.looks_crashed]
    for row in crashed:
        print(f"Job {row.number} looks crashed: {row.worker} runs no more.")
    print(f"{len(rows) - len(crashed)} jobs under way, {len(crashed)} look crashed.")
    if crashed:
        print("The next worker that comes puts them back into the queue.")
    return 1 if crashed else 0
