"""The queue of jobs in a database."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, select, update

from bbopt.database_address import DatabaseAddress
from bbopt.errors import StateError
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import ClaimedJob, EndedJob, JobKind, JobResult, NewJob, QueueState, Wish
from bbopt.stores.sql.database import Database, insert_unless_there
from bbopt.stores.sql.job_numbers import count_on, take_numbers
from bbopt.stores.sql.processes import OwnProcess, holders, leave_jobs, requeue, retire_the_dead
from bbopt.stores.sql.schema import JOBS, MEMBERS, SCENARIOS, plain
from bbopt.stores.sql.studies import Study

__all__ = ["SqlJobQueue"]

_LOG = logging.getLogger(__name__)
_BATCH = 5000
"""Rows in one statement: neither database takes any number of them."""

_MANY = 100
"""From so many jobs on their numbers are taken before."""

_ENDED = (JobStatus.DONE, JobStatus.ERR_START, JobStatus.ERR_SYNC, JobStatus.ERR_RUN)


class _Held(NamedTuple):
    """By which claim this worker has a job, and what kind that is."""

    claim: str
    kind: JobKind


class SqlJobQueue:
    """See JobQueue.

    A member that others have thought dead, for its heartbeats did not come through, is one again with the
    next heartbeat; what it had was given to others meanwhile, and what it had asked for is gone.
    """

    def __init__(self, address: DatabaseAddress, study: str) -> None:
        self._database = Database(address)
        self._study = Study(self._database, study, None)
        self._study_id: int | None = None
        self._n_slots = 0
        self._own = OwnProcess(self._database, on_appearing=self._join)
        self._held: dict[int, _Held] = {}
        self._shown: dict[int, Sequence[Any]] = {}

    @property
    def shown(self) -> str:
        """See JobQueue."""
        return f"study {self._study.name} in {self._database.shown}"

    @property
    def lease_s(self) -> float:
        """See JobQueue."""
        return self._own.lease_s

    @contextmanager
    def attend(self, n_slots: int = 0) -> Iterator[None]:
        """See JobQueue."""
        self._n_slots = n_slots
        self._own.hold()
        try:
            yield
        finally:
            try:
                with self._database.writing() as connection:
                    leave_jobs(connection, [self._own.token])
                    retire_the_dead(connection, self._database)  # perhaps nobody comes for long
            except StateError as error:  # it is seen to be dead, then
                _LOG.debug("%s", error)
            self._own.let_go()

    def _join(self, connection: Connection) -> None:
        study = self._ensure_study(connection)
        connection.execute(delete(MEMBERS).where(MEMBERS.c.token == self._own.token))
        connection.execute(
            insert(MEMBERS).values(token=self._own.token, study_id=study, n_slots=self._n_slots)
        )

    def _ensure_study(self, connection: Connection) -> int:
        if self._study_id is None:
            self._study_id = self._study.ensure(connection)
        return self._study_id

    def state(
        self, kinds: Sequence[JobKind] = tuple(JobKind), but: Collection[int] = frozenset()
    ) -> QueueState:
        """See JobQueue."""
        with self._database.reading() as connection:
            study = None if connection is None else self._study.find(connection)
            if connection is None or study is None:
                return QueueState(0, 0, 0, 0)
            living = {
                token for token, holder in holders(connection, self._database).items() if holder.is_alive
            }
            rows = connection.execute(select(MEMBERS).where(MEMBERS.c.study_id == study)).all()
            members = [row for row in rows if row.token in living]
            is_left = JOBS.c.kind.in_([kind.value for kind in kinds]) & JOBS.c.owner.not_in(living)
            is_left &= JOBS.c.status == JobStatus.RUNNING
            waiting = (JOBS.c.study_id == study) & (_due(kinds, but) | is_left)
            n_queued = connection.execute(select(func.count()).where(waiting)).scalar_one()
            under_way = (JOBS.c.study_id == study) & JOBS.c.owner.in_(living)
            n_running = connection.execute(select(func.count()).where(under_way)).scalar_one()
        n_askers = sum(row.n_slots == 0 for row in members)
        return QueueState(sum(row.n_slots for row in members), n_askers, n_queued, n_running)

    # ------------------------------------------------------------------ who asks

    def add(self, jobs: Sequence[NewJob], *, are_own: bool = False) -> list[int]:
        """See JobQueue."""
        with self._database.writing(durable=not are_own) as connection:
            if are_own:
                self._own.be_there(connection)
            return self._insert(connection, self._ensure_study(connection), jobs, are_own=are_own)

    def add_missing(self, jobs: Sequence[NewJob]) -> list[int | None]:
        """See JobQueue."""
        with self._database.writing(durable=True) as connection:
            study = self._study.lock(connection)  # somebody may be adding the same ones
            known = self._known(connection, study, [job.digest for job in jobs if job.digest is not None])
            is_new = []
            for job in jobs:
                is_new.append(job.digest not in known)
                if job.digest is not None:
                    known.add(job.digest)
            wanted = [job for job, is_missing in zip(jobs, is_new, strict=True) if is_missing]
            numbers = iter(self._insert(connection, study, wanted))
            return [next(numbers) if is_missing else None for is_missing in is_new]

    def _known(self, connection: Connection, study: int, digests: Sequence[str]) -> set[str]:
        known: set[str] = set()
        for start in range(0, len(digests), _BATCH):
            query = select(JOBS.c.digest).where(JOBS.c.study_id == study)
            query = query.where(JOBS.c.digest.in_(digests[start : start + _BATCH]))
            known.update(connection.execute(query).scalars())
        return known

    def _insert(
        self, connection: Connection, study: int, jobs: Sequence[NewJob], *, are_own: bool = False
    ) -> list[int]:
        now = connection.execute(select(self._database.now)).scalar_one()
        rows = [self._row(job, study, now, are_own=are_own) for job in jobs]
        if len(rows) < _MANY:
            statement = insert(JOBS).returning(JOBS.c.id, sort_by_parameter_order=True)
            return list(connection.execute(statement, rows).scalars()) if rows else []
        numbers = take_numbers(connection, len(rows))
        numbered = [row | {"id": number} for row, number in zip(rows, numbers, strict=True)]
        for start in range(0, len(rows), _BATCH):
            connection.execute(insert(JOBS), numbered[start : start + _BATCH])
        return list(numbers)

    def put_back(self, jobs: Mapping[int, tuple[NewJob, EndedJob]]) -> list[int]:
        """See JobQueue."""
        with self._database.writing(durable=True) as connection:
            study = self._study.lock(connection)
            now = connection.execute(select(self._database.now)).scalar_one()
            put = []
            for number, (job, ended) in jobs.items():
                row = self._row(job, study, now, are_own=False) | {"id": number, "status": ended.status.value}
                row |= {"result": dict(ended.result), "reason": plain(ended.reason) or None}
                if insert_unless_there(connection, JOBS, row):
                    put.append(number)
            count_on(connection)
        return put

    def equal_jobs(self, digests: Sequence[str]) -> set[str]:
        """See JobQueue."""
        with self._database.reading() as connection:
            study = None if connection is None else self._study.find(connection)
            return set() if connection is None or study is None else self._known(connection, study, digests)

    def _row(self, job: NewJob, study: int, now: float, *, are_own: bool) -> dict[str, Any]:
        return {
            "study_id": study,
            "status": JobStatus.START.value,
            "priority": job.priority,
            "kind": job.kind.value,
            "digest": job.digest,
            "asker": self._own.token if are_own else None,
            "wish": Wish.NOTHING.value,
            "n_killed": 0,
            "added_at": now,
            "settings": dict(job.settings),
            "content": dict(job.content),
        }

    def take_results(self) -> list[JobResult]:
        """See JobQueue."""
        asked = (JOBS.c.asker == self._own.token) & JOBS.c.status.in_(_ENDED)
        query = select(JOBS.c.id, JOBS.c.status, JOBS.c.result, JOBS.c.reason).where(asked)
        with self._database.reading() as connection:
            rows = () if connection is None else connection.execute(query).all()
        if not rows:
            return []
        # Deleted when they have arrived: the answer to a deletion may be lost, and the results with it.
        with contextlib.suppress(StateError):
            self.forget([row.id for row in rows])
        return [
            JobResult(row.id, row.result if row.status == JobStatus.DONE else None, row.reason or "")
            for row in sorted(rows, key=lambda row: row.id)
        ]

    def own_jobs(self) -> dict[int, str | None]:
        """See JobQueue."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            query = select(JOBS.c.id, JOBS.c.digest).where(JOBS.c.asker == self._own.token)
            return {row.id: row.digest for row in connection.execute(query)}

    def take_latest(self) -> dict[int, Sequence[Any]]:
        """See JobQueue."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            query = select(JOBS.c.id, JOBS.c.latest)
            query = query.where(JOBS.c.asker == self._own.token, JOBS.c.owner.is_not(None))
            found = {row.id: row.latest for row in connection.execute(query) if row.latest is not None}
        news = {job: latest for job, latest in found.items() if self._shown.get(job) != latest}
        self._shown = found
        return news

    def withdraw(self, jobs: Iterable[int], wish: Wish) -> list[int]:
        """See JobQueue."""
        own = (JOBS.c.asker == self._own.token) & JOBS.c.id.in_(list(jobs))
        with self._database.writing() as connection:
            # The wish first: what is put back at this moment is gone for it, or waits for the deletion.
            connection.execute(update(JOBS).where(own).values(wish=wish.value))
            waiting = delete(JOBS).where(own, JOBS.c.status == JobStatus.START).returning(JOBS.c.id)
            return list(connection.execute(waiting).scalars())

    def forget(self, jobs: Iterable[int]) -> None:
        """See JobQueue."""
        own = (JOBS.c.asker == self._own.token) & JOBS.c.id.in_(list(jobs))
        with self._database.writing() as connection:
            connection.execute(delete(JOBS).where(own))

    # ------------------------------------------------------------------ who works

    def exchange(
        self,
        ended: Sequence[EndedJob],
        n: int,
        kinds: Sequence[JobKind],
        but: Collection[int] = frozenset(),
    ) -> list[ClaimedJob]:
        """See JobQueue."""
        due = _due(kinds, but)
        if not ended and not self._is_there_one(due):
            return []
        are_peoples = any(self._is_peoples(job.id) for job in ended)
        if n > 0 and self._own.lease_s <= 0:
            self._own.beat()  # or nothing that is claimed could be begun
        # A server that is killed forgets what it has not written: a claim, which another worker would get.
        may_be_forgotten = n > 0 and self._database.is_server
        claim = uuid.uuid4().hex
        with self._database.writing(durable=are_peoples or may_be_forgotten) as connection:
            for job in ended:
                self._put_down(connection, job)
            rows = self._claim(connection, due, claim, n) if n > 0 else []
        for job in ended:
            self._held.pop(job.id, None)
        claimed = [
            ClaimedJob(row.id, JobKind(row.kind), row.content, row.settings, row.n_killed, row.result)
            for row in sorted(rows, key=lambda row: (-row.priority, row.id))
        ]
        self._held.update((job.id, _Held(claim, job.kind)) for job in claimed)
        return claimed

    def _is_peoples(self, job: int) -> bool:
        held = self._held.get(job)
        return held is not None and held.kind is not JobKind.SEARCH_RUN

    def _is_there_one(self, due: ColumnElement[bool]) -> bool:
        """Looked up without the lock for writing, of which SQLite has only one."""
        with self._database.reading() as connection:
            study = None if connection is None else self._study.find(connection)
            if connection is None or study is None:
                return False
            query = select(JOBS.c.id).where(JOBS.c.study_id == study, due).limit(1)
            return connection.execute(query).first() is not None

    def _claim(self, connection: Connection, due: ColumnElement[bool], claim: str, n: int) -> Sequence[Any]:
        study = self._ensure_study(connection)
        self._own.be_there(connection)
        first = select(JOBS.c.id).where(JOBS.c.study_id == study, due)
        first = first.order_by(JOBS.c.priority.desc(), JOBS.c.id).limit(n)
        picked = first.with_for_update(skip_locked=True).cte("picked")  # of a CTE there is one result only
        claimed = update(JOBS).where(JOBS.c.id.in_(select(picked.c.id)))
        claimed = claimed.values(
            status=JobStatus.RUNNING.value,
            owner=self._own.token,
            claim=claim,
            wish=Wish.NOTHING.value,
            worker=str(self._own.identity),
            started_at=self._database.now,
            ended_at=None,
            latest=None,
        )
        names = ("id", "kind", "content", "settings", "n_killed", "priority", "result")
        return connection.execute(claimed.returning(*(JOBS.c[name] for name in names))).all()

    def _put_down(self, connection: Connection, ended: EndedJob) -> None:
        held = self._held.get(ended.id)
        if held is None:
            return
        status: Any = ended.status.value
        if ended.status.is_failure:  # what was cancelled meanwhile stays that
            status = case((JOBS.c.status == JobStatus.CANCELED, JOBS.c.status), else_=status)
        changed = update(JOBS).where(JOBS.c.id == ended.id, JOBS.c.claim == held.claim)
        connection.execute(
            changed.values(
                status=status,
                priority=JOBS.c.priority if ended.priority is None else ended.priority,
                owner=None,
                claim=None,
                latest=None,
                ended_at=self._database.now,
                result=dict(ended.result),
                reason=plain(ended.reason) or None,
            )
        )

    def give_back(self, jobs: Iterable[int]) -> None:
        """See JobQueue."""
        given = [job for job in jobs if job in self._held]
        with self._database.writing() as connection:
            for job in given:
                requeue(connection, (JOBS.c.id == job) & (JOBS.c.claim == self._held[job].claim))
        for job in given:
            del self._held[job]

    def look(self) -> dict[int, Wish]:
        """See JobQueue."""
        with self._database.reading() as connection:
            if connection is None:
                return dict.fromkeys(self._held, Wish.LOST)
            query = select(JOBS.c.id, JOBS.c.claim, JOBS.c.wish).where(JOBS.c.owner == self._own.token)
            rows = {row.id: row for row in connection.execute(query)}
        unknown = [row for row in rows.values() if row.id not in self._held]
        if unknown:  # claimed in a transaction of whose end nothing was heard
            with self._database.writing() as connection:
                for row in unknown:
                    requeue(connection, (JOBS.c.id == row.id) & (JOBS.c.claim == row.claim))
        return {
            job: Wish(rows[job].wish) if job in rows and rows[job].claim == held.claim else Wish.LOST
            for job, held in self._held.items()
        }

    def save(self, results: Mapping[int, Mapping[str, Any]]) -> None:
        """See JobQueue."""
        self._write({job: {"result": dict(result)} for job, result in results.items()}, durable=True)

    def show(self, latest: Mapping[int, Sequence[Any]]) -> None:
        """See JobQueue."""
        self._write({job: {"latest": list(value)} for job, value in latest.items()})

    def _write(self, values: Mapping[int, dict[str, Any]], *, durable: bool = False) -> None:
        """Into jobs that this worker has still."""
        with self._database.writing(durable=durable) as connection:
            for job, columns in values.items():
                if (held := self._held.get(job)) is not None:
                    of_job = (JOBS.c.id == job) & (JOBS.c.claim == held.claim)
                    connection.execute(update(JOBS).where(of_job).values(columns))

    # ------------------------------------------------------------------ what jobs have in common

    def keep_scenario(self, content: Mapping[str, Any]) -> int:
        """See JobQueue."""
        text = json.dumps(content, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self._database.writing(durable=True) as connection:
            study = self._ensure_study(connection)
            row = {"study_id": study, "digest": digest, "content": dict(content)}
            insert_unless_there(connection, SCENARIOS, row)
            query = select(SCENARIOS.c.id).where(SCENARIOS.c.study_id == study, SCENARIOS.c.digest == digest)
            return int(connection.execute(query).scalar_one())

    def scenario(self, number: int) -> Mapping[str, Any]:
        """See JobQueue."""
        with self._database.reading() as connection:
            query = select(SCENARIOS.c.content).where(SCENARIOS.c.id == number)
            content = None if connection is None else connection.execute(query).scalar()
        if content is None:
            raise StateError(f"{self.shown} has no scenario {number} (any more)")
        return dict(content)


def _due(kinds: Sequence[JobKind], but: Collection[int]) -> ColumnElement[bool]:
    """Which jobs somebody who takes these kinds may begin."""
    of_kinds = JOBS.c.kind.in_([kind.value for kind in kinds])
    others = [JOBS.c.id.not_in(sorted(but))] if but else []
    return and_(JOBS.c.status == JobStatus.START, of_kinds, *others)
