"""The statements of a queue that are executed for each job, built once: building one takes longer than to
execute it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Delete,
    Double,
    Insert,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from bbopt.runs import JobStatus
from bbopt.stores.job_queue import MOST_QUEUED, JobKind, Wish
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.processes import process_row
from bbopt.stores.sql.schema import JOBS

__all__ = ["JobStatements", "asked_values", "due_values"]

_ENDED = (JobStatus.DONE, JobStatus.ERR_START, JobStatus.ERR_SYNC, JobStatus.ERR_RUN)
_ASKED = (
    *("study_id", "status", "priority", "kind", "scenario_id", "digest"),
    *("asker", "wish", "n_killed", "settings", "content"),
)


@dataclass(frozen=True, slots=True)
class JobStatements:
    """Statements, each with the names of its parameters.

    first_due: one that waits, in the `study`, of the `kinds`, and none of `but`.
    count_due: how many there are, at most MOST_QUEUED.  first_later: one that comes after jobs of the `study`
    that are not done.
    claim: `n` of them become `own_claim`'s, of the member with `own_token` and `own_name`, while it is there
    and nobody takes it for dead.
    put_down: `job`, if it is `its_claim`'s still, has `its_status`, `its_result`, `its_reason`, and
    `its_priority` if that is any; one that was cancelled meanwhile stays so if `is_failure`.
    add, add_numbered: rows without and with their numbers.
    ask: a row is added for the member whose token is its `asker`, if it is there.
    ended: what has come out of the jobs that the member with `own_token` has asked for.
    forget: `jobs` that it has asked for are gone.
    `put_down_unhurried`, `ask` and `forget` are `Database.unhurried`.
    """

    first_due: Select[Any]
    count_due: Select[Any]
    first_later: Select[Any]
    claim: Update
    put_down: Update
    put_down_unhurried: Update
    add: ReturningInsert[Any]
    add_numbered: Insert
    ask: ReturningInsert[Any]
    ended: Select[Any]
    forget: Delete

    @classmethod
    def of(cls, database: Database) -> JobStatements:
        """Build them."""
        now, unhurried = database.now, database.unhurried
        due = and_(
            JOBS.c.study_id == bindparam("study"),
            JOBS.c.status == JobStatus.START,
            JOBS.c.waits == 0,
            JOBS.c.kind.in_(bindparam("kinds", expanding=True)),
            JOBS.c.id.not_in(bindparam("but", expanding=True)),
        )
        later = and_(
            JOBS.c.study_id == bindparam("study"), JOBS.c.status == JobStatus.START, JOBS.c.waits == 1
        )
        asked = and_(
            JOBS.c.asker == bindparam("own_token"), or_(*(JOBS.c.status == status for status in _ENDED))
        )
        columns = (JOBS.c.id, JOBS.c.status, JOBS.c.result, JOBS.c.reason)
        counted = select(JOBS.c.id).where(due).limit(MOST_QUEUED).subquery()
        return cls(
            first_due=select(JOBS.c.id).where(due).limit(1),
            count_due=select(func.count()).select_from(counted),
            first_later=select(JOBS.c.id).where(later).limit(1),
            claim=_claim(due, now),
            put_down=_put_down(now),
            put_down_unhurried=_put_down(now).where(unhurried),
            add=insert(JOBS).values(added_at=now).returning(JOBS.c.id, sort_by_parameter_order=True),
            add_numbered=insert(JOBS).values(added_at=now),
            ask=_ask(now, unhurried),
            ended=select(*columns).where(asked),
            forget=delete(JOBS).where(
                JOBS.c.asker == bindparam("own_token"),
                JOBS.c.id.in_(bindparam("jobs", expanding=True)),
                unhurried,
            ),
        )


def _claim(due: ColumnElement[bool], now: ColumnElement[float]) -> Update:
    first = select(JOBS.c.id).where(due).order_by(JOBS.c.priority.desc(), JOBS.c.id).limit(bindparam("n"))
    picked = first.with_for_update(skip_locked=True).cte("picked")  # of a CTE there is one result only
    # Who has no lock on its row may be retired before this ends.  Where there is nothing to claim, none is
    # taken: locks are written.  Nor is one waited for: who retires this one may wait for what was picked.
    own = process_row(bindparam("own_token"), skip_locked=True)
    here = own.where(exists().select_from(picked)).cte("here")
    names = ("id", "kind", "content", "settings", "n_killed", "priority", "result")
    places = ("scenario_id", "after_group")
    return (
        update(JOBS)
        .where(JOBS.c.id.in_(select(picked.c.id)), exists().select_from(here))
        .values(
            status=JobStatus.RUNNING.value,
            owner=bindparam("own_token"),
            claim=bindparam("own_claim"),
            wish=Wish.NOTHING.value,
            worker=bindparam("own_name"),
            started_at=now,
            ended_at=None,
            latest=None,
        )
        .returning(*(JOBS.c[name] for name in (*names, *places)))
    )


def _ask(now: ColumnElement[float], unhurried: ColumnElement[bool]) -> ReturningInsert[Any]:
    given = {name: bindparam(f"new_{name}", type_=JOBS.c[name].type) for name in _ASKED}
    row = process_row(given["asker"]).where(unhurried).with_only_columns(*given.values(), now)
    return insert(JOBS).from_select([*given, "added_at"], row).returning(JOBS.c.id)


def _put_down(now: ColumnElement[float]) -> Update:
    stays = and_(bindparam("is_failure", type_=Boolean), JOBS.c.status == JobStatus.CANCELED)
    return (
        update(JOBS)
        .where(JOBS.c.id == bindparam("job"), JOBS.c.claim == bindparam("its_claim"))
        .values(
            status=case((stays, JOBS.c.status), else_=bindparam("its_status")),
            priority=func.coalesce(bindparam("its_priority", type_=Double), JOBS.c.priority),
            owner=None,
            claim=None,
            latest=None,
            ended_at=now,
            result=bindparam("its_result", type_=JOBS.c.result.type),
            reason=bindparam("its_reason", type_=Text),
        )
    )


def asked_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """What `ask` takes for a row."""
    return {f"new_{name}": row[name] for name in _ASKED}


def due_values(kinds: Sequence[JobKind], but: Collection[int]) -> dict[str, Any]:
    """What statements take for the jobs that somebody who takes these kinds may begin."""
    none = [0]  # of an empty list SQLAlchemy makes a subquery, which PostgreSQL plans anew for each claim
    return {"kinds": [kind.value for kind in kinds], "but": sorted(but) or none}
