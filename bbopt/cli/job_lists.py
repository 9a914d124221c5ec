"""What is shown of jobs: counts, tables of jobs, who takes part in a queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from bbopt.cli.batch_words import BatchStates, batch_text
from bbopt.cli.durations import duration
from bbopt.cli.plain_table import table_lines
from bbopt.runs import JobStatus
from bbopt.stores import JobCounts, JobRow, Member

__all__ = [
    "ago",
    "count_lines",
    "job_as_json",
    "latest_text",
    "member_lines",
    "member_text",
    "moment",
    "numbers_text",
    "reason_lines",
    "settings_text",
    "short_counts",
    "status_text",
    "table_of_jobs",
    "under_way_lines",
]

_ALWAYS = (JobStatus.START, JobStatus.RUNNING, JobStatus.DONE, JobStatus.ERR_RUN)
_MOST_NUMBERS = 12

Rows = Sequence[Sequence[str]]


# ---------------------------------------------------------------------- counts


def count_lines(counts: JobCounts) -> list[Text]:
    """A line for each status."""
    statuses = [status for status in _BY_TIME if status in _ALWAYS or counts.of(status)]
    rows = [(status.word, f"{counts.of(status):,}") for status in statuses]
    width = max(len(word) for word, _ in rows)
    wide = max(len(number) for _, number in rows)
    lines = [
        Text(f"{word:<{width}}  {number:>{wide}}", style="red" if status.is_failure and number != "0" else "")
        for status, (word, number) in zip(statuses, rows, strict=True)
    ]
    if counts.n_crashed:
        at = statuses.index(JobStatus.RUNNING)
        lines[at].append(f"  {counts.n_crashed:,} of them look crashed", style="red")
    return lines


_BY_TIME = (
    JobStatus.START,
    JobStatus.RUNNING,
    JobStatus.DONE,
    JobStatus.ERR_START,
    JobStatus.ERR_SYNC,
    JobStatus.ERR_RUN,
    JobStatus.CANCELED,
)


def short_counts(counts: JobCounts) -> str:
    """The same in a line: `12 queued · 4 running · 80 done · 0 failed`."""
    numbers = [(counts.of(status), status.word) for status in (JobStatus.START, JobStatus.RUNNING)]
    numbers += [(counts.of(JobStatus.DONE), "done"), (counts.n_failed, "failed")]
    numbers += [(n, word) for n, word in ((counts.of(JobStatus.CANCELED), "cancelled"),) if n]
    numbers += [(n, word) for n, word in ((counts.n_crashed, "look crashed"),) if n]
    return " · ".join(f"{n:,} {word}" for n, word in numbers)


def reason_lines(counts: JobCounts, most: int = 20) -> list[Text]:
    """How many jobs have failed for which reason, the most frequent ones."""
    if not counts.reasons:
        return []
    rows = [(f"{n:,}", reason or "no reason is known") for reason, n in counts.reasons[:most]]
    lines = list(table_lines(("jobs", "reason"), rows, frozenset((0,))))
    n_more = len(counts.reasons) - len(rows)
    return [*lines, Text(f"... and {n_more:,} more reasons", style="dim")] if n_more else lines


# ---------------------------------------------------------------------- jobs


def table_of_jobs(rows: Sequence[JobRow], now: float) -> Iterable[Text]:
    """A line for each job; columns that say nothing are left out."""
    columns: dict[str, list[str]] = {
        "job": [str(row.number) for row in rows],
        "status": [status_text(row) for row in rows],
        "priority": [f"{row.priority:g}" for row in rows],
        "kind": [row.kind.value for row in rows],
        "took": [_took(row, now) for row in rows],
        "where": ["" if _waits(row) else place_text(row.worker) for row in rows],
        "result": [result_text(row) for row in rows],
        "settings": [settings_text(row.settings) for row in rows],
        "reason": [row.reason.strip().partition("\n")[0] for row in rows],
    }
    said = {"job", "status", *(name for name, cells in columns.items() if any(cells))}
    same = {"priority": "1", "kind": columns["kind"][0]}
    said -= {name for name, usual in same.items() if set(columns[name]) == {usual}}
    return _lines({name: cells for name, cells in columns.items() if name in said})


def under_way_lines(rows: Sequence[JobRow], now: float, batch: BatchStates) -> Iterable[Text]:
    """The same for jobs under way, or for those that look crashed."""
    columns = {
        "job": [str(row.number) for row in rows],
        "for": [_took(row, now) for row in rows],
        "heard of": ["-" if row.heartbeat_age_s is None else ago(row.heartbeat_age_s) for row in rows],
        "where": [place_text(row.worker) for row in rows],
        "batch job": [batch_text(row.batch_job, batch) for row in rows],
        "state": ["being cancelled" if row.status is JobStatus.CANCELED else "" for row in rows],
        "latest": [latest_text(row) for row in rows],
        "settings": [settings_text(row.settings) for row in rows],
    }
    return _lines({name: cells for name, cells in columns.items() if name == "job" or any(cells)})


def _lines(columns: Mapping[str, Sequence[str]]) -> Iterable[Text]:
    rows = [[cell or "-" for cell in cells] for cells in zip(*columns.values(), strict=True)]
    numbers = frozenset(n for n, name in enumerate(columns) if name in {"job", "priority", "result"})
    return table_lines(tuple(columns), rows, numbers)


def status_text(row: JobRow) -> str:
    """The word for it, and that it looks crashed or is not over yet."""
    if row.looks_crashed:
        return "running?"
    is_ending = row.status is JobStatus.CANCELED and row.is_under_way
    return f"{row.status.word}, under way" if is_ending else row.status.word


def _took(row: JobRow, now: float) -> str:
    if row.started_at is None or _waits(row):
        return ""
    return duration(max(0.0, (row.ended_at or now) - row.started_at))


def _waits(row: JobRow) -> bool:
    """Whether it is to be begun, perhaps once more."""
    return row.status is JobStatus.START


def ago(seconds: float) -> str:
    """How long ago."""
    return f"{duration(max(0.0, seconds))} ago"


def place_text(worker: str | None) -> str:
    """A worker's process as short as elsewhere: `4121 on node7`."""
    return (worker or "").removeprefix("process ").replace(" on host ", " on ")


