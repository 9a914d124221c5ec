"""Searches whose runs are jobs of a queue, and the workers that take them."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bbopt.stores.sql import Database
from bbopt.stores.sql.schema import JOBS
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, processes_in, wait_for
from tests.stores.sql.databases import KINDS, database_for

Sleeping = Callable[[float], ScenarioFolder]


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, folder: ScenarioFolder) -> str:
    address = database_for(request.param, folder.path)
    with Database(address).writing():
        pass  # it is there, whoever comes first
    folder.write("scenario.txt", (folder.path / "scenario.txt").read_text() + f"study = {folder.path}\n")
    return "sqlite:///runs.db" if address.file else address.text


def worker_at(folder: ScenarioFolder, url: str, *arguments: str) -> list[str]:
    return folder.command("worker", url, "--study", str(folder.path), "--trust", *arguments)


@contextmanager
def working(folder: ScenarioFolder, url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        worker_at(folder, url, *arguments), cwd="/", env=folder.environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    ) as worker:  # fmt: skip
        try:
            yield worker
        finally:
            worker.kill()
            kill_all_in(folder.path)


def settings(folder: ScenarioFolder, place: str, *options: str) -> list[tuple[str, str, str]]:
    done = folder.bbopt("export", place, "--to", "csv", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return [(row["x"], row["colour"], row["quality"]) for row in csv.DictReader(io.StringIO(done.stdout))]


def absolute(folder: ScenarioFolder, url: str) -> str:
    """For commands that are not called in the folder."""
    return url.replace("sqlite:///", f"sqlite:///{folder.path}/")


def test_a_search_by_a_worker_makes_the_runs_of_one_without(folder: ScenarioFolder, url: str) -> None:
    """The worker is there first, and ends with the search."""
    options = ("--runcount-limit", "8", "--validation", "false")
    with working(folder, absolute(folder, url)) as worker:
        plain = folder.tune(*options, "--output-dir", "plain")
        assert plain.returncode == 0, plain.stderr
        done = folder.tune(*options, "--executor", "queue", "--storage", url)
        assert done.returncode == 0, done.stderr
        output, errors = worker.communicate(timeout=60)
    assert (worker.returncode, errors) == (0, "")
    first, last = output.splitlines()
    assert first.startswith(f"Working at study {folder.path} in ")
    assert last == "The worker ends: no search is under way and no job is left. Jobs: 8 done, 0 failed."
    expected = settings(folder, str(folder.path / "plain" / "work"))
    assert settings(folder, url, "--study", str(folder.path)) == expected
    assert len(expected) == 8


def test_a_search_that_was_killed_goes_on_with_another_worker(sleeping: Sleeping, url: str) -> None:
    folder = sleeping(0.2)
    queue = ("--executor", "queue", "--storage", url)
    options = ("--runcount-limit", "8", "--validation", "false", "--resume", "auto", *queue)
    started = folder.path / "started"
    search = folder.start(*options)
    try:
        with working(folder, absolute(folder, url)) as first:
            wait_for(lambda: started.exists() and len(started.read_text().split()) > 3, 60)
            search.kill()
            search.communicate(timeout=60)
            # Nobody asks any more: the queue is empty, and the worker has nothing to do.
            output, errors = first.communicate(timeout=60)
            assert (first.returncode, errors) == (0, "")
            assert "no search is under way" in output
        wait_for(lambda: not processes_in(folder.path))
        with Database(database_for(kind(url), folder.path)).reading() as connection:
            assert connection is not None
            mine = JOBS.c.content.contains(str(folder.path))
            assert connection.execute(JOBS.select().where(mine)).all() == []
        with working(folder, absolute(folder, url), "--cores", "2"):
            resumed = folder.tune(*options)
    finally:
        search.kill()
        search.communicate(timeout=60)
    assert resumed.returncode == 0, resumed.stderr
    assert "Restored" in resumed.stdout
    found = settings(folder, url, "--study", str(folder.path))
    assert len(found) == len(set(found)) == 8


def kind(url: str) -> str:
    return url.partition(":")[0]


@pytest.mark.slow
def test_two_searches_with_two_engines_have_one_worker(folder: ScenarioFolder, url: str) -> None:
    options = ("--runcount-limit", "6", "--validation", "false", "--executor", "queue", "--storage", url)
    with working(folder, absolute(folder, url), "--cores", "2", "--reserve-timeout", "600") as worker:
        one = folder.start(*options, "--engine", "random")
        two = folder.tune(*options, "--engine", "tpe", seed=2)
        _, errors = one.communicate(timeout=110)
        assert (one.returncode, two.returncode) == (0, 0), errors + two.stderr
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=60)
        assert worker.returncode == 128 + signal.SIGTERM
    n_done = int(output.split(" done,")[0].split()[-1])
    assert n_done == len(settings(folder, url, "--study", str(folder.path))) == 12


class TestRefusals:
    def refusal(self, folder: ScenarioFolder, *arguments: str) -> str:
        done = folder.bbopt("worker", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    def test_a_server_is_not_trusted(self, folder: ScenarioFolder) -> None:
        url = database_for("postgresql", folder.path).text
        assert "which others may write to" in self.refusal(folder, url, "--study", "s")

    def test_a_file_of_everybody_is_not_trusted(self, folder: ScenarioFolder) -> None:
        with Database(database_for("sqlite", folder.path)).writing():
            pass
        Path(folder.path, "runs.db").chmod(0o666)
        refused = self.refusal(folder, "sqlite:///runs.db", "--study", "s")
        assert "a file that everybody may write to" in refused
        assert "say --trust if you trust" in refused

    def test_there_is_no_such_database(self, folder: ScenarioFolder) -> None:
        assert "there is no such database" in self.refusal(folder, "sqlite:///nothing.db")
        assert not Path(folder.path, "nothing.db").exists()
