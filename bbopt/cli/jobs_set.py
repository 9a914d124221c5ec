"""`bbopt jobs set URL SELECTION`: another status or priority for jobs of a queue."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import chosen_jobs, named_table, statuses_in
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE
from bbopt.runs import JobStatus
from bbopt.stores import JobRow, JobTable

__all__ = ["jobs_set"]

_SEARCHS = "since a search asks for it (--force changes its priority all the same)"
_STATUS_OF_SEARCHS = "since a search asks for it (bbopt stop ends runs of searches)"
_UNDER_WAY = "since a worker has it (--status cancelled ends that)"


def jobs_set(arguments: Arguments) -> int:
    """Set it; 1 where a job was left as it is."""
    own = arguments.own
    status, priority = _new_status(arguments), own.optional_number("priority")
    choice = chosen_jobs(arguments.given.words[1:], statuses_in(arguments, "from-status"))
    if status is None and priority is None:
        raise InputError(
            "it is not said what to set", place=COMMAND_LINE, expected="--status STATUS or --priority NUMBER"
        )
    from bbopt.cli.job_changes import change_jobs, refuse_to_mean_all

    refuse_to_mean_all(choice, own.flag("all"))
    table, is_forced = named_table(arguments), own.flag("force")

    def why_spared(row: JobRow) -> str | None:
        if row.is_of_search and status is not None:
            return _STATUS_OF_SEARCHS
        if row.is_of_search and not is_forced:
            return _SEARCHS
        is_refused = status not in {None, JobStatus.CANCELED} and row.is_under_way
        return _UNDER_WAY if is_refused else None

    def change(numbers: Sequence[int]) -> Sequence[int]:
        changed = numbers if status is None else _set_status(table, numbers, status)
        if priority is None:
            return changed
        after = [number for number in changed if number not in set(numbers)]  # they keep their priorities
        return [*after, *table.set_priority(set(changed).difference(after), priority)]

    words = [] if status is None else [f"set to {status.word}"]
    words += [] if priority is None else [f"given the priority {priority:g}"]
    return change_jobs(
        table, choice, " and ".join(words), why_spared, None if own.flag("dry-run") else change
    )


def _new_status(arguments: Arguments) -> JobStatus | None:
    text = arguments.own.optional_text("status")
    if text is None:
        return None
    place = arguments.own.place("status")
    try:
        status = JobStatus.read(text)
    except InputError as error:
        raise error.at(place) from None
    if status is JobStatus.RUNNING:
        raise InputError(
            "a job is running where a worker has it: that can't be set",
            place=place,
            got=text,
            expected="queued, cancelled, done or failed",
        )
    return status


def _set_status(table: JobTable, numbers: Sequence[int], status: JobStatus) -> Sequence[int]:
    if status is JobStatus.CANCELED:
        return table.cancel(numbers, ends_runs=True)
    return table.set_status(numbers, status)
