"""`bbopt check URL`: jobs that are marked as running, and that nobody runs any more."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from bbopt.cli.batch_words import BatchLook, BatchStates, state_counts
from bbopt.cli.command import Arguments
from bbopt.cli.job_words import named_table

if TYPE_CHECKING:
    from bbopt.stores import JobRow, JobTable

__all__ = ["jobs_check"]


def jobs_check(arguments: Arguments) -> int:
    """Show them, and what batch systems say of their workers; 1 where there are some."""
    from bbopt.stores import JobChoice

    table = named_table(arguments)
    rows = table.jobs(JobChoice(under_way=True))
    look = BatchLook(partial(print, file=sys.stderr))
    states = look.states(row.batch_job for row in rows)
    lost = _lost_by_batch_system(table, rows, states)
    n_crashed = 0
    for row in rows:
        if row.looks_crashed or row.number in lost:
            n_crashed += 1
            print(f"Job {row.number} looks crashed: {_why(row, states)}.")
    print(f"{len(rows) - n_crashed} jobs under way, {n_crashed} look crashed.")
    for line in state_counts(states):
        print(line)
    if n_crashed:
        print("The next worker that comes puts them back into the queue.")
    return 1 if n_crashed else 0


def _lost_by_batch_system(table: JobTable, rows: list[JobRow], states: BatchStates) -> set[int]:
    """Jobs whose worker was just heard of, although its batch job is over.

    They are looked at once more: a worker that has ended meanwhile has said what became of its jobs before.
    """
    if not states:
        return set()
    from bbopt.executors.batch_states import Stage
    from bbopt.stores import JobChoice

    over = {job for job, state in states.items() if state.stage is Stage.OVER}
    numbers = frozenset(row.number for row in rows if row.batch_job in over and not row.looks_crashed)
    again = table.jobs(JobChoice(numbers=numbers, under_way=True)) if numbers else []
    return {row.number for row in again if row.batch_job in over}


def _why(row: JobRow, states: BatchStates) -> str:
    gone = f"{row.worker} runs no more"
    state = None if row.batch_job is None else states.get(row.batch_job)
    if state is None:
        return gone
    from bbopt.executors.batch_states import Stage

    if state.stage is Stage.RUNNING:
        silent = f"nothing was heard of {row.worker} for {row.heartbeat_age_s or 0:.0f} s"
        return f"{silent}, although {row.batch_job} runs ({state})"
    if state.stage is Stage.WAITING:
        return f"{gone}; {row.batch_job} waits to begin anew ({state})"
    return f"{gone}; {row.batch_job} is over ({state})"
