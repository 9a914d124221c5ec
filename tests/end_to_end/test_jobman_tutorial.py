"""Jobman's tutorial as it is written, with `bbopt` in place of `jobman`, on both kinds of databases."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbopt.database_address import DatabaseAddress
from bbopt.stores.sql import Database
from tests.stores.sql.databases import KINDS, database_for

CONF = """\
learning_rate=0.01
L1_reg=0.00
L2_reg=0.0001
n_iter=50
batch_size=20
n_hidden=10
"""
MODULE = """
def experiment(state, channel):
    state.best_validation_loss = 1.0 / state.n_hidden
    state.test_score = 0.5
    state.minutes_trained = 0.1
    state.iter = 3
    return channel.COMPLETE
"""
SCRIPT = """
import sys
from bbopt.jobs import api0, sql
from bbopt.jobs.tools import DD, flatten

# Experiment function
from mlp_jobman import experiment

# Database
TABLE_NAME = sys.argv[2]
db = api0.open_db(sys.argv[1] + '?table=' + TABLE_NAME)

# Default values
state = DD()
state.learning_rate = 0.01
state.L1_reg = 0.00
state.L2_reg = 0.0001
state.n_iter = 50
state.batch_size = 20
state.n_hidden = 10

# Hyperparameter exploration
for n_hidden in 20, 30:
    state.n_hidden = n_hidden

    # Explore L1 regularization w/o L2
    state.L2_reg = 0.
    for L1_reg in 0., 1e-6, 1e-5, 1e-4:
        state.L1_reg = L1_reg

        # Insert job
        sql.insert_job(experiment, flatten(state), db)

    # Explore L2 regularization w/o L1
    state.L1_reg = 0.
    for L2_reg in 1e-5, 1e-4:
        state.L1_reg = L1_reg

        # Insert job
        sql.insert_job(experiment, flatten(state), db)

