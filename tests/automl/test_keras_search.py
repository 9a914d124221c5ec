"""Searches whose models a stand-in trains: what they read, which tables they leave, and how they go on."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import NullPool, create_engine, make_url, text

from bbopt.automl import Kind, Preparation, Tables, prepare
from bbopt.automl import keras_search as module
from bbopt.automl.api import keras_automl
from bbopt.automl.arguments import AutomlArguments
from bbopt.automl.result_tables import NothingTrainedError
from bbopt.cli.keras_status import KerasStatus
from bbopt.cli.main import run
from bbopt.errors import InputError
from bbopt.options import Assignments
from bbopt.runs import Run
from bbopt.tuning import Observer, Progress
from bbopt.version import __version__
from tests.stores.sql.databases import database_for

from .untrained import loss

COMPILE = {
    "loss": ["categorical_crossentropy"],
    "optimizer_params_list": [
        {"optimizer": ["Adam"], "lr": [0.001, 0.1, "log"]},
        {"optimizer": ["RMSprop"], "lr": [0.001, 0.1, "log"]},
    ],
    "metrics": ["accuracy"],
}
FIT = {"batch_size": [4, 8], "epochs": [1]}
ARCHITECTURE = {"class_name": "Sequential", "config": {"layers": []}}


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tables:
    """A database with prepared data and two architectures; training is quick and untrue."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "TRAINER", (sys.executable, str(Path(__file__).with_name("untrained.py"))))
    monkeypatch.setattr(module, "refuse_untrainable", lambda *_: None)
    return filled(Tables.open("sqlite:///iris.db", tmp_path))


def filled(tables: Tables, schema: str = "") -> Tables:
    """The same tables with data for training and validation, and two architectures."""
    columns = {"id": Kind.INTEGER, "attributes": Kind.ARRAY, "class_text": Kind.TEXT}
    rows = [{"id": n, "attributes": [n, n + 0.5], "class_text": "abc"[n % 3]} for n in range(6)]
    packed = f"{schema}train_packed"
    for name, like in (("train", None), ("test", packed)):
        tables.create(f"{schema}{name}", columns, rows)
        names = (f"{schema}{name}", f"{schema}{name}_packed", "class_text", "attributes")
        prepare(tables, Preparation(*names, training_table=like))
    library = {"model_id": Kind.INTEGER, "model_arch": Kind.JSON, "model_weights": Kind.BYTES}
    models = [{"model_id": n, "model_arch": ARCHITECTURE, "model_weights": None} for n in (1, 2)]
    tables.create(f"{schema}library", library, models)
    return tables


ASKED: dict[str, Any] = {
    "source_table": "train_packed",
    "model_output_table": "automl_output",
    "model_arch_table": "library",
    "model_selection_table": "automl_mst_table",
    "model_id_list": (1, 2),
    "compile_params_grid": repr(COMPILE),
    "fit_params_grid": repr(FIT),
    "automl_params": "R=9, eta=3, skip_last=0",
    "validation_table": "test_packed",
    "metrics_compute_frequency": 1,
    "database": "sqlite:///iris.db",
}

INFO = [
    "mst_key",
    "model_id",
    "compile_params",
    "fit_params",
    "model_type",
    "model_size",
    "metrics_elapsed_time",
    "metrics_type",
    "loss_type",
    "training_metrics_final",
    "training_loss_final",
    "training_metrics",
    "training_loss",
    "validation_metrics_final",
    "validation_loss_final",
    "validation_metrics",
    "validation_loss",
    "metrics_iters",
]
SUMMARY = [
    "source_table",
    "validation_table",
    "model",
    "model_info",
    "dependent_varname",
    "independent_varname",
    "model_arch_table",
    "model_selection_table",
    "automl_method",
    "automl_params",
    "random_state",
    "object_table",
    "use_gpus",
    "metrics_compute_frequency",
    "name",
    "description",
    "start_training_time",
    "end_training_time",
    "madlib_version",
    "num_classes",
    "class_values",
    "dependent_vartype",
    "normalizing_const",
]


def told(tables: Tables, name: str) -> list[dict[str, Any]]:
    """The rows of a table, without the times."""
    return [
        {column: value for column, value in row.items() if column != "metrics_elapsed_time"}
        for row in tables.read(name)
    ]


