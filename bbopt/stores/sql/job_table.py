"""The jobs of a study in a database, as people look at them and change them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, true, update

from bbopt.database_address import DatabaseAddress
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import JobKind, Wish
from bbopt.stores.job_table import JobChoice, JobCounts, JobRow, Member
from bbopt.stores.sql.database import Database, batches
from bbopt.stores.sql.job_groups import ANEW, Place, follow_statuses, places_of
from bbopt.stores.sql.processes import Holder, holders, retire_the_dead, the_dead
from bbopt.stores.sql.schema import GROUPED_JOBS, GROUPS, JOBS, MEMBERS, NOBODYS, PROCESSES
from bbopt.stores.sql.studies import Study

__all__ = ["SqlJobTable"]

_SHOWN = [column for column in JOBS.c if column.name != "content"]
_DEATHS = (JOBS.c.id, JOBS.c.n_killed)
_FAILED = [status.value for status in JobStatus if status.is_failure]
_IS_PEOPLES = JOBS.c.kind != JobKind.SEARCH_RUN.value


class _Moment(NamedTuple):
    """Who was there when jobs were looked at, how far this host's clock is ahead of the database's, and how
    the groups stand that the jobs come after."""

    holders: Mapping[str, Holder]
    gone: Collection[str]
    skew_s: float
    places: Mapping[int, Place]


class SqlJobTable:
    """See JobTable."""

    def __init__(self, address: DatabaseAddress, study: str) -> None:
        self._database = Database(address)
        self._study = Study(self._database, study, None)
        self._latest_group: tuple[tuple[int, float | None] | None, list[JobRow]] = (None, [])

    @property
    def shown(self) -> str:
        """See JobTable."""
        return f"study {self._study.name} in {self._database.shown}"

    # ------------------------------------------------------------------ looking

    def counts(self) -> JobCounts:
        """See JobTable."""
        with self._database.reading() as connection:
            if connection is None or (ours := self._ours(connection)) is None:
                return JobCounts({})
            by_status = select(JOBS.c.status, func.count()).where(ours).group_by(JOBS.c.status)
            counts = {JobStatus(status): n for status, n in connection.execute(by_status)}
            reasons: Counter[str] = Counter()
            if any(status.is_failure for status in counts):
                failed = select(JOBS.c.reason, func.count()).where(ours, JOBS.c.status.in_(_FAILED))
                for reason, n in connection.execute(failed.group_by(JOBS.c.reason)):
                    reasons[(reason or "").strip().partition("\n")[0]] += n
            n_crashed = 0
            if JobStatus.RUNNING in counts:
                crashed = select(func.count()).where(ours, _looks_crashed(self._gone(connection, ours)))
                n_crashed = connection.execute(crashed).scalar_one()
        return JobCounts(counts, reasons.most_common(), n_crashed)

    def jobs(self, choice: JobChoice) -> list[JobRow]:
        """See JobTable."""
        with self._database.reading() as connection:
            if connection is None or (ours := self._ours(connection)) is None:
                return []
            found = [
                row
                for chosen in _conditions(choice)
                for row in connection.execute(select(*_SHOWN).where(ours, chosen).order_by(JOBS.c.id))
                if all(setting.holds(row.settings) for setting in choice.settings)
            ]
            moment = self._moment(connection, ours, found)
        return [_row(row, moment) for row in found]

    def job(self, number: int) -> JobRow | None:
        """See JobTable."""
        with self._database.reading() as connection:
            if connection is None or (ours := self._ours(connection)) is None:
                return None
            rows = connection.execute(select(JOBS).where(ours, JOBS.c.id == number)).all()
            moment = self._moment(connection, ours, rows)
        return next((_row(row, moment, row.content) for row in rows), None)

    def jobs_of_group(self, group: int) -> list[JobRow]:
        """See JobTable."""
        with self._database.reading() as connection:
            if connection is None or (ours := self._ours(connection)) is None:
                return []
            done_at = connection.execute(select(GROUPS.c.done_at).where(GROUPS.c.id == group)).scalar()
            if done_at is None or self._latest_group[0] != (group, done_at):
                query = select(*_SHOWN).join(GROUPED_JOBS, GROUPED_JOBS.c.job == JOBS.c.id)
                query = query.where(ours, GROUPED_JOBS.c.group_id == group).order_by(JOBS.c.id)
                found = connection.execute(query).all()
                moment = self._moment(connection, ours, found)
                self._latest_group = (group, done_at), [_row(row, moment) for row in found]
        return self._latest_group[1]

    def members(self) -> list[Member]:
        """See JobTable."""
        with self._database.reading() as connection:
            study = None if connection is None else self._study.find(connection)
            if connection is None or study is None:
                return []
            known = holders(connection, self._database)
            rows = connection.execute(select(MEMBERS).where(MEMBERS.c.study_id == study)).all()
            tokens = [row.token for row in rows]
            busy = (
                select(JOBS.c.owner, func.count().label("n"))
                .where(JOBS.c.owner.in_(tokens))
                .group_by(JOBS.c.owner)
            )
            n_busy = {row.owner: row.n for row in connection.execute(busy)}
        members = [
            Member(
                holder.process.pid,
                holder.process.host_name,
                row.n_slots,
                n_busy.get(row.token, 0),
                holder.age_s,
                holder.is_alive,
                holder.is_alive and not holder.is_working,
                holder.batch_job,
            )
            for row in rows
            if (holder := known.get(row.token)) is not None
        ]
        return sorted(members, key=lambda one: (one.host, one.pid))

    def _ours(self, connection: Connection) -> ColumnElement[bool] | None:
        study = self._study.find(connection)
        return None if study is None else JOBS.c.study_id == study

    def _gone(self, connection: Connection, ours: ColumnElement[bool]) -> set[str]:
        """Who is dead, or seems to be at jobs and is not known any more.

        Who has come since the look at the jobs is known when processes are looked at.
        """
        query = select(JOBS.c.owner).where(ours, JOBS.c.owner.is_not(None)).distinct()
        owners = set(connection.execute(query).scalars())
        unknown = owners.difference(connection.execute(select(PROCESSES.c.token)).scalars())
        return unknown.union(the_dead(connection, self._database))

    def _moment(self, connection: Connection, ours: ColumnElement[bool], rows: Sequence[Any]) -> _Moment:
        skew_s = time.time() - connection.execute(select(self._database.now)).scalar_one()
        gone = self._gone(connection, ours)
        return _Moment(holders(connection, self._database), gone, skew_s, places_of(connection, rows))

    # ------------------------------------------------------------------ changing

    def set_status(self, numbers: Iterable[int], status: JobStatus) -> list[int]:
        """See JobTable."""
        if status is JobStatus.RUNNING:
            raise ValueError("a job is running where a worker has it")
        ended_at = func.coalesce(JOBS.c.ended_at, self._database.now)
        ended = {**NOBODYS, "status": status.value, "ended_at": ended_at}
        values = ANEW if status is JobStatus.START else ended
        return self._change(numbers, values, spares_running=True, of=_IS_PEOPLES)

    def cancel(self, numbers: Collection[int], *, ends_runs: bool) -> list[int]:
        """See JobTable."""
        changed = self.set_status(numbers, JobStatus.CANCELED)
        wish = {"wish": Wish.END.value} if ends_runs else {}
        values = {"status": JobStatus.CANCELED.value, **wish}
        had = and_(_IS_PEOPLES, JOBS.c.owner.is_not(None))
        return sorted([*changed, *self._change(numbers, values, of=had)])

    def set_priority(self, numbers: Iterable[int], priority: float) -> list[int]:
        """See JobTable."""
        return self._change(numbers, {"priority": priority})

    def delete(self, numbers: Iterable[int], *, takes_away: bool = False) -> list[int]:
        """See JobTable."""
        return self._change(numbers, None, spares_running=not takes_away)

    def _change(
        self,
        numbers: Iterable[int],
        values: Mapping[str, Any] | None,
        *,
        spares_running: bool = False,
        of: ColumnElement[bool] | None = None,
    ) -> list[int]:
        """Give the jobs the values, or remove them where there are none; which were changed."""
        changed: list[int] = []
        with self._database.writing(durable=True) as connection:
            ours = self._ours(connection)
            if ours is None:
                return []
            where = [ours] if of is None else [ours, of]
            if spares_running:
                where.append(_is_nobodys(self._gone(connection, ours)))
            statement = delete(JOBS) if values is None else update(JOBS).values(values)
            for chosen in _in_batches(numbers):
                found = connection.execute(statement.where(*where, chosen).returning(JOBS.c.id))
                changed += found.scalars()
            if values is not None and "status" in values:
                sets_back = values["status"] == JobStatus.START.value
                changed += follow_statuses(connection, changed, self._database.now, sets_back=sets_back)
        return sorted(set(changed))

    def relaunch(self) -> list[int]:
        """See JobTable."""
        with self._database.writing(durable=True) as connection:
            ours = self._ours(connection)
            if ours is None:
                return []
            running = (ours, JOBS.c.status == JobStatus.RUNNING.value)
            before = {row.id: row for row in connection.execute(select(*_DEATHS).where(*running))}
            retire_the_dead(connection, self._database)
            anew = {**NOBODYS, "status": JobStatus.START.value}
            lost = update(JOBS).where(ours, _looks_crashed(self._gone(connection, ours)))
            back = list(connection.execute(lost.values(anew).returning(JOBS.c.id)).scalars())
            waiting = select(*_DEATHS).where(ours, JOBS.c.status == JobStatus.START.value)
            for chosen in _in_batches(before):
                after = connection.execute(waiting.where(chosen))
                back += (row.id for row in after if row.n_killed > before[row.id].n_killed)
            return sorted(back)


def _is_nobodys(gone: Collection[str]) -> ColumnElement[bool]:
    return or_(JOBS.c.owner.is_(None), JOBS.c.owner.in_(gone))


def _looks_crashed(gone: Collection[str]) -> ColumnElement[bool]:
    return and_(JOBS.c.status == JobStatus.RUNNING.value, _is_nobodys(gone))


def _conditions(choice: JobChoice) -> Iterator[ColumnElement[bool]]:
    """What jobs must fulfil to be meant, but for their settings: one for each batch of numbers."""
    parts: list[ColumnElement[bool]] = []
    if choice.statuses is not None:
        parts.append(JOBS.c.status.in_([status.value for status in choice.statuses]))
    if choice.priority is not None:
        parts.append(JOBS.c.priority == choice.priority)
    if choice.under_way:
        parts.append(or_(JOBS.c.owner.is_not(None), JOBS.c.status == JobStatus.RUNNING.value))
    if choice.numbers is None:
        yield and_(true(), *parts)
    else:
        yield from (and_(true(), *parts, chosen) for chosen in _in_batches(choice.numbers))


def _in_batches(numbers: Iterable[int]) -> Iterator[ColumnElement[bool]]:
    yield from (JOBS.c.id.in_(some) for some in batches(sorted(numbers)))


def _row(row: Any, moment: _Moment, content: Mapping[str, Any] | None = None) -> JobRow:
    holder, skew_s = moment.holders.get(row.owner), moment.skew_s
    lives = holder is not None and row.owner not in moment.gone
    place = moment.places.get(row.after_group, Place())
    waits = row.waits and row.status == JobStatus.START
    return JobRow(
        number=row.id,
        status=JobStatus(row.status),
        priority=row.priority,
        kind=JobKind(row.kind),
        settings=row.settings,
        added_at=row.added_at + skew_s,
        started_at=None if row.started_at is None else row.started_at + skew_s,
        ended_at=None if row.ended_at is None else row.ended_at + skew_s,
        worker=row.worker,
        heartbeat_age_s=None if holder is None else holder.age_s,
        batch_job=None if holder is None else holder.batch_job,
        is_under_way=lives,
        looks_crashed=row.status == JobStatus.RUNNING and not lives,
        wish=Wish(row.wish),
        n_killed=row.n_killed,
        latest=row.latest,
        result=row.result,
        reason=(place.reason if waits else row.reason) or "",
        after=place.name,
        phase=place.phase,
        content=content or {},
    )
