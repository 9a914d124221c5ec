"""Searches that keep their runs in a database: SQLite, and a real PostgreSQL where there is one."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from bbopt.stores.sql import Database, SqlStore
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, wait_for
from tests.end_to_end.test_sharing_over_instances import over_instances, start
from tests.stores.searches import IDENTITY, SPACE, run
from tests.stores.sql.databases import KINDS, database_for

__all__ = ["over_instances"]

Sleeping = Callable[[float], ScenarioFolder]
SECRET = "sEcret-5150"


def with_password(url: str) -> str:
    """A server that trusts everybody does not mind it."""
    return url.replace("bbopt@", f"bbopt:{SECRET}@") if "bbopt@" in url else url


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, folder: ScenarioFolder) -> str:
    address = database_for(request.param, folder.path)
    folder.write("scenario.txt", (folder.path / "scenario.txt").read_text() + f"study = {folder.path}\n")
    return "sqlite:///runs.db" if address.file else with_password(address.text)


def rows(folder: ScenarioFolder, url: str, *options: str) -> list[dict[str, str]]:
    done = folder.bbopt("export", url, "--to", "csv", "--study", str(folder.path), *options)
    assert (done.returncode, done.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def settings(found: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(row["x"], row["colour"], row["quality"]) for row in found]


def contents(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(path.read_text(errors="replace") for path in files)


def dump(folder: ScenarioFolder, url: str) -> str:
    """All that is in the tables."""
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    with Database(database_for(kind, folder.path)).reading() as connection:
        assert connection is not None
        tables = ("studies", "processes", "records", "configurations", "runs", "claims", "requests")
        found = (connection.execute(text(f"SELECT * FROM bbopt_{name}")).all() for name in tables)
        return "\n".join(map(str, found))


def test_a_search_is_killed_and_resumed_and_looked_at(sleeping: Sleeping, url: str) -> None:
    folder = sleeping(0.05)
    plain = folder.tune("--runcount-limit", "14", "--output-dir", "plain", "--validation", "false")
    assert plain.returncode == 0, plain.stderr
    exported = folder.bbopt("export", str(folder.path / "plain" / "work"), "--to", "csv").stdout
    expected = settings(list(csv.DictReader(io.StringIO(exported))))
    options = ("--storage", url, "--runcount-limit", "14", "--validation", "false", "--resume", "auto")
    process = folder.start(*options)
    try:
        wait_for(lambda: process.poll() is not None or n_runs(folder, url) >= 6, 60)
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate(timeout=60)
    n_before = n_runs(folder, url)
    assert 6 <= n_before < 14
    resumed = folder.tune(*options)
    assert resumed.returncode == 0, resumed.stderr
    assert f"Restored {n_before} runs from seed 1 of study {folder.path} in " in resumed.stdout
    found = rows(folder, url)
    assert settings(found) == expected
    assert [row["run_id"] for row in found] == sorted(
        {row["run_id"] for row in found}, key=lambda name: int(name[2:])
    )
    assert not list(folder.output.glob("live-rundata*"))
    assert (folder.output / "traj-run-1.txt").read_text().count("\n") > 2

    best = json.loads(folder.bbopt("best", url, "--json", "--study", str(folder.path)).stdout)
    assert best["cost"] == min(float(row["quality"]) for row in found)
    status = folder.bbopt("status", url, "--study", str(folder.path))
    assert "ended" in status.stdout
    forgotten = folder.bbopt("forget", url, found[0]["run_id"], "--study", str(folder.path))
    assert forgotten.stdout == f"forgotten: {found[0]['run_id']}\n"
    assert settings(rows(folder, url)) == expected[1:]
    table = folder.bbopt("table", url, "--study", str(folder.path), "--where", f"x = {found[3]['x']}")
    assert found[3]["run_id"] in table.stdout
    assert SECRET not in contents(folder.path) + dump(folder, url) + resumed.stdout + status.stdout


def test_a_database_is_copied(folder: ScenarioFolder, url: str) -> None:
    kind, study = "sqlite" if url.startswith("sqlite") else "postgresql", str(folder.path)
    with SqlStore(database_for(kind, folder.path), study).open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1), run(2))
    copied = folder.bbopt("copy-database", url, "sqlite:///copy.db", "--study", study)
    assert copied.returncode == 0, copied.stderr
    assert copied.stdout.startswith(f"copied study {study} with 2 runs to sqlite:///")
    back = folder.bbopt("copy-database", "sqlite:///copy.db", url)
    assert back.returncode == 3
    assert f"has something of the study {study} already" in back.stderr
    assert [row["seed"] for row in rows(folder, "sqlite:///copy.db")] == ["1", "2"]
    assert SECRET not in copied.stdout + copied.stderr + back.stdout + back.stderr


def n_runs(folder: ScenarioFolder, url: str) -> int:
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    query = "SELECT n_runs FROM bbopt_records r JOIN bbopt_studies s ON s.id = study_id WHERE name = :name"
    with Database(database_for(kind, folder.path)).reading() as connection:
        if connection is None:
            return 0
        return connection.execute(text(query), {"name": str(folder.path)}).scalar() or 0


def test_searches_are_steered_from_elsewhere(sleeping: Sleeping, url: str) -> None:
    folder = sleeping(30)
    study = ("--study", str(folder.path))
    process = folder.start("--storage", url)
    try:
        started = folder.path / "started"
        wait_for(started.exists, 60)
        wait_for(lambda: "under way" in folder.bbopt("status", url, *study).stdout, 60)
        stopped = folder.bbopt("stop", url, "1-1", *study)
        assert (stopped.stdout, stopped.returncode) == ("run 1-1 is ended\n", 0)
        wait_for(lambda: len(started.read_text().splitlines()) == 2, 60)
        again = folder.tune("--storage", url)
        assert again.returncode == 3
        assert f"is in use by process {process.pid} on host" in again.stderr
        in_the_folder = folder.tune()  # the same seed's files
        assert in_the_folder.returncode == 3
        stopped = folder.bbopt("stop", url, *study)
        assert (stopped.stdout, stopped.returncode) == ("the search with seed 1 is over\n", 0)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.communicate(timeout=60)
        kill_all_in(folder.path)
    (row, *_) = rows(folder, url)
    assert (row["run_id"], row["status"]) == ("1-1", "KILLED") or row["status"] == "CRASHED"


@pytest.mark.slow
def test_searches_share_a_database(folder: ScenarioFolder, url: str) -> None:
    done = folder.bbopt(
        "--scenario", "scenario.txt", "--storage", url, "--seeds", "1-2", "--runcount-limit", "12"
    )
    assert done.returncode == 0, done.stderr
    assert "2 searches of ./target.sh share study" in done.stdout
    found = rows(folder, url)
    executed = [row for row in found if not row["reused_from"]]
    assert {row["search_seed"] for row in found} == {"1", "2"}
    assert len({(row["x"], row["colour"]) for row in executed}) == len(executed)  # no run is made twice
    log = (folder.output / "log-run2.txt").read_text()
    assert "Detected new source(s) of run data" in log
    assert "now has" in log
    again = folder.tune("--storage", url, "--runcount-limit", "3")
    assert f"seed 1 of study {folder.path} in " in again.stdout
    assert "set aside as its number 1" in again.stdout
    assert (folder.output / "previous" / "run-1-1" / "traj-run-1.txt").is_file()
    assert len([row for row in rows(folder, url) if row["search_seed"] == "1"]) == 3
    assert SECRET not in contents(folder.path) + dump(folder, url) + done.stdout


@pytest.mark.slow
def test_searches_over_instances_do_not_wait_for_each_other(over_instances: ScenarioFolder, url: str) -> None:
    folder = over_instances
    folder.write("scenario.txt", (folder.path / "scenario.txt").read_text() + f"study = {folder.path}\n")
    searches = [start(folder, seed, "--storage", url) for seed in (1, 2, 3)]
    for search in searches:
        output, _ = search.communicate(timeout=110)
        assert search.returncode == 0, output
    found = [row for row in rows(folder, url) if not row["reused_from"]]
    counts = Counter(row["search_seed"] for row in found)
    assert counts == {"1": 12, "2": 12, "3": 12}
    made = {(row["x"], row["instance"], row["cutoff_s"]) for row in found}
    assert len(found) - len(made) <= 1, "work was done twice"


def test_earlier_runs_are_in_a_database(folder: ScenarioFolder, url: str) -> None:
    common = ("--runcount-limit", "3", "--validation", "false")
    for seed in (1, 2):
        done = folder.tune("--storage", url, *common, seed=seed)
        assert done.returncode == 0, done.stderr
    kept = rows(folder, url)
    assert len(kept) == 6
    study = f"{url}?study={folder.path}"
    warm = folder.tune("--warmstart", study, "--rungroup", "warm", *common, seed=9)
    assert warm.returncode == 0, warm.stderr
    n_different = len({(row["x"], row["colour"]) for row in kept})
    assert f"The model knows {n_different} earlier runs (warm start)." in warm.stdout
    merged = folder.bbopt("merge", "--scenario", "scenario.txt", "--directories", study, "--output", "both")
    assert merged.returncode == 0, merged.stderr
    assert f"3 runs from seed 2 of study {folder.path} in " in merged.stdout
    assert f"{n_different:>8} runs in {folder.path / 'both/state-run1'}" in merged.stdout
    on = ("--restore-state-from", study, "--rungroup", "on", "--runcount-limit", "5", "--validation", "false")
    again = folder.tune(*on, seed=2)
    assert again.returncode == 0, again.stderr
    assert f"Restored 3 runs from seed 2 of study {folder.path} in " in again.stdout
    exported = folder.bbopt("export", "bbopt-output/on", "--to", "csv").stdout
    gone_on = settings(list(csv.DictReader(io.StringIO(exported))))
    assert (len(gone_on), gone_on[:3]) == (5, settings([row for row in kept if row["search_seed"] == "2"]))
    no_scenario = folder.bbopt("--restore-scenario", study, "--seed", "2")
    assert "a database has the runs of a search, and not its scenario" in no_scenario.stderr
    said = warm.stdout + merged.stdout + merged.stderr + again.stdout + no_scenario.stderr
    assert SECRET not in contents(folder.path) + said


def test_files_of_runs_and_several_studies(folder: ScenarioFolder) -> None:
    url = "sqlite:///runs.db"
    common = ("--runcount-limit", "2", "--validation", "false", "--run-folders", "true")
    for study in ("first", "second"):
        done = folder.tune("--storage", url, "--study", study, "--rungroup", study, *common)
        assert done.returncode == 0, done.stderr
    listed = folder.bbopt("status", url)
    assert [line.split()[:3] for line in listed.stdout.splitlines()] == [
        ["study", "seeds", "runs"], ["first", "1", "2"], ["second", "1", "2"],
    ]  # fmt: skip
    which = folder.bbopt("table", url)
    assert which.returncode == 1
    assert "it is to be said which study" in which.stderr
    assert "--study with one of first, second" in which.stderr
    near = folder.bbopt("table", url, "--study", "secund")
    assert "did you mean second?" in near.stderr
    files = folder.bbopt("files", url, "best", "--study", "second")
    assert str(folder.path / "bbopt-output" / "second" / "runs") in files.stdout, files.stderr
    tail = folder.bbopt("tail", url, "1-2", "--study", "first")
    assert "Result of this algorithm run: SAT" in tail.stdout
    archived = folder.bbopt("archive", url, "--study", "first", "--output", "all.zip")
    assert "of 2 runs" in archived.stdout, archived.stderr
    here = folder.bbopt("status", "bbopt-output/first", "--study", "first")
    assert "a study is one in a database" in here.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("status", "sqlite:///none.db"), "there is no such database"),
        (("copy-database", "sqlite:///none.db"), "two databases are to be named"),
        (("copy-database", "sqlite:///none.db", "sqlite:///b.db"), "there is no database of bbopt's here"),
        (("copy-database", "mysql://me:sEcret@here/x", "sqlite:///b.db"), "this is no address of a database"),
        (("status", "mysql://me:sEcret@here/x"), "this is no address of a database"),
        (("--scenario", "scenario.txt", "--storage", "runs.db"), "this is no address of a database"),
        (("--scenario", "scenario.txt", "--storge=postgresql://me:sEcret@here/x"), "storge"),
    ],
)
def test_bad_addresses(folder: ScenarioFolder, arguments: tuple[str, ...], message: str) -> None:
    done = folder.bbopt(*arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "sEcret" not in done.stderr
    assert not list(folder.path.glob("*.db"))


def test_nothing_of_databases_is_imported_without_one(folder: ScenarioFolder) -> None:
    code = (
        "import sys; from bbopt.cli.main import run\n"
        "assert run(['--scenario', 'scenario.txt', '--runcount-limit', '2', '--engine', 'random']) == 0\n"
        "assert run(['status', 'bbopt-output/work']) == 0\n"
        "print([name for name in sys.modules if 'sqlalchemy' in name or 'psycopg' in name])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder.path,
        env=folder.environment(),
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_validations_are_in_the_database_too(folder: ScenarioFolder) -> None:
    url = "sqlite:///runs.db"
    options = ("--storage", url, "--runcount-limit", "3")
    done = folder.tune(*options, "--deterministic", "false", "--num-validation-runs", "2")
    assert done.returncode == 0, done.stderr
    again = folder.bbopt(
        "validate", "--scenario", "scenario.txt", "--seed", "1", "--storage", url, "--deterministic", "false",
        "--num-validation-runs", "2",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert "validation of seed 1 of study work in " in again.stdout
    table = folder.bbopt("export", url, "--to", "csv", "--validations")
    assert len(table.stdout.splitlines()) == 3, table.stderr
    assert not list(folder.output.glob("live-*"))


def test_a_command_without_files(folder: ScenarioFolder) -> None:
    command = ["--param", "x real [0, 1] [0.5]"]
    command += ["--metric", "loss", "--metric-pattern", r"loss: SAT, 0.01, 0, (\S+),"]
    command += ["--runs", "2", "--storage", f"postgresql://u:{SECRET}@127.0.0.1:1/db"]
    done: subprocess.CompletedProcess[str] = folder.bbopt(
        "run", *command, "--", "sh", "target.sh", "1", "2", "3", "4", "5", "-x", "{x}"
    )
    assert done.returncode == 3
    assert " postgresql://u@127.0.0.1:1/db" in done.stderr + done.stdout
    assert SECRET not in contents(folder.path) + done.stdout + done.stderr