@pytest.mark.slow
def test_hyperband_leaves_madlibs_tables(tables: Tables, tmp_path: Path) -> None:
    results = keras_automl(**ASKED | {"compile_params_grid": COMPILE, "fit_params_grid": FIT}, cores=2)
    assert list(tables.columns("automl_output")) == ["mst_key", "model_weights", "model_arch"]
    assert list(tables.columns("automl_output_info")) == [*INFO, "s", "i"]
    assert list(tables.columns("automl_output_summary")) == [*SUMMARY, "use_caching"]
    info = {row["mst_key"]: row for row in tables.read("automl_output_info")}
    assert list(info) == [key for key in range(1, 16) if key != 11]
    assert list(results.failed) == [11]
    assert "MemoryError" in results.failed[11]

    ranks = sorted(range(1, 10), key=lambda key: loss(key, 1))[:3]
    assert 4 in ranks  # and its second round fails
    second, third = sorted(set(ranks) - {4}, key=lambda key: loss(key, 4))
    assert [info[key]["metrics_iters"] for key in (second, third, 4)] == [
        list(range(1, 14)),
        [1, 2, 3, 4],
        [1],
    ]
    assert [info[key]["i"] for key in (second, third, 4)] == [2, 1, 0]
    assert {info[key]["s"] for key in ranks} == {2}
    assert info[15]["metrics_iters"] == [5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert (info[15]["s"], info[15]["i"]) == (0, 0)
    assert info[1]["metrics_iters"] == [1]

    row = info[15]
    assert row["compile_params"].startswith("optimizer='")
    assert row["compile_params"].endswith(")',metrics=['accuracy'],loss='categorical_crossentropy'")
    assert row["fit_params"] in {"epochs=1,batch_size=4", "epochs=1,batch_size=8"}
    assert (row["model_type"], row["metrics_type"], row["loss_type"]) == (
        "madlib_keras",
        ["accuracy"],
        "categorical_crossentropy",
    )
    assert row["model_size"] == 60 / 1024
    assert row["validation_loss"] == [loss(15, n) for n in range(1, 10)]
    assert row["validation_loss_final"] == loss(15, 9)
    assert row["training_metrics"] == [0.65] * 9
    assert row["metrics_elapsed_time"] == sorted(row["metrics_elapsed_time"])
    assert row["metrics_elapsed_time"][0] > 0

    models = {row["mst_key"]: row for row in tables.read("automl_output")}
    assert models[15]["model_weights"] == bytes(60)
    assert "Sequential" in models[15]["model_arch"]

    (best,) = tables.read("automl_mst_table")
    least = min(info.values(), key=lambda row: row["validation_loss_final"])
    assert best == {name: least[name] for name in ("mst_key", "model_id", "compile_params", "fit_params")}
    assert results.best["mst_key"] == best["mst_key"]
    assert tables.read("automl_mst_table_summary") == [{"model_arch_table": "library", "object_table": None}]

    (summary,) = tables.read("automl_output_summary")
    assert summary["end_training_time"] >= summary["start_training_time"]
    told = {name: value for name, value in summary.items() if not name.endswith("_training_time")}
    assert told == {
        "source_table": "train_packed",
        "validation_table": "test_packed",
        "model": "automl_output",
        "model_info": "automl_output_info",
        "dependent_varname": "class_text",
        "independent_varname": "attributes",
        "model_arch_table": "library",
        "model_selection_table": "automl_mst_table",
        "automl_method": "hyperband",
        "automl_params": "R=9, eta=3, skip_last=0",
        "random_state": None,
        "object_table": None,
        "use_gpus": False,
        "metrics_compute_frequency": 1,
        "name": None,
        "description": None,
        "madlib_version": __version__,
        "num_classes": 3,
        "class_values": ["a", "b", "c"],
        "dependent_vartype": "character varying",
        "normalizing_const": 1.0,
        "use_caching": False,
    }
    with sqlite3.connect(tmp_path / "iris.db") as connection:
        order = "ORDER BY validation_metrics_final DESC, validation_loss_final LIMIT 3"
        found = connection.execute(f"SELECT mst_key FROM automl_output_info {order}").fetchall()
    assert found == [(key,) for key in sorted(info, key=lambda key: info[key]["validation_loss_final"])[:3]]
    connection.close()


def test_hyperopt_has_no_brackets_and_training_loss_decides_without_validation(tables: Tables) -> None:
    asked = ASKED | {
        "automl_method": "HyperOpt",
        "automl_params": "num_configs=3, num_iterations=5, algorithm=rand",
        "validation_table": None,
        "model_output_table": "out.csv",
    }
    keras_automl(**asked)
    info = tables.read("out_info.csv")
    assert list(tables.columns("out_info.csv")) == INFO
    assert [row["metrics_iters"] for row in info] == [[1, 2, 3, 4, 5]] * 3
    assert [row["validation_loss"] for row in info] == [None] * 3
    assert tables.read("automl_mst_table")[0]["mst_key"] == 3
    (summary,) = tables.read("out_summary.csv")
    assert summary["model_info"] == "out_info.csv"


@pytest.mark.slow
def test_postgresql_answers_madlibs_queries(tables: Tables, tmp_path: Path) -> None:
    url = database_for("postgresql", tmp_path).text
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    schema = f"s{uuid.uuid4().hex[:8]}"
    asked = {name: f"{schema}.{value}" if "_table" in name else value for name, value in ASKED.items()}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        try:
            there = filled(Tables.open(url), f"{schema}.")
            keras_automl(**asked | {"database": url}, random_state=2)
            order = "ORDER BY validation_metrics_final DESC, validation_loss_final LIMIT 3"
            query = f"SELECT mst_key, metrics_iters[1] + s FROM {schema}.automl_output_info {order}"
            found = connection.execute(text(query)).all()
            info = told(there, f"{schema}.automl_output_info")
            of_model = f"SELECT octet_length(model_weights) FROM {schema}.automl_output WHERE mst_key = 15"
            size = connection.execute(text(of_model)).scalar_one()
        finally:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    keras_automl(**ASKED, random_state=2)
    assert info == told(tables, "automl_output_info")
    first = sorted(info, key=lambda row: row["validation_loss_final"])[:3]
    assert [tuple(row) for row in found] == [
        (row["mst_key"], row["metrics_iters"][0] + row["s"]) for row in first
    ]
    assert size == 60


class _StopsAfter(Observer):
    def __init__(self, n_runs: int) -> None:
        self.n_runs = n_runs
        self.stop: Any = None

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        if progress.n_runs >= self.n_runs:
            self.stop("enough")


@pytest.mark.slow
def test_the_same_again_goes_on_and_comes_to_the_same(tables: Tables) -> None:
    asked = AutomlArguments(**ASKED)
    first = module.plan_search(asked, Assignments(), Path.cwd())
    assert not first.goes_on
    observer = _StopsAfter(11)
    session = first.session([observer])
    observer.stop = session.stop
    with session:
        assert session.run().was_asked_for
    again = module.plan_search(asked, Assignments(), Path.cwd())
    assert again.goes_on
    assert again.training == first.training
    with again.session() as session:
        outcome = session.run()
    assert len(outcome.history) == 20
    again.write(outcome)
    whole = keras_automl(
        **ASKED | {"model_output_table": "b", "model_selection_table": "c"}, random_state=first.training.seed
    )
    assert whole.n_models == 14

    assert told(tables, "automl_output_info") == told(tables, "b_info")
    assert told(tables, "automl_output") == told(tables, "b")
    assert told(tables, "automl_mst_table") == told(tables, "c")

    # what has come to its end begins anew
    once_more = module.plan_search(AutomlArguments(**ASKED | {"overwrite": True}), Assignments(), Path.cwd())
    assert not once_more.goes_on
    assert once_more.training.seed != first.training.seed
    assert once_more.plan.restored is None


@pytest.mark.slow
def test_two_workers_of_a_queue_come_to_the_same(tables: Tables) -> None:
    keras_automl(**ASKED, random_state=5)
    command = [sys.executable, "-m", "bbopt", "worker", "sqlite:///iris.db", "--reserve-timeout", "60"]
    with ExitStack() as stack:
        for _ in range(2):
            worker = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            stack.callback(worker.terminate)
        others = {"model_output_table": "b", "model_selection_table": "c"}
        keras_automl(**ASKED | others, random_state=5, executor="queue")
    assert told(tables, "automl_output_info") == told(tables, "b_info")
    assert told(tables, "automl_output") == told(tables, "b")
    assert told(tables, "automl_mst_table") == told(tables, "c")


def test_a_search_without_any_model_leaves_no_tables(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRAINER", (sys.executable, "-c", "raise MemoryError"))
    asked = ASKED | {"automl_method": "hyperopt", "automl_params": "num_configs=2, algorithm=rand"}
    with pytest.raises(NothingTrainedError, match="all runs have failed"):
        keras_automl(**asked)
    assert not tables.exists("automl_output")
    assert not module.plan_search(AutomlArguments(**asked), Assignments(), Path.cwd()).goes_on


@pytest.mark.parametrize(
    ("changed", "options", "told"),
    [
        ({"automl_params": "R=2, eta=3"}, {}, "R leaves no configuration to promote"),
        ({"model_id_list": (1, 3)}, {}, "the table library has no model 3"),
        ({"model_id_list": ()}, {}, "no model is named"),
        ({"source_table": "train"}, {}, "the table train is not one that was prepared"),
        ({"source_table": "no; DROP TABLE train"}, {}, "is not one that was prepared"),
        ({"model_output_table": "train_packed"}, {}, "the table train_packed exists already"),
        (
            {"model_output_table": "Train_Packed", "overwrite": True},
            {},
            "Train_Packed is meant for two tables",
        ),
        ({"model_selection_table": "automl_output"}, {}, "automl_output is meant for two tables"),
        ({"model_output_table": "pg_temp.x"}, {}, "pg_temp is not allowed"),
        ({"metrics_compute_frequency": 0}, {}, "metrics can't be computed so often"),
        ({"random_state": -1}, {}, "this is no random state"),
        ({"object_table": ("none.py",)}, {}, "no such file of Python objects"),
        ({"validation_table": "other_packed"}, {}, "was not prepared as train_packed"),
        ({"automl_method": "grid"}, {}, "unknown method"),
        ({}, {"engine": "tpe"}, "keras-automl settles engine itself"),
        ({}, {"scenario": "x"}, "keras-automl settles scenario-file itself"),
        ({}, {"nonsense": "x"}, "unknown option --nonsense"),
        ({}, {"cores": 0}, "cores"),
    ],
)
def test_what_can_not_be_used(
    tables: Tables, tmp_path: Path, changed: dict[str, Any], options: dict[str, Any], told: str
) -> None:
    columns = {"attributes": Kind.ARRAY, "class_text": Kind.TEXT}
    tables.create("other", columns, [{"attributes": [1, 2, 3], "class_text": "a"}])
    prepare(tables, Preparation("other", "other_packed", "class_text", "attributes"))
    with pytest.raises(InputError) as caught:
        keras_automl(**ASKED | changed, **options)
    assert told in str(caught.value)
    assert not (tmp_path / "bbopt-output").exists()
    assert tables.exists("train")


SHOWN = """\
bracket  round  configurations  iterations each
      1      0               3                1
      1      1               1                3
      0      0               2                3
5 configurations, 6 runs, 12 iterations; output in {folder}
bracket 1 round 0: 3 configurations, best validation loss 0.203 (mst_key 3)
bracket 1 round 1: 1 configuration, best validation loss 0.128 (mst_key 3)
bracket 0 round 0: 2 configurations, best validation loss 0.1161 (mst_key 5)
Best: mst_key 5, model {model_id}, validation loss 0.1161, accuracy 0.5
  {compile_params}
  {fit_params}
No model: mst_key 4, the target reported CRASHED (MemoryError)
4 models are in o'ut; see also o'ut_info, o'ut_summary, automl_mst_table, automl_mst_table_summary.
"""


def test_the_command_shows_schedule_rounds_and_the_best(
    tables: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ASKED | {"automl_params": "R=3", "model_output_table": "o'ut", "model_id_list": "ARRAY[1,2]"}
    argv = [f"--{name.replace('_', '-')}={value}" for name, value in asked.items()]
    assert run(["keras-automl", *argv, "--console-log-level", "ERROR"]) == 0
    (best,) = tables.read("automl_mst_table")
    folder = tmp_path / "bbopt-output" / "o_ut"
    shown = capsys.readouterr().out
    assert shown.splitlines() == SHOWN.format(folder=folder, **best).splitlines()
    assert run(["keras-automl", *argv]) == 1
    assert "the table o'ut exists already" in capsys.readouterr().err


def test_the_line_of_a_terminal_counts_epochs(tables: Tables) -> None:
    asked = AutomlArguments(**ASKED | {"automl_params": "R=3", "fit_params_grid": "{'epochs': [2]}"})
    search = module.plan_search(asked, Assignments(), Path.cwd())
    stops, console = _StopsAfter(4), Console(file=io.StringIO(), width=200)
    status = KerasStatus(console, search)
    session = search.session([status, stops])
    stops.stop = session.stop
    with session:
        outcome = session.run()
    line = " · ".join(text for text, _ in status._parts(outcome.progress))
    start = "bracket 1 round 1 · 1 of 3 alive · best validation loss 0.128 (mst_key 3) · 12 of 24 epochs · "
    assert line.startswith(start)
    assert line.endswith(" left")
    again = KerasStatus(console, module.plan_search(asked, Assignments(), Path.cwd()))
    assert "12 of 24 epochs" in " · ".join(text for text, _ in again._parts(outcome.progress))
