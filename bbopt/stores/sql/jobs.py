"""The queue of jobs in a database."""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from bbopt.database_address import DatabaseAddress
from bbopt.errors import StateError
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import ClaimedJob, EndedJob, JobKind, JobResult, NewJob, QueueState, Wish
from bbopt.stores.sql.database import Database, batches, insert_unless_there
from bbopt.stores.sql.job_groups import add_groups, follow_statuses
from bbopt.stores.sql.job_numbers import count_on, take_numbers
from bbopt.stores.sql.job_statements import JobStatements, asked_values, due_values
from bbopt.stores.sql.processes import OwnProcess, holders, leave_jobs, requeue, retire_the_dead
from bbopt.stores.sql.schema import JOBS, MEMBERS, SCENARIOS, plain
from bbopt.stores.sql.studies import Study

__all__ = ["SqlJobQueue"]

_LOG = logging.getLogger(__name__)
_MANY = 100
"""From so many jobs on their numbers are taken before."""


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
        self._statements = JobStatements.of(self._database)
        self._held: dict[int, _Held] = {}
        self._taken: set[int] = set()
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

    def _find_study(self, connection: Connection) -> int | None:
        if self._study_id is None:
            self._study_id = self._study.find(connection)
        return self._study_id

    def _ensure_study(self, connection: Connection) -> int:
        if self._study_id is None:
            self._study_id = self._study.ensure(connection)
        return self._study_id

    def state(
        self, kinds: Sequence[JobKind] = tuple(JobKind), but: Collection[int] = frozenset()
    ) -> QueueState:
        """See JobQueue."""
        with self._database.reading() as connection:
            study = None if connection is None else self._find_study(connection)
            if connection is None or study is None:
                return QueueState(0, 0, 0, 0)
            living = {
                token for token, holder in holders(connection, self._database).items() if holder.is_alive
            }
            rows = connection.execute(select(MEMBERS).where(MEMBERS.c.study_id == study)).all()
            members = [row for row in rows if row.token in living]
            waiting = {"study": study, **due_values(kinds, but)}
            n_queued = connection.execute(self._statements.count_due, waiting).scalar_one()
            is_left = JOBS.c.kind.in_([kind.value for kind in kinds]) & JOBS.c.owner.not_in(living)
            left = (JOBS.c.study_id == study) & (JOBS.c.status == JobStatus.RUNNING) & is_left
            n_queued += connection.execute(select(func.count()).where(left)).scalar_one()
            under_way = (JOBS.c.study_id == study) & JOBS.c.owner.in_(living)
            n_running = connection.execute(select(func.count()).where(under_way)).scalar_one()
            has_later = connection.execute(self._statements.first_later, {"study": study}).first() is not None
        n_askers = sum(row.n_slots == 0 for row in members)
        return QueueState(sum(row.n_slots for row in members), n_askers, n_queued, n_running, has_later)

    # ------------------------------------------------------------------ who asks

    def add(self, jobs: Sequence[NewJob], *, are_own: bool = False) -> list[int]:
        """See JobQueue."""
        if not are_own:
            with self._database.writing(durable=True) as connection:
                return self._insert(connection, self._ensure_study(connection), jobs)
        with self._database.writing(one_by_one=True) as connection:
            study = self._ensure_study(connection)
            numbers = [self._ask(connection, self._row(job, study, are_own=True)) for job in jobs]
            if self._taken:  # while workers are at the jobs that were added, and not before
                self._forget(connection, self._taken)
        self._taken.clear()
        return numbers

    def _ask(self, connection: Connection, row: dict[str, Any]) -> int:
        number = connection.execute(self._statements.ask, asked_values(row)).scalar()
        if number is None:  # others have thought this member dead
            self._own.be_there(connection)
            return self._ask(connection, row)
        return int(number)

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
        for some in batches(digests):
            query = select(JOBS.c.digest).where(JOBS.c.study_id == study, JOBS.c.digest.in_(some))
            known.update(connection.execute(query).scalars())
        return known

    def _insert(self, connection: Connection, study: int, jobs: Sequence[NewJob]) -> list[int]:
        groups = add_groups(connection, study, jobs, self._database.now)
        rows = [self._row(job, study) | groups.get(job.after, {}) for job in jobs]
        if len(rows) < _MANY:
            return list(connection.execute(self._statements.add, rows).scalars()) if rows else []
        numbers = take_numbers(connection, len(rows))
        numbered = [row | {"id": number} for row, number in zip(rows, numbers, strict=True)]
        for some in batches(numbered):
            connection.execute(self._statements.add_numbered, some)
        return list(numbers)

    def put_back(self, jobs: Mapping[int, tuple[NewJob, EndedJob]]) -> list[int]:
        """See JobQueue."""
        with self._database.writing(durable=True) as connection:
            study = self._study.lock(connection)
            put = []
            for number, (job, ended) in jobs.items():
                row = self._row(job, study) | {"id": number, "status": ended.status.value}
                row |= {"added_at": self._database.now}
                row |= {"result": dict(ended.result), "reason": plain(ended.reason) or None}
                if insert_unless_there(connection, JOBS, row):
                    put.append(number)
            follow_statuses(connection, put, self._database.now)
            count_on(connection)
        return put

    def equal_jobs(self, digests: Sequence[str]) -> set[str]:
        """See JobQueue."""
        with self._database.reading() as connection:
            study = None if connection is None else self._study.find(connection)
            return set() if connection is None or study is None else self._known(connection, study, digests)

    def _row(self, job: NewJob, study: int, *, are_own: bool = False) -> dict[str, Any]:
        return {
            "study_id": study,
            "status": JobStatus.START.value,
            "priority": job.priority,
            "kind": job.kind.value,
            "scenario_id": job.scenario,
            "digest": job.digest,
            "asker": self._own.token if are_own else None,
            "wish": Wish.NOTHING.value,
            "n_killed": 0,
            "after_group": None,
            "waits": 0,
            "settings": dict(job.settings),
            "content": dict(job.content),
        }

    def take_results(self) -> list[JobResult]:
        """See JobQueue."""
        own = {"own_token": self._own.token}
        with self._database.reading(is_single=True) as connection:
            rows = () if connection is None else connection.execute(self._statements.ended, own).all()
        news = sorted((row for row in rows if row.id not in self._taken), key=lambda row: row.id)
        # Deleted when they have arrived: the answer to a deletion may be lost, and the results with it.
        self._taken.update(row.id for row in news)
        return [
            JobResult(row.id, row.result if row.status == JobStatus.DONE else None, row.reason or "")
            for row in news
        ]

    def own_jobs(self) -> dict[int, str | None]:
        """See JobQueue."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            query = select(JOBS.c.id, JOBS.c.digest).where(JOBS.c.asker == self._own.token)
            rows = connection.execute(query).all()
        return {row.id: row.digest for row in rows if row.id not in self._taken}

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
        with self._database.writing(one_by_one=True) as connection:
            self._forget(connection, jobs)

    def _forget(self, connection: Connection, jobs: Iterable[int]) -> None:
        given = {"own_token": self._own.token, "jobs": list(jobs)}
        connection.execute(self._statements.forget, given)

    # ------------------------------------------------------------------ who works

    def exchange(
        self,
        ended: Sequence[EndedJob],
        n: int,
        kinds: Sequence[JobKind],
        but: Collection[int] = frozenset(),
    ) -> list[ClaimedJob]:
        """See JobQueue."""
        if not ended and not self._is_there_one(due_values(kinds, but)):
            return []
        held = {job.id: self._held[job.id] for job in ended if job.id in self._held}
        in_order = sorted(ended, key=lambda job: job.id)  # as all lock jobs, or some would wait in a circle
        results = [self._row_of(job, held[job.id]) for job in in_order if job.id in held]
        are_peoples = any(one.kind is not JobKind.SEARCH_RUN for one in held.values())
        if n > 0 and self._own.lease_s <= 0:
            self._own.beat()  # or nothing that is claimed could be begun
        claim = uuid.uuid4().hex
        statements = self._statements
        put_down = statements.put_down if are_peoples else statements.put_down_unhurried
        with self._database.writing(durable=are_peoples, one_by_one=not are_peoples) as connection:
            if results:
                connection.execute(put_down, results)
            if are_peoples:
                done = [job.id for job in ended if job.status is JobStatus.DONE]
                follow_statuses(connection, done, self._database.now)
            # Not unhurried: a server that is killed would forget it, and another worker claim the same.
            rows = self._claim(connection, due_values(kinds, but), claim, n) if n > 0 else []
        for job in held:
            del self._held[job]
        claimed = [_claimed(row) for row in sorted(rows, key=lambda row: (-row.priority, row.id))]
        self._held.update((job.id, _Held(claim, job.kind)) for job in claimed)
        return claimed

    def _row_of(self, ended: EndedJob, held: _Held) -> dict[str, Any]:
        return {
            "job": ended.id,
            "its_claim": held.claim,
            "its_status": ended.status.value,
            "is_failure": ended.status.is_failure,
            "its_result": dict(ended.result),
            "its_reason": plain(ended.reason) or None,
            "its_priority": ended.priority,
        }

    def _is_there_one(self, due: dict[str, Any]) -> bool:
        """Looked up without the lock for writing, of which SQLite has only one."""
        if self._study_id is None:
            with self._database.reading() as connection:
                if connection is None or self._find_study(connection) is None:
                    return False
        waiting = {"study": self._study_id, **due}
        with self._database.reading(is_single=True) as connection:
            if connection is None:
                return False
            return connection.execute(self._statements.first_due, waiting).first() is not None

    def _claim(self, connection: Connection, due: dict[str, Any], claim: str, n: int) -> Sequence[Any]:
        study = self._ensure_study(connection)
        given = {
            "study": study,
            **due,
            "n": n,
            "own_token": self._own.token,
            "own_claim": claim,
            "own_name": str(self._own.identity),
        }
        return connection.execute(self._statements.claim, given).all()

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


def _claimed(row: Any) -> ClaimedJob:
    kind = JobKind(row.kind)
    told = (row.content, row.settings, row.n_killed, row.result)
    return ClaimedJob(row.id, kind, *told, row.scenario_id, row.after_group)
