"""Searches for the best value of a metric that a program prints, or writes into a file."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

import bbopt
from tests.end_to_end.conftest import ScenarioFolder
from tests.fakes import Notebook

REST = """pcs-file = params.pcs
use-instances = false
deterministic = true
engine = random
runcount-limit = 5
"""
TRAIN = """#!/bin/sh
# Trains for three epochs; the second one is the best.
for epoch in 1 2 3; do
  awk -v x="$4" -v e=$epoch 'BEGIN { a = 0.9 - (x - 0.3) ^ 2 - (e == 2 ? 0 : 0.1)
    printf "epoch %d - accuracy: %.6f - loss: %.6f\\n", e, a, 1 - a }' >&2
done
printf 'latency\\t%s\\nmemory\\t7\\n' "$(awk -v x="$4" 'BEGIN { print 100 * x }')" > "$BBOPT_RESULT_FILE"
"""
ACCURACY = (
    "algo = ./train.sh\ncall-format = argparse\nmetric = accuracy\nmaximize = true\nmetric-take = max\n"
)


@pytest.fixture
def trained(folder: ScenarioFolder) -> ScenarioFolder:
    folder.write("train.sh", TRAIN, executable=True)
    folder.write("scenario.txt", ACCURACY + REST)
    return folder


def runs_in(folder: ScenarioFolder) -> list[dict[str, Any]]:
    lines = (folder.output / "live-rundata-1.json").read_text().splitlines()
    return [json.loads(line.strip("[],")) for line in lines if "r-run-result" in line]


def test_the_best_epoch_counts_and_people_see_what_they_know(trained: ScenarioFolder) -> None:
    done = trained.tune()
    assert done.returncode == 0, done.stderr
    runs = runs_in(trained)
    assert len(runs) == 5
    best = max(json.loads(run["r-bbopt-metrics"])["accuracy"] for run in runs)
    assert " Maximizing mean accuracy." in done.stdout
    assert f", with estimated mean accuracy: {best}, based on 1 run(s)" in done.stdout
    assert "Estimated mean accuracy of final incumbent config" in done.stdout
    for run in runs:
        metrics = json.loads(run["r-bbopt-metrics"])
        assert list(metrics) == ["accuracy", "latency", "memory"]
        assert run["r-quality"] == -metrics["accuracy"]
        steps = [point.split(":") for point in run["r-bbopt-curve"].split()]
        assert [step for step, _ in steps] == ["1", "2", "3"]
        assert max(float(value) for _, value in steps) == metrics["accuracy"]
    trajectory = (trained.output / "detailed-traj-run-1.csv").read_text().splitlines()
    assert f"{-best}" in trajectory[-1]
    status = trained.bbopt("status", str(trained.output))
    assert f"best: seed 1, accuracy {best}" in status.stdout
    table = trained.bbopt("export", str(trained.output), "--to", "csv")
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert max(float(row["accuracy"]) for row in rows) == best
    assert {row["memory"] for row in rows} == {"7.0"}


def test_a_search_goes_on_with_what_it_has_found(trained: ScenarioFolder) -> None:
    first = trained.tune()
    runs = runs_in(trained)
    more = trained.tune("--resume", "auto", "--runcount-limit", "8")
    assert (first.returncode, more.returncode) == (0, 0), more.stderr
    assert [run["r-bbopt-metrics"] for run in runs_in(trained)[:5]] == [
        run["r-bbopt-metrics"] for run in runs
    ]
    assert len(runs_in(trained)) == 8


def test_a_search_for_another_metric_goes_on_with_the_runs_that_tell_it(trained: ScenarioFolder) -> None:
    trained.tune()
    others = ("--resume", "auto", "--runcount-limit", "6", "--maximize", "false", "--metric")
    done = trained.tune(*others, "latency")
    assert done.returncode == 0, done.stderr
    runs = runs_in(trained)
    assert len(runs) == 6
    assert all(run["r-quality"] == json.loads(run["r-bbopt-metrics"])["latency"] for run in runs)
    unknown = trained.tune(*others, "loss")
    assert "left out 6 of 6 earlier runs that do not tell loss" in unknown.stdout
    assert [next(iter(json.loads(run["r-bbopt-metrics"]))) for run in runs_in(trained)] == ["loss"] * 6


def test_a_table_of_runs_teaches_the_next_search(trained: ScenarioFolder) -> None:
    """The best one of the table is run again."""
    trained.tune()
    best = min(runs_in(trained), key=lambda run: float(run["r-quality"]))
    trained.bbopt("export", str(trained.output), "--to", "csv", "--output", "runs.csv")
    done = trained.tune("--warmstart", "runs.csv", "--runcount-limit", "2")
    assert "The model knows 5 earlier runs (warm start)." in done.stdout
    assert best["r-bbopt-metrics"] in [run["r-bbopt-metrics"] for run in runs_in(trained)]


def test_a_file_by_its_placeholder(trained: ScenarioFolder) -> None:
    script = '#!/bin/sh\nprintf \'{"size": %s, "name": "x"}\' "$4" > "$6"\n'
    trained.write("train.sh", script, executable=True)
    template = "algo-template = ./train.sh {params} --to {result-file}\nparam-format = --{name} {value}\n"
    trained.write("scenario.txt", template + "metric = size\n" + REST)
    done = trained.tune()
    assert done.returncode == 0, done.stderr
    assert all(run["r-quality"] == json.loads(run["r-bbopt-metrics"])["size"] for run in runs_in(trained))
    call = done.stdout.splitlines()[-5]
    assert "--to /dev/stdout" in done.stdout, call


def test_runs_beyond_a_limit_fail_and_the_search_goes_on(trained: ScenarioFolder) -> None:
    """The default is the first run, and beyond it."""
    done = trained.tune("--metric-limit", "latency < 60", "--runcount-limit", "12")
    assert done.returncode == 0, done.stderr
    assert "run 1: latency is 90, against metric-limit = latency < 60" in done.stdout
    for run in runs_in(trained):
        is_beyond = json.loads(run["r-bbopt-metrics"])["latency"] >= 60
        assert run["r-run-result"] == ("UNSAT" if is_beyond else "SAT")
    final = done.stdout.rpartition("Sample call for this final incumbent:")[2]
    assert float(final.partition("--x ")[2].split()[0]) < 0.6


def test_a_run_that_is_killed_keeps_its_course(trained: ScenarioFolder) -> None:
    script = "#!/bin/sh\nfor i in 1 2 3; do echo epoch $i accuracy=0.$i; done; exec sleep 600\n"
    trained.write("train.sh", script, executable=True)
    done = trained.tune("--run-wallclock-limit", "0.5", "--runcount-limit", "1", "--validation", "false")
    assert done.returncode == 0, done.stderr
    (run,) = runs_in(trained)
    assert (run["r-run-result"], run["r-quality"]) == ("TIMEOUT", -0.3)
    assert run["r-bbopt-curve"] == "1:0.1 2:0.2 3:0.3"


def test_a_check_says_what_is_optimised(trained: ScenarioFolder) -> None:
    done = trained.bbopt("check", "--scenario", "scenario.txt", "--metric-limit", "latency < 20")
    objective = "QUALITY, the metric accuracy, larger is better, latency < 20, deterministic target"
    assert f"  objective   {objective}\n" in done.stdout


def test_a_missing_metric_names_what_there_is(trained: ScenarioFolder) -> None:
    called = trained.bbopt("call", "--scenario", "scenario.txt", "--metric", "acc")
    assert called.returncode == 1
    assert "no acc was found in the output; found were latency, memory, accuracy, loss" in called.stdout


def test_python_sees_values_as_they_come(trained: ScenarioFolder) -> None:
    script = "#!/bin/sh\necho score=1; while ! test -e go; do sleep 0.01; done; echo score=$4\n"
    trained.write("train.sh", script, executable=True)

    class Goer(Notebook):
        def run_progressed(self, of_run: Any, progress: Any) -> None:
            super().run_progressed(of_run, progress)
            (trained.path / "go").touch()

    told = Goer()
    options = {"metric": "score", "metric_take": "last", "maximize": True, "runcount_limit": 2}
    outcome = bbopt.tune(trained.path / "scenario.txt", cwd=trained.path, seed=1, observers=[told], **options)
    assert (told.progressed[0].value, told.progressed[0].step) == (1.0, 1)
    best = max(run.result.metrics["score"] for run in outcome.history.runs)
    assert outcome.best == best > 0
