"""Who lives, by heartbeats: also where the clocks of hosts differ, and where the dead come back."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from bbopt.errors import LostFileError, StateError
from bbopt.process_identity import ProcessIdentity
from bbopt.stores import Recorder
from bbopt.stores.sql import SqlStore
from bbopt.stores.sql.database import Database
from bbopt.stores.sql.processes import HEARTBEAT_S, OwnProcess, holders
from bbopt.stores.sql.schema import PROCESSES
from tests.stores.searches import IDENTITY, SPACE, asked, run
from tests.stores.sql.databases import KINDS, database_for, searching

HERE = ProcessIdentity.current()
ELSEWHERE = replace(HERE, host="another-host")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SqlStore:
    return SqlStore(database_for(request.param, tmp_path), str(tmp_path))


def on_another_host(store: SqlStore) -> SqlStore:
    """The same study as a process elsewhere sees it."""
    other = SqlStore(store._database.address, store._study.name)
    other._own = OwnProcess(other._database, identity=ELSEWHERE, heartbeat_s=3600)
    return other


def let_time_pass(database: Database, seconds: float, token: str) -> None:
    with database.writing() as connection:
        row = update(PROCESSES).where(PROCESSES.c.token == token)
        connection.execute(row.values(heartbeat_at=PROCESSES.c.heartbeat_at - seconds))


def opened(store: SqlStore) -> Recorder:
    return store.open(1, IDENTITY, SPACE)


def test_a_silent_process_of_another_host_is_dead_after_two_intervals(store: SqlStore) -> None:
    other = on_another_host(store)
    recorder = opened(other)
    recorder.record(run(1))
    assert other.claims(1, SPACE).claim(asked(5))
    own = store.claims(2, SPACE)
    with pytest.raises(StateError, match=rf"in use by process {HERE.pid} on host another-host"):
        opened(store)
    let_time_pass(store._database, 1.5 * HEARTBEAT_S, other._own.token)
    assert (store.is_open(1), own.claim(asked(5))) == (True, False)
    let_time_pass(store._database, HEARTBEAT_S, other._own.token)
    assert (store.is_open(1), own.claim(asked(5))) == (False, True)
    with opened(store) as later:
        later.record(run(2))
        with pytest.raises(
            LostFileError, match=rf"taken over by process {HERE.pid} on host {HERE.host_name}"
        ):
            recorder.record(run(3))
    with pytest.raises(LostFileError):
        recorder.record(run(3))
    recorder.__exit__(None, None, None)
    record = store.runs(1, SPACE)
    assert record is not None
    assert [one.request.seed for one in record.runs] == [1, 2]


def test_who_leaves_does_not_free_what_another_one_holds(store: SqlStore) -> None:
    other = on_another_host(store)
    recorder = opened(other)
    let_time_pass(store._database, 3 * HEARTBEAT_S, other._own.token)
    with opened(store):
        recorder.__exit__(None, None, None)
        assert store.is_open(1)


def test_who_was_thought_dead_and_comes_back_goes_on_where_nobody_has_taken_over(store: SqlStore) -> None:
    other = on_another_host(store)
    with opened(other) as recorder:
        let_time_pass(store._database, 3 * HEARTBEAT_S, other._own.token)
        assert not store.is_open(1)
        with store.open(2, IDENTITY, SPACE):  # it retires the dead
            pass
        other._own.beat()
        assert store.is_open(1)
        recorder.record(run(1))


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clocks_of_hosts_do_not_matter(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    real = time.time
    other = on_another_host(store)
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: real() + hours * 3600)
        with opened(other) as recorder:
            recorder.record(run(1))
            other._own.beat()
    with opened(other):
        assert store.is_open(1)
        (seed,) = store.status().seeds
        assert seed.is_alive
        assert seed.last_activity is not None
        assert abs(seed.last_activity - real()) < 600


def test_another_host_by_the_same_name_is_judged_by_its_heartbeats(store: SqlStore) -> None:
    other_boot = (((HERE.start or 0) >> 64) + 1) << 64 | 7
    other = on_another_host(store)
    other._own.identity = replace(HERE, pid=2**22 + 1, start=other_boot)
    with opened(other):
        assert store.is_open(1)
        let_time_pass(store._database, 3 * HEARTBEAT_S, other._own.token)
        assert not store.is_open(1)


def test_claims_of_a_process_that_was_stopped_are_free(store: SqlStore) -> None:
    own = store.claims(1, SPACE)
    with searching(store._database.address, store._study.name, 2) as other:
        assert other.do("claim 1") == "True"
        assert not own.claim(asked(1))
        other.stop()
        own.refresh()
        assert not own.others
        assert own.claim(asked(1))


def test_the_heart_beats_while_something_is_held(store: SqlStore) -> None:
    database = store._database
    own = OwnProcess(database, heartbeat_s=0.02)
    own.hold()
    own.hold()
    let_time_pass(database, 1000, own.token)
    end = time.monotonic() + 60
    while age(database, own.token) > 500:
        assert time.monotonic() < end
        time.sleep(0.02)
    own.let_go()
    assert age(database, own.token) < 500
    own.let_go()
    own.beat()
    with database.reading() as connection:
        assert connection is not None
        assert own.token not in holders(connection, database)


def age(database: Database, token: str) -> float:
    with database.reading() as connection:
        assert connection is not None
        return holders(connection, database)[token].age_s
