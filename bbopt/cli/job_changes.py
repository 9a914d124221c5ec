"""What `bbopt jobs set` and `bbopt jobs delete` share: which jobs are meant, which of them are spared."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from rich.console import Console

from bbopt.cli.job_lists import numbers_text, table_of_jobs
from bbopt.cli.plain_table import print_lines
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE
from bbopt.stores import JobChoice, JobRow, JobTable

__all__ = ["change_jobs", "refuse_to_mean_all", "tell_missing"]

_SHOWN = 20


def refuse_to_mean_all(choice: JobChoice, means_all: bool) -> None:
    """InputError where nothing is chosen, and it is not said that all jobs are meant."""
    if choice == JobChoice() and not means_all:
        raise InputError(
            "it is not said which jobs",
            place=COMMAND_LINE,
            expected="a selection: numbers of jobs, NAME=VALUE, a status; or --all",
        )


def change_jobs(
    table: JobTable,
    choice: JobChoice,
    what: str,
    why_spared: Callable[[JobRow], str | None],
    change: Callable[[Sequence[int]], Sequence[int]] | None,
) -> int:
    """Change the jobs that are meant, unless there is a reason to spare them, and tell it.

    `what` is as in `3 jobs are WHAT`.  Without a `change` it is only shown.  1 where a job was spared, or is
    not there.
    """
    code = tell_missing(table, choice)
    reasons = {row.number: why_spared(row) for row in table.jobs(choice)}
    numbers = [number for number, reason in reasons.items() if reason is None]
    if change is None:
        _preview(table, numbers, what)
    else:
        changed = change(numbers) if numbers else ()
        after = set(changed).difference(numbers)
        n_changed = len(changed) - len(after)
        print(f"{_jobs(n_changed)} {'is' if n_changed == 1 else 'are'} {what}")
        if after:
            print(f"jobs that come after these are set back, too: {numbers_text(after)}", file=sys.stderr)
        reasons |= dict.fromkeys(set(numbers).difference(changed), "somebody has changed it meanwhile")
    spared = [number for number, reason in reasons.items() if reason is not None]
    for reason in dict.fromkeys(reasons[number] for number in spared):
        of_it = [number for number in spared if reasons[number] == reason]
        print(f"left as it was, {reason}: {numbers_text(of_it)}", file=sys.stderr)
    return 1 if spared else code


def _preview(table: JobTable, numbers: Sequence[int], what: str) -> None:
    if shown := table.jobs(JobChoice(frozenset(numbers[:_SHOWN]))):
        print_lines(Console(highlight=False), table_of_jobs(shown, time.time()))
    more = f" ({_SHOWN} of them are shown)" if len(numbers) > _SHOWN else ""
    print(f"{_jobs(len(numbers))} would be {what}{more}")


def _jobs(n: int) -> str:
    return "1 job" if n == 1 else f"{n:,} jobs"


def tell_missing(table: JobTable, choice: JobChoice) -> int:
    """Say which numbers that are named are no job's; 1 where there are any."""
    if choice.numbers is None:
        return 0
    known = {row.number for row in table.jobs(JobChoice(choice.numbers))}
    missing = choice.numbers - known
    if missing:
        print(f"there is no job {numbers_text(missing)}", file=sys.stderr)
    return 1 if missing else 0