def settings_text(settings: Mapping[str, Any]) -> str:
    """Names and values, as they are given to select jobs."""
    return " ".join(f"{name}={value}" for name, value in settings.items())


def latest_text(row: JobRow) -> str:
    """How far the job has come, where its worker has told it."""
    if not row.latest:
        return ""
    from bbopt.executors.queue_messages import latest_from

    latest = latest_from(row.latest)
    return f"{latest.value:.6g} at step {latest.step}"


def result_text(row: JobRow) -> str:
    """The number that people wait for."""
    quality = (row.result or {}).get("quality")
    return f"{quality:.6g}" if isinstance(quality, (int, float)) else ""


def numbers_text(numbers: Iterable[int]) -> str:
    """Numbers of jobs as they may be given again: `3-7,12`; of very many the first ones."""
    parts: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    shown = ",".join(str(low) if low == high else f"{low}-{high}" for low, high in parts[:_MOST_NUMBERS])
    return shown if len(parts) <= _MOST_NUMBERS else f"{shown} and more"


# ---------------------------------------------------------------------- who takes part


def member_lines(members: Sequence[Member], batch: BatchStates | None = None) -> Iterable[Text]:
    """A line for each worker, and for each search that asks."""
    names = ["process", "is a", "slots", "busy", "heard of", "state"]
    has_batch = any(one.batch_job for one in members)
    rows = [
        [
            f"{one.pid} on {one.host}",
            "worker" if one.n_slots else "search",
            str(one.n_slots or "-"),
            str(one.n_busy) if one.n_slots else "-",
            ago(one.heartbeat_age_s),
            _member_state(one),
            *([batch_text(one.batch_job, batch or {}) or "-"] if has_batch else []),
        ]
        for one in members
    ]
    return table_lines([*names, *(["batch job"] if has_batch else [])], rows, frozenset((2, 3)))


def _member_state(one: Member) -> str:
    if not one.is_alive:
        return "looks dead"
    if one.is_stopped:
        return "stopped"
    return "working" if one.n_busy or not one.n_slots else "idle"


def member_text(members: Sequence[Member]) -> str:
    """The same in a line: `2 workers with 4 slots, 3 of them busy; 1 search`."""
    workers = [one for one in members if one.n_slots and one.is_alive]
    n_askers = sum(not one.n_slots and one.is_alive for one in members)
    n_slots, n_busy = sum(one.n_slots for one in workers), sum(one.n_busy for one in workers)
    slots = f" with {n_slots} {'slot' if n_slots == 1 else 'slots'}, {n_busy} busy" if workers else ""
    searches = f"; {n_askers} {'search' if n_askers == 1 else 'searches'}" if n_askers else ""
    return f"{len(workers) or 'no'} {'worker' if len(workers) == 1 else 'workers'}{slots}{searches}"


# ---------------------------------------------------------------------- for programs


def job_as_json(row: JobRow) -> dict[str, Any]:
    """A job for other programs: names as in tables, times in seconds since the epoch, nothing left out."""
    return {
        "job": row.number,
        "status": row.status.word,
        "code": row.status.value,
        "priority": row.priority,
        "kind": row.kind.value,
        "settings": dict(row.settings),
        "added_at": row.added_at,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "worker": row.worker,
        "heartbeat_age_s": row.heartbeat_age_s,
        "batch_job": None if row.batch_job is None else str(row.batch_job),
        "is_under_way": row.is_under_way,
        "looks_crashed": row.looks_crashed,
        "n_killed": row.n_killed,
        "latest": latest_text(row) or None,
        "result": row.result,
        "reason": row.reason,
    }


def moment(seconds: float) -> str:
    """A time by the clock on the wall here."""
    return datetime.fromtimestamp(seconds).isoformat(sep=" ", timespec="seconds")
