"""Jobs that come after others: which of them wait, and why.

A group is kept with its jobs, so that a phase of thousands of jobs behind thousands of others takes a row for
each, and not one for each pair.  Whoever has changed the statuses of jobs calls `follow_statuses` in the
same transaction.  It looks at what is there now, and may be called once too often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    bindparam,
    case,
    func,
    insert,
    select,
    update,
)

from bbopt.errors import StateError
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import JobKind, NewGroup, NewJob
from bbopt.stores.sql.database import batches
from bbopt.stores.sql.schema import GROUPED_JOBS, GROUPS, JOBS, NOBODYS, plain

__all__ = ["ANEW", "Place", "add_groups", "follow_statuses", "places_of"]

ANEW: dict[str, Any] = {
    **NOBODYS,
    "status": JobStatus.START.value,
    "n_killed": 0,
    **dict.fromkeys(("worker", "started_at", "ended_at", "result", "reason")),
}
"""What a job has that was just added."""


class Place(NamedTuple):
    """The name of the group that a job comes after, its phase, and what it waits for, if it does."""

    name: str = ""
    phase: int = 1
    reason: str = ""


_FAILED = [status.value for status in JobStatus if status.is_failure]


def add_groups(
    connection: Connection, study: int, jobs: Iterable[NewJob], now: ColumnElement[float]
) -> dict[NewGroup | None, dict[str, int]]:
    """Put down the groups that the jobs come after; for each the columns of such jobs.

    StateError where a job of one is not there.
    """
    groups = dict.fromkeys(job.after for job in jobs if job.after is not None)
    return {group: _add_group(connection, study, group, now) for group in groups}


def _add_group(
    connection: Connection, study: int, group: NewGroup, now: ColumnElement[float]
) -> dict[str, int]:
    statuses: dict[int, int] = {}
    phase = 1
    for numbers in batches(sorted(group.jobs)):
        of_group = (JOBS.c.study_id == study, JOBS.c.id.in_(numbers))
        # Locked: one that is done at this moment tells its groups, of which this one is not yet.
        query = select(JOBS.c.id, JOBS.c.status).where(*of_group, JOBS.c.kind != JobKind.SEARCH_RUN.value)
        statuses |= dict(map(tuple, connection.execute(query.order_by(JOBS.c.id).with_for_update(read=True))))
        phases = select(func.max(GROUPS.c.phase)).join(JOBS, JOBS.c.after_group == GROUPS.c.id)
        phase = max(phase, connection.execute(phases.where(*of_group)).scalar() or 1)
    if missing := sorted(set(group.jobs) - set(statuses)):
        raise StateError(f"job {missing[0]}, which others were to come after, is not there (any more)")
    rows = [
        {"job": job, "is_open": int(status != JobStatus.DONE)} for job, status in sorted(statuses.items())
    ]
    waits = any(row["is_open"] for row in rows)
    values = {"study_id": study, "name": plain(group.name), "phase": phase + 1}
    made = insert(GROUPS).values(**values, done_at=None if waits else now).returning(GROUPS.c.id)
    number = int(connection.execute(made).scalar_one())
    if rows:
        connection.execute(insert(GROUPED_JOBS).values(group_id=number), rows)
    return {"after_group": number, "waits": int(waits)}


def follow_statuses(
    connection: Connection, jobs: Iterable[int], now: ColumnElement[float], *, sets_back: bool = False
) -> list[int]:
    """Let jobs that come after these wait, or be begun, as the statuses of these are now.

    With `sets_back` those that wait now begin anew, and so do those after them; whoever was at them has lost
    them.  What somebody has cancelled stays so.  The numbers of those that are set back.
    """
    back: list[int] = []
    left = sorted(set(jobs))
    while left:
        found: list[int] = []
        for numbers in batches(left):
            found += _follow(connection, numbers, now, sets_back)
        back += found
        left = sorted(set(found))
    return back


def _follow(
    connection: Connection, numbers: Sequence[int], now: ColumnElement[float], sets_back: bool
) -> list[int]:
    found = connection.execute(_GROUPS_OF, {"jobs": numbers})
    were_done = {row.id: row.done_at is not None for row in found}
    if not were_done:
        return []
    connection.execute(_TELL, {"jobs": numbers})
    back: list[int] = []
    for some in batches(list(were_done)):
        are_open = set(connection.execute(_OPEN, {"groups": some}).scalars())
        _let_begin(connection, [one for one in some if one not in are_open and not were_done[one]], now)
        _let_wait(connection, [one for one in some if one in are_open and were_done[one]])
        if sets_back:
            back += _begin_anew(connection, sorted(are_open))
    return back


def _statements() -> tuple[Select[Any], Update, Select[Any]]:
    """What is executed for each job that has ended, built once."""
    theirs = GROUPED_JOBS.c.job.in_(bindparam("jobs", expanding=True))
    groups = select(GROUPS.c.id, GROUPS.c.done_at)
    groups = groups.where(GROUPS.c.id.in_(select(GROUPED_JOBS.c.group_id).where(theirs)))
    of_job = (JOBS.c.id == GROUPED_JOBS.c.job) & (JOBS.c.status == JobStatus.DONE.value)
    is_open = case((select(JOBS.c.id).where(of_job).exists(), 0), else_=1)
    is_left = (GROUPED_JOBS.c.group_id == GROUPS.c.id) & (GROUPED_JOBS.c.is_open == 1)
    still = select(GROUPS.c.id).where(GROUPS.c.id.in_(bindparam("groups", expanding=True)))
    return (
        groups.order_by(GROUPS.c.id).with_for_update(),
        update(GROUPED_JOBS).where(theirs).values(is_open=is_open),
        still.where(select(GROUPED_JOBS.c.job).where(is_left).exists()),
    )


_GROUPS_OF, _TELL, _OPEN = _statements()
"""The groups that `jobs` are in, locked in order before it is looked who is the last of two jobs that end
together; put down there which of the jobs are open; which `groups` have open jobs."""


def _let_begin(connection: Connection, groups: Sequence[int], now: ColumnElement[float]) -> None:
    if groups:
        connection.execute(update(GROUPS).where(GROUPS.c.id.in_(groups)).values(done_at=now))
        connection.execute(update(JOBS).where(JOBS.c.after_group.in_(groups)).values(waits=0))


def _let_wait(connection: Connection, groups: Sequence[int]) -> None:
    if groups:
        connection.execute(update(GROUPS).where(GROUPS.c.id.in_(groups)).values(done_at=None))
        connection.execute(update(JOBS).where(JOBS.c.after_group.in_(groups)).values(waits=1))


def _begin_anew(connection: Connection, groups: Sequence[int]) -> list[int]:
    has_begun = (JOBS.c.status != JobStatus.START.value) | JOBS.c.result.is_not(None)
    begun = (JOBS.c.after_group.in_(groups), has_begun, JOBS.c.status != JobStatus.CANCELED.value)
    return list(connection.execute(update(JOBS).where(*begun).values(ANEW).returning(JOBS.c.id)).scalars())


def places_of(connection: Connection, rows: Sequence[Any]) -> Mapping[int, Place]:
    """How the groups stand that these rows of jobs come after, by their numbers."""
    study = next((row.study_id for row in rows if row.after_group is not None), None)
    if study is None:
        return {}
    query = select(GROUPS.c.id, GROUPS.c.name, GROUPS.c.phase).where(GROUPS.c.study_id == study)
    reasons = _reasons(connection, study) if any(row.waits for row in rows) else {}
    return {row.id: Place(row.name, row.phase, reasons.get(row.id, "")) for row in connection.execute(query)}


def _reasons(connection: Connection, study: int) -> Mapping[int, str]:
    """For each group of the study with open jobs, why jobs that come after it wait."""
    link = GROUPED_JOBS.c
    joined = GROUPS.join(GROUPED_JOBS, link.group_id == GROUPS.c.id).outerjoin(JOBS, JOBS.c.id == link.job)
    columns = (
        GROUPS.c.id,
        GROUPS.c.name,
        GROUPS.c.phase,
        func.count().label("n_open"),
        func.min(case((JOBS.c.status.in_(_FAILED), link.job))).label("failed"),
        func.min(case((JOBS.c.status == JobStatus.CANCELED.value, link.job))).label("cancelled"),
        func.min(case((JOBS.c.id.is_(None), link.job))).label("gone"),
    )
    of_study = (GROUPS.c.study_id == study, link.is_open == 1)
    query = select(*columns).select_from(joined).where(*of_study).group_by(*columns[:3])
    before: dict[int, set[int]] = defaultdict(set)
    edges = select(link.group_id, JOBS.c.after_group).join(JOBS, JOBS.c.id == link.job)
    edges = edges.join(GROUPS, GROUPS.c.id == link.group_id).where(*of_study, JOBS.c.waits == 1)
    for group, earlier in connection.execute(edges.distinct()):
        before[group].add(earlier)
    reasons: dict[int, str] = {}
    obstacles: dict[int, str] = {}
    for row in sorted(connection.execute(query), key=lambda row: row.phase):
        jobs = "1 job" if row.n_open == 1 else f"{row.n_open} jobs"
        reasons[row.id] = f"waits for {jobs} of group {row.name}"
        earlier_ones = [obstacles[one] for one in sorted(before[row.id]) if one in obstacles]
        if obstacle := _obstacle(row) or next(iter(earlier_ones), ""):
            obstacles[row.id] = obstacle
            reasons[row.id] += f", in vain: {obstacle}"
    return reasons


def _obstacle(row: Any) -> str:
    """Why a group's open jobs are never done if nobody does something about it, "" where nothing is known."""
    what = ((row.failed, "has failed"), (row.cancelled, "was cancelled"), (row.gone, "is gone"))
    return next((f"job {job} {words}" for job, words in what if job is not None), "")
