"""`bbopt jobs view URL JOB`: everything about one job."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import job_numbers, named_table
from bbopt.errors import InputError, Place
from bbopt.options import COMMAND_LINE
from bbopt.stores import JobKind, JobRow, Wish

__all__ = ["jobs_view"]

_LONGEST = 400


def jobs_view(arguments: Arguments) -> int:
    """Show it; InputError where there is no such job."""
    numbers = job_numbers(arguments.given.words[1:])
    if len(numbers) != 1:
        raise InputError(
            "one job is needed", place=COMMAND_LINE, expected="bbopt jobs view URL JOB, the number of a job"
        )
    table = named_table(arguments)
    row = table.job(numbers[0])
    if row is None:
        raise InputError("there is no such job", place=Place(table.shown), got=str(numbers[0]))
    from bbopt.cli.job_lists import job_as_json

    if arguments.own.flag("json"):
        print(json.dumps({**job_as_json(row), "content": row.content}))
        return 0
    lines = list(_lines(row, time.time()))
    width = max(len(name) for name, _ in lines)
    for name, text in lines:
        first, *more = text.split("\n")
        print(f"{name:<{width}}  {first}".rstrip())
        for line in more:
            print(f"{'':<{width}}  {line}".rstrip())
    return 0


def _lines(row: JobRow, now: float) -> Iterator[tuple[str, str]]:
    """Names and what is said of them."""
    from bbopt.cli.job_lists import ago, latest_text, moment, settings_text, status_text

    yield "job", str(row.number)
    yield "status", f"{status_text(row)} ({row.status.name}, {row.status.value})"
    yield "priority", f"{row.priority:g}"
    yield "kind", row.kind.value
    yield "settings", settings_text(row.settings) or "-"
    for name, at in (("added", row.added_at), ("started", row.started_at), ("ended", row.ended_at)):
        if at is not None:
            yield name, f"{moment(at)}, {ago(now - at)}"
    if row.worker is not None:
        yield "worker", row.worker
    if row.heartbeat_age_s is not None:
        yield "heard of", ago(row.heartbeat_age_s)
    if row.looks_crashed:
        yield "looks crashed", "its worker is gone (bbopt jobs monitor --relaunch puts it back)"
    if row.n_killed:
        yield "has killed", f"{row.n_killed} {'worker' if row.n_killed == 1 else 'workers'}"
    if row.is_under_way and row.wish is not Wish.NOTHING:
        yield "wanted", "that its run ends"
    if latest := latest_text(row):
        yield "latest", latest
    if row.reason:
        yield "reason", row.reason.strip()
    if row.kind is JobKind.EXPERIMENT and row.result:
        from bbopt.jobs.experiment_jobs import state_of

        yield from _flat("state", state_of(row.content, row.result))
    else:
        yield from _flat("result", row.result or {})
    yield from _flat("content", row.content)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """What is in a dictionary, with dots in the names; very long values are cut."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(f"{name}.{key}", item)
    elif value not in (None, "", [], False):
        text = value if isinstance(value, str) else json.dumps(value)
        yield name, text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... (--json shows all of it)"
