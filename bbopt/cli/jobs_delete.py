"""`bbopt jobs delete URL SELECTION`: take jobs out of a queue, with all that came out of them."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import chosen_jobs, named_table, statuses_in
from bbopt.stores import JobRow

__all__ = ["jobs_delete"]

_SEARCHS = "since a search asks for it, and would ask again (--force deletes it all the same)"
_UNDER_WAY = "since a worker has it (--force takes it away)"


def jobs_delete(arguments: Arguments) -> int:
    """Delete them; 1 where a job was left as it is."""
    own = arguments.own
    choice = chosen_jobs(
        arguments.given.words[1:], statuses_in(arguments, "status"), own.optional_number("priority")
    )
    from bbopt.cli.job_changes import change_jobs, refuse_to_mean_all

    refuse_to_mean_all(choice, own.flag("all"))
    table, is_forced = named_table(arguments), own.flag("force")

    def why_spared(row: JobRow) -> str | None:
        if is_forced:
            return None
        if row.is_of_search:
            return _SEARCHS
        return _UNDER_WAY if row.is_under_way else None

    def change(numbers: Sequence[int]) -> Sequence[int]:
        return table.delete(numbers, takes_away=is_forced)

    return change_jobs(table, choice, "deleted", why_spared, None if own.flag("dry-run") else change)
