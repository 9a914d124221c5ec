"""Databases that fail, fill up, are locked, lost or killed under a search: nothing is lost, nothing twice."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError, LostFileError, StateError, UnavailableError
from bbopt.output_folder import OutputFolder
from bbopt.stores import ForeignRun, RunStore, results_in
from bbopt.stores.sql import Database, SqlStore, sqlite_turns
from bbopt.stores.sql.rows import RecordHead
from bbopt.tuning import keep
from tests.stores.folder.mounts import enlarge, small_disk
from tests.stores.searches import IDENTITY, SPACE, asked, run
from tests.stores.sql.databases import KINDS, database_for, searching

SCRIPT = Path(__file__).parents[3] / ".ci" / "postgresql"


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseAddress:
    return database_for(request.param, tmp_path)


def numbers(store: RunStore, seed: int = 1) -> list[int]:
    record = store.runs(seed, SPACE)
    assert record is not None
    assert [one.number for one in record.runs] == list(range(1, len(record.runs) + 1))
    return [one.request.seed for one in record.runs]


@contextmanager
def server() -> Iterator[tuple[Path, DatabaseAddress]]:
    """One that may be killed, and its folder: not one of pytest's, which only their owner can look into."""
    with tempfile.TemporaryDirectory(prefix="bbopt-postgresql-") as name:
        folder = Path(name, "server")
        Path(name).chmod(0o755)
        folder.mkdir()
        started = subprocess.run([SCRIPT, "start", folder], capture_output=True, text=True)
        if started.returncode:
            pytest.skip(started.stderr.strip())
        try:
            yield folder, DatabaseAddress.read(started.stdout.strip(), folder)
        finally:
            subprocess.run([SCRIPT, "stop", folder], check=True)


class TestKills:
    @pytest.mark.slow
    def test_two_seeds_killed_again_and_again(self, address: DatabaseAddress, tmp_path: Path) -> None:
        """In the middle of writing, too: what was said to be on record is, once, and is followed once."""
        rng, study = random.Random(3), str(tmp_path)
        store = SqlStore(address, study)
        follower = store.follow(9, IDENTITY, SPACE)
        told: dict[int, list[int]] = defaultdict(list)
        followed: dict[int, list[int]] = defaultdict(list)
        asked_for = dict.fromkeys((1, 2), 0)
        for _ in range(3):
            with searching(address, study, 1) as first, searching(address, study, 2) as second:
                children = {1: first, 2: second}
                for child in children.values():
                    assert child.do("open") == "opened"
                for _ in range(rng.randrange(20)):
                    seed = rng.choice((1, 2))
                    assert children[seed].do(f"record {asked_for[seed]}") == "recorded"
                    told[seed].append(asked_for[seed])
                    asked_for[seed] += 1
                for seed, child in children.items():  # killed while it writes, or before, or behind
                    child.tell(f"record {asked_for[seed]}")
                    asked_for[seed] += 1
                    time.sleep(rng.uniform(0, 0.01))
                    child.kill()
            for foreign in follower.poll():
                followed[foreign.seed].append(foreign.run.request.seed)
        for seed, sure in told.items():
            found = numbers(store, seed)
            assert found == followed[seed] == sorted(set(found))
            assert set(sure) <= set(found) <= set(range(asked_for[seed]))


