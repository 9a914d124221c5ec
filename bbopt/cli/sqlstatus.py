"""`bbopt sqlstatus`: look at queued experiments, and change where they stand, as Jobman does."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import named_jobman_table, refuse_words
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, OptionValues

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bbopt.stores import JobRow, JobTable

__all__ = ["sqlstatus"]


def sqlstatus(arguments: Arguments) -> int:
    """Show the jobs that are meant; 1 where none is."""
    from bbopt.jobs.experiment_jobs import row_state
    from bbopt.jobs.selections import read_ids
    from bbopt.jobs.texts import job_line, keys_line, missing_job
    from bbopt.runs import JobStatus
    from bbopt.stores import JobChoice, job_table_at

    own, words = arguments.own, arguments.given.words
    refuse_words(arguments, not words, "no table is named", "bbopt sqlstatus TABLE [JOB ...]")
    if own.is_given("set-status") and own.flag("ret-nb-jobs"):
        raise InputError(
            "ret-nb-jobs only counts jobs",
            place=COMMAND_LINE,
            got="set-status beside it",
            remedy="leave out one",
        )
    table = job_table_at(named_jobman_table(words[0]))
    numbers = read_ids(words[1:])
    rows = {row.number: row for row in table.jobs(JobChoice())}
    for number in numbers:
        if number not in rows:
            print(missing_job(number))
    chosen = sorted({number for number in numbers if number in rows} | set(_chosen(own, rows)))
    states = {number: row_state(rows[number]) for number in chosen}
    if own.flag("print-keys") and states:
        print(keys_line(states[chosen[0]]))
    if own.flag("ret-nb-jobs"):
        print(len(chosen))
        return 0 if chosen else 1
    if not own.flag("quiet"):
        for number in chosen:
            row = rows[number]
            waits = row.reason if row.status is JobStatus.START else ""
            print(job_line(number, states[number], own.texts("print"), waits))
    if not chosen:
        print("no job is meant by this", file=sys.stderr)
        return 1
    _change(own, table, [rows[number] for number in chosen])
    return 0


def _chosen(own: OptionValues, rows: dict[int, JobRow]) -> Iterator[int]:
    """By what they are: each way of choosing adds jobs."""
    from bbopt.jobs.experiment_jobs import row_state
    from bbopt.jobs.selections import Selection
    from bbopt.runs import JobStatus

    if own.flag("all"):
        yield from rows
    statuses = {JobStatus.read(text) for text in own.texts("status")}
    yield from (number for number, row in rows.items() if row.status in statuses)
    selections = [Selection.read(text) for text in own.texts("select")]
    if selections:
        for number, row in rows.items():
            state = row_state(row)
            if all(selection.holds(state) for selection in selections):
                yield number


def _change(own: OptionValues, table: JobTable, rows: list[JobRow]) -> None:
    from bbopt.jobs.job_state import DEFAULT_PRIORITY
    from bbopt.jobs.texts import PRIORITY_RESET, count_changed
    from bbopt.runs import JobStatus

    numbers = [row.number for row in rows]
    text = own.optional_text("set-status")
    if text is not None:
        status = JobStatus.read(text)
        if status is JobStatus.RUNNING:
            raise InputError("a job is running where a worker has it", place=COMMAND_LINE, got=text)
        is_cancel = status is JobStatus.CANCELED
        changed = table.cancel(numbers, ends_runs=False) if is_cancel else table.set_status(numbers, status)
        running = [row.number for row in rows if row.is_under_way]
        if running and is_cancel:
            print(
                f"jobs under way go on, and are cancelled if they crash: {_listed(running)}", file=sys.stderr
            )
        elif running:
            print(f"jobs under way stay as they are: {_listed(running)}", file=sys.stderr)
        if followers := sorted(set(changed) - set(numbers)):
            print(f"jobs that come after these are set back, too: {_listed(followers)}", file=sys.stderr)
        print(count_changed(status, len(changed) - len(followers)))
    if own.flag("reset-prio"):
        table.set_priority(numbers, DEFAULT_PRIORITY)
        print(PRIORITY_RESET)


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