# Create the view
db.createView(TABLE_NAME + '_view')
"""
QUERY = """select batchsize,bestvalidationloss,learningrate,minutestrained,nhidden,niter,testscore
from {view} where jobman_status=2 order by bestvalidationloss"""


class Tutorial:
    """A folder with the tutorial's files, and the address of its table."""

    def __init__(self, path: Path, address: DatabaseAddress) -> None:
        self.path, self.address = path, address
        self.name = f"mlp_dumi_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        self.url = "sqlite:///runs.db" if address.file else address.text
        self.table = f"{self.url}?table={self.name}"
        (path / "mlp_jobman.conf").write_text(CONF)
        (path / "mlp_jobman.py").write_text(MODULE)

    def bbopt(self, *words: str, code: int = 0) -> list[str]:
        """The lines that it prints."""
        command = [sys.executable, "-m", "bbopt", *words]
        done = subprocess.run(command, cwd=self.path, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        self.errors = done.stderr
        return done.stdout.splitlines()


@pytest.fixture(params=KINDS)
def tutorial(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tutorial]:
    tutorial = Tutorial(tmp_path, database_for(request.param, tmp_path))
    yield tutorial
    if tutorial.address.file is None:
        with Database(tutorial.address).writing() as connection:
            connection.exec_driver_sql(f"DROP VIEW IF EXISTS {tutorial.name}_view")


def test_commands(tutorial: Tutorial) -> None:
    table, experiment = tutorial.table, "mlp_jobman.experiment"
    (line,) = tutorial.bbopt("sqlschedule", table, experiment, "mlp_jobman.conf")
    assert line.startswith("ADDING   {")
    assert eval(line.removeprefix("ADDING   ")) == {
        "n_iter": 50, "jobman.experiment": experiment, "jobman.status": 0, "jobman.sql.priority": 1.0,
        "L1_reg": 0.0, "learning_rate": 0.01, "n_hidden": 10, "batch_size": 20, "L2_reg": 0.0001,
    }  # fmt: skip
    lines = tutorial.bbopt("sqlschedules", table, experiment, "mlp_jobman.conf", "n_hidden={{20,30}}")
    assert lines[0] == (
        "[['mlp_jobman.conf', 'n_hidden=20'], ['mlp_jobman.conf', 'n_hidden=30']]"
        " [['n_hidden=20'], ['n_hidden=30']]"
    )
    assert [line[:9] for line in lines[1:3]] == ["ADDING   "] * 2
    assert lines[3] == "Added 2 on 2 jobs"
    again = tutorial.bbopt("sqlschedules", table, experiment, "mlp_jobman.conf", "n_hidden={{20,30}}")
    assert [line[:9] for line in again[1:3]] == ["SKIPPING "] * 2
    assert again[3] == "Added 0 on 2 jobs"
    drawn = "learning_rate:=@numpy.random.uniform(1e-6, 1e-1)"
    lines = tutorial.bbopt("sqlschedules", table, experiment, "mlp_jobman.conf", "n_hidden={{20,30}}", drawn)
    rates = {eval(line[9:])["learning_rate"] for line in lines[1:3]}
    assert len(rates) == 2
    assert all(1e-6 <= rate <= 1e-1 for rate in rates)

    tutorial.bbopt("sqlview", table, f"{tutorial.name}_view")
    assert tutorial.bbopt("sql", table, ".") == ["Run 1 jobs"]
    assert tutorial.bbopt("sql", "--import=json", "-n", "0", table, ".") == [
        "No more jobs to run (run 4 jobs)"
    ]
    tutorial.bbopt("sqlview", table, f"{tutorial.name}_view")
    with Database(tutorial.address).reading() as connection:
        assert connection is not None
        rows = connection.exec_driver_sql(QUERY.format(view=f"{tutorial.name}_view")).all()
    assert [row[4] for row in rows] == [30, 30, 20, 20, 10]
    assert rows[-1] == (20, 0.1, 0.01, 0.1, 10, 50, 0.5)
    (home,) = tutorial.path.glob(f"*/{tutorial.name}")
    folder = min(home.iterdir(), key=lambda path: int(path.name))
    assert (folder / "orig.conf").read_text() == re.sub("=", " = ", CONF).replace("0.00\n", "0.0\n")
    assert "iter = 3" in (folder / "current.conf").read_text()


def test_sqlstatus(tutorial: Tutorial) -> None:
    table = tutorial.table
    tutorial.bbopt("sqlschedules", "-q", table, "mlp_jobman.experiment", "n_hidden={{20,30}}")
    lines = tutorial.bbopt("sqlstatus", "--all", "--print=n_hidden", "--print=nothing", table)
    assert [re.sub(r"\d+", "N", line, count=1) for line in lines] == [
        f"Job id N, status=0 jobman.sql.priority=1.0 n_hidden={n} nothing=KeyDontExist" for n in (20, 30)
    ]
    first, second = (int(re.findall(r"\d+", line)[0]) for line in lines)
    chosen = ("--select=n_hidden=20", "--status=DONE", table)
    assert (
        tutorial.bbopt("sqlstatus", "--set_status=CANCELED", *chosen)[-1]
        == "Changed the status to -1 for 1 jobs"
    )
    assert tutorial.bbopt("sql", "-n", "0", table, ".") == ["No more jobs to run (run 1 jobs)"]
    lines = tutorial.bbopt("sqlstatus", table, f"{first},", str(second), str(second + 9))
    assert lines == [
        f"Job id {second + 9} don't exit in the db",
        f"Job id {first}, status=-1 jobman.sql.priority=1.0",
        f"Job id {second}, status=2 jobman.sql.priority=1.0",
    ]
    assert tutorial.bbopt("sqlstatus", "--all", "--ret_nb_jobs", table) == ["2"]
    lines = tutorial.bbopt("sqlstatus", "-q", "--all", "--set_status=0", "--resert_prio", table)
    assert lines == ["Changed the status to 0 for 2 jobs", "Reseted the priority to the default value"]
    tutorial.bbopt("sqlstatus", "--select=n_hidden=7", table, code=1)
    assert "no job is meant" in tutorial.errors


def test_the_script_adds_eight_jobs(tutorial: Tutorial) -> None:
    (tutorial.path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py", tutorial.url, tutorial.name],
        cwd=tutorial.path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    words = [line.split()[0] for line in done.stdout.splitlines()]
    assert (words.count("ADDING"), words.count("SKIPPING")) == (8, 4)
    assert tutorial.bbopt("sql", "-n", "5", tutorial.table, ".") == ["Run 5 jobs"]
    assert tutorial.bbopt("sqlstatus", "--status=2", "--ret_nb_jobs", tutorial.table) == ["5"]


def test_what_a_table_has_lost_comes_back(tmp_path: Path) -> None:
    tutorial = Tutorial(tmp_path, database_for("sqlite", tmp_path))
    tutorial.bbopt("sqlschedules", "-q", tutorial.table, "mlp_jobman.experiment", "n_hidden={{20,30}}")
    tutorial.bbopt("sql", tutorial.table, ".")
    home = f"runs/{tutorial.name}"
    empty = f"sqlite:///empty.db?table={tutorial.name}"
    assert tutorial.bbopt("sqlreload", empty, home, "1") == ["Job 1 is back."]
    shown = "Job id 1, status=2 jobman.sql.priority=1.0 iter=3"
    assert tutorial.bbopt("sqlstatus", "--all", "--print=iter", empty) == [shown]
    database, _, study = empty.partition("?table=")
    tutorial.bbopt("jobs", "reload", database, home, "--all", "--study", study, code=1)  # all are back
    tutorial.bbopt("sqlreload", tutorial.table, home, "--all", code=1)  # it has not lost it
    tutorial.bbopt("sqlreload", empty, home, "2", code=1)
    assert "there is no folder of this job" in tutorial.errors


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sqlschedule", "TABLE", "mlp_jobman.nothing", "x=1"), "mlp_jobman has no 'nothing'"),
        (("sqlschedule", "TABLE", "no_module.nothing", "x=1"), "there is no module no_module"),
        (("sqlschedule", "TABLE", "mlp_jobman.__doc__", "x=1"), "this is no function"),
        (("sqlschedule", "TABLE", "mlp_jobman.experiment", "x:=@os.system('ls')"), "os.system"),
        (("sqlschedules", "TABLE", "mlp_jobman.experiment", "x={{1,2"), "{{1,2"),
        (("sqlschedule", "sqlite:///runs.db", "mlp_jobman.experiment"), "names no table"),
        (("sqlview", "TABLE", "bbopt_jobs"), "a table has this name"),
        (("sql", "TABLE", "ssh://host/x"), "a folder of this machine"),
        (("cmdline", "mlp_jobman.experiment", "x=1", "x.y=2"), "x has a value, and settings below it"),
    ],
)
def test_bad_input(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    tutorial = Tutorial(tmp_path, database_for("sqlite", tmp_path))
    tutorial.bbopt("sqlschedule", tutorial.table, "mlp_jobman.experiment", "x=1")
    tutorial.bbopt(*(tutorial.table if word == "TABLE" else word for word in words), code=1)
    assert told in tutorial.errors
    assert tutorial.bbopt("sqlstatus", "--all", "--ret_nb_jobs", tutorial.table) == ["1"]