class TestFollowers:
    def test_what_was_read_before_a_failure_is_handed_out(
        self, address: DatabaseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = SqlStore(address, str(tmp_path))
        for seed in (1, 2):
            with store.open(seed, IDENTITY, SPACE) as recorder:
                recorder.record(run(seed))
        follower = store.follow(9, IDENTITY, SPACE)
        real = follower._read_on

        def fail_at_the_second(connection: Connection, head: RecordHead) -> list[ForeignRun]:
            if head.seed == 2:
                raise UnavailableError("the connection was lost")
            return real(connection, head)

        with monkeypatch.context() as patched:
            patched.setattr(follower, "_read_on", fail_at_the_second)
            assert [one.seed for one in follower.poll()] == [1]
        assert [one.seed for one in follower.poll()] == [2]
        assert len(follower.take_news()) == 1


class TestLostAnswers:
    def test_a_run_whose_commit_was_not_heard_of_is_kept_once(
        self, address: DatabaseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = SqlStore(address, str(tmp_path))
        real = store._database.writing

        @contextmanager
        def unheard(*, durable: bool = False) -> Iterator[Connection]:
            with real(durable=durable) as connection:
                yield connection
            raise UnavailableError("the connection was lost")

        with store.open(1, IDENTITY, SPACE) as recorder:
            recorder.record(run(0))
            for runs in ([run(1)], [run(2)], [run(4), run(0), run(5)], [run(6), run(7)]):
                with monkeypatch.context() as patched:
                    patched.setattr(store._database, "writing", unheard)
                    with pytest.raises(UnavailableError):
                        recorder.record(*runs)
                if runs != [run(2)]:
                    recorder.record(*runs)
            recorder.record(run(3))  # that 2 is there was not known, nor asked again
            recorder.record(run(3))  # the same once more is another run
        assert numbers(store) == [0, 1, 2, 4, 0, 5, 6, 7, 3, 3]

    def test_a_run_that_failed_is_tried_again(
        self, address: DatabaseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = SqlStore(address, str(tmp_path))
        with store.open(1, IDENTITY, SPACE) as recorder:
            real = recorder._columns
            with monkeypatch.context() as patched:
                patched.setattr(recorder, "_columns", lambda *of: real(*of) | {"status": None})
                with pytest.raises(StateError, match="cannot write"):
                    recorder.record(run(1))
                with pytest.raises(StateError, match="cannot write"):
                    recorder.record(run(3), run(4))
            recorder.record(run(2))
            recorder.record(run(3), run(1))
        assert numbers(store) == [2, 3, 1]


class TestSqlite:
    def test_a_disk_that_fills_up_and_is_cleared(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "disk", 700) as disk:
            store = SqlStore(database_for("sqlite", disk), "study")
            number = 0
            with store.open(1, IDENTITY, SPACE) as recorder:
                with pytest.raises(StateError, match=r"disk is full|disk I/O") as caught:  # noqa: PT012
                    for number in range(10000):
                        recorder.record(run(number))
                assert not isinstance(caught.value, UnavailableError)
                assert number > 20
                assert numbers(store) == list(range(number))
                assert store.claims(1, SPACE).claim(asked(1))
                enlarge(disk, 4096)
                for later in range(number, number + 50):
                    recorder.record(run(later))
            assert numbers(SqlStore(database_for("sqlite", disk), "study")) == list(range(number + 50))

    def test_another_program_that_locks_it_is_waited_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite_turns, "BUSY_S", 0.05)
        address = database_for("sqlite", tmp_path)
        store = SqlStore(address, "study")
        with store.open(1, IDENTITY, SPACE) as recorder:
            other = sqlite3.connect(str(address.file), isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnavailableError, match="locked"):
                recorder.record(run(1))
            claims = store.claims(2, SPACE)
            assert claims.claim(asked(1))
            assert [news.text for news in claims.take_news()] != []
            assert store.runs(1, SPACE) is not None  # whoever reads does not wait
            monkeypatch.setattr(time, "sleep", lambda _: other.close())
            keep(recorder, run(2), is_hurried=lambda: False)
        assert numbers(store) == [2]

    @pytest.mark.parametrize("what", ["removed", "replaced"])
    def test_a_file_that_is_lost(self, tmp_path: Path, what: str) -> None:
        address = database_for("sqlite", tmp_path)
        assert address.file is not None
        with SqlStore(address, "study").open(1, IDENTITY, SPACE) as recorder:
            recorder.record(run(1))
            address.file.rename(tmp_path / "moved.db")
            if what == "replaced":
                address.file.write_bytes(b"")
            with pytest.raises(LostFileError, match="moved, removed or replaced"):
                recorder.record(run(2))

    @pytest.mark.parametrize("content", ["no database at all, but longer than a header\n" * 100, None])
    def test_what_is_no_database(self, tmp_path: Path, content: str | None) -> None:
        address = database_for("sqlite", tmp_path)
        assert address.file is not None
        if content is None:
            address.file.mkdir()
        else:
            address.file.write_text(content)
        store = SqlStore(address, "study")
        for use in (lambda: store.open(1, IDENTITY, SPACE), store.status):
            with pytest.raises(StateError, match=r"not a database|it is a folder"):
                use()

    def test_looking_makes_no_file(self, tmp_path: Path) -> None:
        address = database_for("sqlite", tmp_path)
        store = SqlStore(address, "study")
        assert (store.status().seeds, list(store.records()), store.is_open(1)) == ((), [], False)
        assert (store.control(1).under_way, store.set_aside(1)) == ((), None)
        assert list(tmp_path.iterdir()) == []


class TestPostgresql:
    def test_connections_that_are_cut(self, tmp_path: Path) -> None:
        address = database_for("postgresql", tmp_path)
        store, other = SqlStore(address, str(tmp_path)), SqlStore(address, str(tmp_path))
        with store.open(1, IDENTITY, SPACE) as recorder:
            for n in range(5):
                recorder.record(run(n))
                with store._database.reading() as used:
                    assert used is not None
                    pid = used.execute(text("SELECT pg_backend_pid()")).scalar_one()
                with other._database.writing() as connection:
                    cut = text("SELECT pg_terminate_backend(:pid)")
                    assert connection.execute(cut, {"pid": pid}).scalar_one()
                keep(recorder, run(10 + n), is_hurried=lambda: False)
        assert numbers(other) == [0, 10, 1, 11, 2, 12, 3, 13, 4, 14]

    def test_no_server(self, tmp_path: Path) -> None:
        database_for("postgresql", tmp_path)
        address = DatabaseAddress.read("postgresql://u:sEcret@127.0.0.1:1/db", tmp_path)
        store = SqlStore(address, "study")
        with pytest.raises(UnavailableError, match="postgresql://u@127") as caught:
            store.open(1, IDENTITY, SPACE)
        assert "sEcret" not in str(caught.value)
        follower, claims = store.follow(1, IDENTITY, SPACE), store.claims(1, SPACE)
        assert (follower.poll(), follower.poll(), claims.claim(asked(1))) == ([], [], True)
        assert (len(follower.take_news()), len(claims.take_news())) == (1, 1)

    def test_an_address_that_the_library_does_not_take(self, tmp_path: Path) -> None:
        address = DatabaseAddress.read("postgresql://u:sEcret@h:port/db", tmp_path)
        with pytest.raises(InputError, match="no address of a PostgreSQL") as caught:
            SqlStore(address, "study").status()
        assert "sEcret" not in str(caught.value)

    @pytest.mark.slow
    def test_a_server_that_is_killed_and_started_again(self, tmp_path: Path) -> None:
        database_for("postgresql", tmp_path)
        with server() as (folder, address):
            store = SqlStore(address, "study")
            follower = store.follow(2, IDENTITY, SPACE)
            with store.open(1, IDENTITY, SPACE) as recorder:
                found = []
                for n in range(30):
                    if n in {10, 20}:
                        subprocess.run([SCRIPT, "kill", folder], check=True)
                        with pytest.raises(UnavailableError):
                            recorder.record(run(n))
                        found += follower.poll()
                        subprocess.run([SCRIPT, "restart", folder], check=True)
                    keep(recorder, run(n), is_hurried=lambda: False)
                    found += follower.poll()
            assert numbers(store) == list(range(30))
            assert [one.run.request.seed for one in found] == list(range(30))


class TestRights:
    """Root, as who tests may run, has all of them."""

    def test_a_folder_that_one_may_not_look_into(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stat(path: object, **options: object) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        address = DatabaseAddress.read("sqlite:///runs.db", tmp_path)
        monkeypatch.setattr("os.stat", stat)
        with pytest.raises(StateError, match="Permission denied"):
            SqlStore(address, "study").status()
        with pytest.raises(StateError, match="Permission denied"):
            results_in(address)

    def test_an_output_folder_that_one_may_not_look_into(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address, output = DatabaseAddress.read("sqlite:///runs.db", tmp_path), tmp_path / "closed" / "out"
        with SqlStore(address, "study", OutputFolder(output)).open(1, IDENTITY, SPACE) as recorder:
            recorder.record(run(1))
        assert results_in(address).folder == output
        monkeypatch.setattr("os.access", lambda path, mode: False)
        assert not results_in(address).folder.exists()

    @pytest.mark.parametrize(
        "reason", ["attempt to write a readonly database", "unable to open database file"]
    )
    def test_a_file_that_one_may_only_read(self, tmp_path: Path, reason: str) -> None:
        database = Database(DatabaseAddress.read("sqlite:///runs.db", tmp_path))
        with pytest.raises(StateError, match=reason) as caught, database.errors("read"):
            raise sqlite3.OperationalError(reason)
        assert "right to write" in str(caught.value.remedy)
