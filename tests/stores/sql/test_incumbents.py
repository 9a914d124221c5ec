"""The incumbent of a search, on record for those who see the database alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text, update

from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session.folder_overview import folder_overview
from bbopt.session.plan import plan_session
from bbopt.session.session import Session
from bbopt.space import Configuration
from bbopt.stores import Results
from bbopt.stores.sql import Database, SqlStore, copy_database
from bbopt.stores.sql.schema import RECORDS, SCHEMA_VERSION
from tests.stores.searches import IDENTITY, SPACE, asked, run
from tests.stores.sql.databases import KINDS, as_version, database_for

SCENARIO = """algo = /bin/sh target.sh
pcs-file = params.pcs
instance-file = instances.txt
run-obj = QUALITY
deterministic = true
engine = random
rungroup = out
storage = sqlite:///runs.db
"""
TARGET = """i=${1#instance-}
echo "Result of this algorithm run: SAT, 0, 0, $(($7 * $i * 7919 % 1000)), 1"
"""


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SqlStore:
    return SqlStore(database_for(request.param, tmp_path), str(tmp_path))


def incumbent(store: SqlStore) -> tuple[Configuration, float] | None:
    (seed,) = store.status().seeds
    return seed.incumbent


def test_a_new_one_is_told_at_once_and_the_last_estimate_in_the_end(store: SqlStore) -> None:
    with store.open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1), run(2))
        assert incumbent(store) is None
        for number in (1, 2):
            recorder.stand_by(asked(number).configuration, number / 10)
            assert incumbent(store) == (asked(number).configuration, number / 10)
        recorder.stand_by(asked(2).configuration, 0.3)
        recorder.stand_by(asked(2).configuration, 0.4)
        recorder.record(run(3))
        assert incumbent(store) == (asked(2).configuration, 0.4)
        recorder.stand_by(asked(2).configuration, 0.5)
    assert incumbent(store) == (asked(2).configuration, 0.5)
    with store.open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(4))
    assert incumbent(store) == (asked(2).configuration, 0.5)
    store.set_aside(1)
    with store.open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1))
    assert incumbent(store) is None


def test_one_that_was_replaced_tells_nothing(store: SqlStore) -> None:
    with store.open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1), run(2))
        recorder.stand_by(asked(1).configuration, 0.1)
        with store._database.writing() as connection:
            connection.execute(update(RECORDS).values(holder="another"))
        recorder.stand_by(asked(2).configuration, 0.2)
    assert incumbent(store) == (asked(1).configuration, 0.1)


def test_a_copy_has_it(store: SqlStore, tmp_path: Path) -> None:
    with store.open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1), run(2))
        recorder.stand_by(asked(2).configuration, 0.2)
    copy = DatabaseAddress.read("sqlite:///copy.db", tmp_path)
    copy_database(store._database.address, copy, str(tmp_path))
    assert incumbent(SqlStore(copy, str(tmp_path))) == (asked(2).configuration, 0.2)


def test_records_of_the_second_version_get_one(tmp_path: Path) -> None:
    address = DatabaseAddress.read("sqlite:///runs.db", tmp_path)
    with SqlStore(address, "old").open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1))
    with Database(address).writing() as connection:
        as_version(connection, 2)
    store = SqlStore(address, "old")
    with store.open(1, IDENTITY, SPACE) as recorder:
        assert incumbent(store) is None
        recorder.stand_by(asked(1).configuration, 0.1)
    assert incumbent(store) == (asked(1).configuration, 0.1)
    with Database(address).reading() as connection:
        assert connection is not None
        assert connection.execute(text("SELECT version FROM bbopt_schema")).scalar_one() == SCHEMA_VERSION


def test_without_the_folder_the_best_is_the_same(tmp_path: Path) -> None:
    """The configuration with the best mean over instances, and not that with the best run."""
    (tmp_path / "params.pcs").write_text("x integer [1, 1000] [337]\n")
    (tmp_path / "instances.txt").write_text("instance-1\ninstance-2\ninstance-3\n")
    (tmp_path / "scenario.txt").write_text(SCENARIO)
    (tmp_path / "target.sh").write_text(TARGET)
    words = ["--scenario", "scenario.txt", "--seed", "1", "--runcount-limit", "20"]
    given = load_scenario(read_command_line(words), cwd=tmp_path, home=tmp_path, search_path="")
    with Session(plan_session(given)) as session:
        outcome = session.run()
    found = outcome.progress.incumbent
    assert found is not None
    study = StudyAddress(DatabaseAddress.read("sqlite:///runs.db", tmp_path), "out")
    results = Results(given.output.path, study)
    best = folder_overview(results).best
    assert best is not None
    assert (best.best_configuration, best.best_cost) == (found.configuration, found.cost)
    (seed,) = results.store().status().seeds
    assert seed.best_configuration != found.configuration
    shutil.rmtree(given.output.path)
    without = folder_overview(results).best
    assert without is not None
    assert (without.best_configuration, without.best_cost) == (found.configuration, found.cost)
    assert without.best_call == best.best_call
