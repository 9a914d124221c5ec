"""Databases copied into others: all that stands there, of one moment, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError, StateError
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import JobKind, NewGroup, NewJob
from bbopt.stores.sql import Database, Kind, SqlJobQueue, SqlStore, copy_database, studies_in
from bbopt.stores.sql.schema import GROUPED_JOBS, GROUPS, JOBS, PROCESSES, RECORDS, SCENARIOS, STUDIES
from tests.children import run_child
from tests.contracts.store_contract import odd_runs
from tests.stores.searches import IDENTITY, SPACE, run
from tests.stores.sql.databases import database_for, searching

WAYS = [
    ("sqlite", "sqlite"),
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
    ("postgresql", "postgresql"),
]


@pytest.fixture(params=WAYS, ids="-".join)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[DatabaseAddress, DatabaseAddress]:
    """A source, and a target; both may have the studies of other tests, and be one."""
    folders = [tmp_path / "source", tmp_path / "target"]
    for folder in folders:
        folder.mkdir()
    source, target = (database_for(kind, folder) for kind, folder in zip(request.param, folders, strict=True))
    return source, target


def named(address: DatabaseAddress, study: str) -> DatabaseAddress:
    return DatabaseAddress.read(
        DatabaseAddress(address.text, address.file, study).text_with_study, Path.cwd()
    )


def fill(address: DatabaseAddress, study: str) -> None:
    """All that a study may have."""
    store = SqlStore(address, study)
    for seed in (1, 7):
        with store.open(seed, IDENTITY, SPACE) as recorder:
            for one in odd_runs() if seed == 1 else [run(1), run(2)]:
                recorder.record(one)
    store.set_aside(7)
    with store.open(7, IDENTITY, SPACE) as recorder:
        recorder.record(run(3))
    store.forget(1, ["1-3", "1-5"], "somebody \ud800")
    with SqlStore(address, study, kind=Kind.VALIDATION).open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(4))
    queue = SqlJobQueue(address, study)
    number = queue.keep_scenario({"text": "a = b\0"})
    first, *_ = queue.add([NewJob(JobKind.SETTINGS, {}, {"x": "1"}, 2.5, scenario=number) for _ in range(3)])
    later = NewGroup("first", (first,))
    queue.add([NewJob(JobKind.SETTINGS, {}, {"x": "2"}, scenario=number, after=later)])
    worker = SqlJobQueue(address, study)
    worker._own.hold()  # it leaves without having given its job back
    assert len(worker.exchange([], 1, [JobKind.SETTINGS])) == 1
    queue._own.hold()
    queue.add([NewJob(JobKind.SEARCH_RUN, {}, {})], are_own=True)


def contents(address: DatabaseAddress, study: str) -> list[Any]:
    """What stands there, without the numbers that differ."""
    store, validations = SqlStore(address, study), SqlStore(address, study, kind=Kind.VALIDATION)
    records = [*store.records(), *validations.records()]
    found: list[Any] = [(seed, record.runs, record.identity, record.n_forgotten) for seed, record in records]
    with Database(address).reading() as connection:
        assert connection is not None
        number = select(STUDIES.c.id).where(STUDIES.c.name == study).scalar_subquery()
        of_study = RECORDS.c.study_id == number
        columns = [one for one in RECORDS.c if one.name not in {"id", "study_id"}]
        order = (RECORDS.c.kind, RECORDS.c.seed, RECORDS.c.set_aside)
        found += connection.execute(select(*columns).where(of_study).order_by(*order)).all()
        of_jobs = (JOBS.c.study_id == number) & JOBS.c.asker.is_(None)
        columns = [JOBS.c.settings, JOBS.c.priority, JOBS.c.worker, JOBS.c.added_at, JOBS.c.kind]
        found += connection.execute(select(*columns).where(of_jobs).order_by(JOBS.c.id)).all()
        found += connection.execute(select(SCENARIOS.c.content).where(SCENARIOS.c.study_id == number)).all()
        grouped = select(JOBS.c.settings, GROUPS.c.name).join(GROUPED_JOBS, GROUPED_JOBS.c.job == JOBS.c.id)
        grouped = grouped.join(GROUPS, GROUPS.c.id == GROUPED_JOBS.c.group_id)
        found += connection.execute(grouped.where(of_jobs)).all()
        theirs = select(SCENARIOS.c.content).join(JOBS, JOBS.c.scenario_id == SCENARIOS.c.id).where(of_jobs)
        found += connection.execute(theirs.where(SCENARIOS.c.study_id == number)).all()
    return found


def names(address: DatabaseAddress) -> set[str]:
    return {one.name for one in studies_in(Database(address))}


def test_all_of_a_study_comes_along(way: tuple[DatabaseAddress, DatabaseAddress], tmp_path: Path) -> None:
    source, target = way
    study, new = str(tmp_path), f"{tmp_path} copied"
    fill(source, study)
    fill(source, f"{study} not")
    fill(target, f"{study} there")
    heard: list[tuple[int, int]] = []
    copied = copy_database(
        named(source, study), named(target, new), on_rows=lambda n, of: heard.append((n, of))
    )
    assert copied.studies == (new,)
    assert heard[-1] == (copied.n_rows, copied.n_rows)
    assert copied.n_runs == len(odd_runs()) + 4
    assert contents(target, new) == contents(source, study)
    assert f"{study} not" not in names(target) or source == target
    with Database(target).reading() as connection:
        assert connection is not None
        number = select(STUDIES.c.id).where(STUDIES.c.name == new).scalar_subquery()
        jobs = connection.execute(select(JOBS).where(JOBS.c.study_id == number).order_by(JOBS.c.id)).all()
        assert [job.status for job in jobs] == [JobStatus.START] * 4  # without that of a search
        assert {(job.owner, job.claim) for job in jobs} == {(None, None)}
    # What is added afterwards gets numbers of its own.
    with SqlStore(target, f"{study} later").open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(5))
    (later,) = SqlJobQueue(target, new).add([NewJob(JobKind.SETTINGS, {})])
    assert later > jobs[-1].id
    with SqlStore(target, new).open(1, IDENTITY, SPACE) as recorder:
        assert len(recorder.take_recovered()) == len(odd_runs()) - 2
    assert contents(target, f"{study} there")[:2] == contents(source, study)[:2]


def test_a_whole_database_keeps_its_numbers_in_an_empty_one(tmp_path: Path) -> None:
    source, target = (DatabaseAddress.read(f"sqlite:///{name}.db", tmp_path) for name in ("from", "to"))
    fill(source, "first")
    fill(source, "second")
    copied = copy_database(source, target)
    assert copied.studies == ("first", "second")
    for study in copied.studies:
        assert contents(target, study) == contents(source, study)
    assert not list(tmp_path.glob("to.db-*"))  # all is in the one file
    numbers = []
    for address in (source, target):
        with Database(address).reading() as connection:
            assert connection is not None
            of_people = JOBS.c.asker.is_(None)
            numbers.append(connection.execute(select(JOBS.c.id).where(of_people).order_by(JOBS.c.id)).all())
    assert numbers[0] == numbers[1]
    with Database(target).reading() as connection:
        assert connection is not None
        assert connection.execute(select(func.count()).select_from(PROCESSES)).scalar() == 0


def test_what_is_there_already_is_refused(
    way: tuple[DatabaseAddress, DatabaseAddress], tmp_path: Path
) -> None:
    source, target = way
    study = str(tmp_path)
    with SqlStore(source, study).open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1))
    if source != target:
        copy_database(source, target, study)
    before = contents(target, study)
    with pytest.raises(StateError, match=f"has something of the study {study} already"):
        copy_database(source, target, study)
    assert contents(target, study) == before
    if source.file is not None:
        with pytest.raises(StateError, match="already"):
            copy_database(source, source)


def test_what_can_not_be_copied(tmp_path: Path) -> None:
    source, target = (DatabaseAddress.read(f"sqlite:///{name}.db", tmp_path) for name in ("from", "to"))
    with pytest.raises(InputError, match="there is no database of bbopt's here"):
        copy_database(source, target)
    for study in ("first", "second"):
        with SqlStore(source, study).open(1, IDENTITY, SPACE):
            pass
    with pytest.raises(InputError, match="there is no such study") as caught:
        copy_database(source, target, "secund")
    assert "did you mean second?" in str(caught.value)
    with pytest.raises(InputError, match="several studies can't have one name"):
        copy_database(source, named(target, "one"))
    assert not target.file or not target.file.exists()


def test_a_copy_is_of_one_moment(way: tuple[DatabaseAddress, DatabaseAddress], tmp_path: Path) -> None:
    """While a search goes on, and another one begins."""
    source, target = way
    study, new = str(tmp_path), f"{tmp_path} copied"
    with SqlStore(source, study).open(1, IDENTITY, SPACE) as recorder:
        for number in range(1200):
            recorder.record(run(number))
        before = contents(source, study)

        def go_on(n_copied: int, _: int) -> None:
            recorder.record(run(2000 + n_copied))
            SqlStore(source, study).open(9 + n_copied, IDENTITY, SPACE).__exit__(None, None, None)

        if source.file is not None and source.file == target.file:
            pytest.skip("SQLite has one who writes at a time")
        copied = copy_database(named(source, study), named(target, new), on_rows=go_on)
    assert copied.n_runs == 1200
    (first, *_), (expected, *_) = contents(target, new), before
    assert first == expected
    assert len(SqlStore(target, new).seeds()) == 1
    assert len(SqlStore(source, study).seeds()) > 3


KILLED = """
import os, signal, sys
from pathlib import Path
from bbopt.database_address import DatabaseAddress
from bbopt.stores.sql import copy_database
source, target = (DatabaseAddress.read(text, Path.cwd()) for text in sys.argv[1:3])
copy_database(source, target, on_rows=lambda n, of: n > of / 2 and os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_copy_that_dies_leaves_nothing(
    way: tuple[DatabaseAddress, DatabaseAddress], tmp_path: Path
) -> None:
    source, target = way
    study, new = str(tmp_path), f"{tmp_path} copied"
    with SqlStore(source, study).open(1, IDENTITY, SPACE) as recorder:
        for number in range(1200):
            recorder.record(run(number))
    ways = [named(source, study), named(target, new)]
    child = run_child(KILLED, *(address.text_with_study for address in ways))
    _, errors = child.communicate(timeout=60)
    assert child.returncode == -9, errors
    assert new not in names(target)
    assert copy_database(*ways).n_runs == 1200
    assert contents(target, new)[0] == contents(source, study)[0]


def test_who_writes_into_the_target_meanwhile(tmp_path: Path) -> None:
    """Searches in a PostgreSQL go on while something is copied into it."""
    source, target = database_for("sqlite", tmp_path), database_for("postgresql", tmp_path)
    study = str(tmp_path)
    with SqlStore(source, study).open(1, IDENTITY, SPACE) as recorder:
        for number in range(600):
            recorder.record(run(number))
    with searching(target, f"{study} other", 1) as other:
        other.do("open")

        def go_on(n_copied: int, _: int) -> None:
            assert other.do(f"record {n_copied}") == "recorded"

        copy_database(source, target, on_rows=go_on)
        other.do("leave")
    assert contents(target, study)[0] == contents(source, study)[0]
    assert len(contents(target, f"{study} other")[0][1]) > 2
