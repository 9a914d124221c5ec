"""`bbopt jobs status URL`: how many jobs of a queue stand where, and who works."""

from __future__ import annotations

import json

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import named_table

__all__ = ["jobs_status"]


def jobs_status(arguments: Arguments) -> int:
    """Show it."""
    from bbopt.runs import JobStatus
    from bbopt.stores import Member

    table = named_table(arguments)
    counts, members = table.counts(), table.members()
    if arguments.own.flag("json"):
        workers: list[Member] = [one for one in members if one.n_slots and one.is_alive]
        told = {
            **{status.word: counts.of(status) for status in JobStatus},
            "look_crashed": counts.n_crashed,
            "reasons": dict(counts.reasons),
            "workers": len(workers),
            "slots": sum(one.n_slots for one in workers),
            "searches": sum(not one.n_slots and one.is_alive for one in members),
        }
        print(json.dumps(told))
        return 0
    from rich.console import Console

    from bbopt.cli.job_lists import count_lines, member_text, reason_lines
    from bbopt.cli.plain_table import print_lines

    console = Console(highlight=False)
    print_lines(console, count_lines(counts))
    if reasons := reason_lines(counts):
        console.print()
        print_lines(console, reasons)
    console.print(f"\n{member_text(members)}", markup=False)
    return 0
