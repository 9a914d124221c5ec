"""`bbopt run`: a search without files, which leaves those that it meant; `bbopt design` prints rows."""

from __future__ import annotations

import csv
import io
import shlex

from tests.end_to_end.conftest import ScenarioFolder

SCRIPT = """import argparse, sys
p = argparse.ArgumentParser(); p.add_argument("--lr", type=float); p.add_argument("--n", type=int)
p.add_argument("--text"); a = p.parse_args()
for epoch in (1, 2):
    print(f"epoch {epoch} - loss: 9 - val_loss: {a.n / epoch + a.lr}")
"""
PARAMETERS = ("--param", "lr real [1e-5, 1] [0.01] log", "--param", "n integer [1, 8] [2]")
COMMAND = ("--", "python", "train.py", "--text", "$HOME; exit 1", "--lr", "{lr}")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_line_without_files_and_then_the_file_that_it_meant(folder: ScenarioFolder) -> None:
    folder.write("train.py", SCRIPT)
    line = ("run", *PARAMETERS, "--metric", "val_loss", "--runs", "6", "--seed", "1", *COMMAND)
    done = folder.bbopt(*line)
    assert done.returncode == 0, done.stderr
    output = folder.path / "bbopt-output" / "train"
    table = rows(folder.bbopt("export", str(output), "--to", "csv").stdout)
    assert len(table) == 6
    assert all(float(row["quality"]) == int(row["n"]) / 2 + float(row["lr"]) for row in table)
    calls = [line.partition("; ")[2] for line in done.stdout.splitlines() if line.startswith("cd ")]
    assert shlex.split(calls[0]) == [*COMMAND[1:6], "0.01", "--n", "2"]
    again = folder.bbopt("--scenario", "bbopt-output/train/scenario.txt", "--seed", "2")
    assert again.returncode == 0, again.stderr
    assert sorted(path.name for path in output.glob("live-rundata-*")) == [
        "live-rundata-1.json",
        "live-rundata-2.json",
    ]
    assert not (output / "previous").exists()
    assert folder.bbopt(*line).returncode == 0  # the same files: they stay, the search makes room
    assert [path.name for path in (output / "previous").iterdir()] == ["run-1-1"]


def test_distributions_and_steps_and_what_is_believed(folder: ScenarioFolder) -> None:
    folder.write("train.py", SCRIPT)
    parameters = (
        "--param",
        "lr real [1e-5, 1] [0.01] lognormal(-4, 1)",
        "--param",
        "n integer [8, 64] [24] step(16)",
    )
    line = ("run", *parameters, "--metric", "val_loss", "--runs", "12", "--prior", "true", "--seed", "1")
    done = folder.bbopt(*line, *COMMAND)
    assert done.returncode == 0, done.stderr
    table = rows(folder.bbopt("export", "bbopt-output/train", "--to", "csv").stdout)
    assert {row["n"] for row in table} <= {"8", "24", "40", "56"}
    assert all(1e-5 <= float(row["lr"]) <= 1 for row in table)
    refused = folder.bbopt(*line, "--engine-preset", "smac2", *COMMAND)
    assert refused.returncode == 1
    assert "SMAC v2 does not know the distribution of lr" in refused.stderr


def test_other_files_of_these_names_are_set_aside(folder: ScenarioFolder) -> None:
    folder.write("train.py", SCRIPT)
    output = folder.path / "bbopt-output" / "train"
    output.mkdir(parents=True)
    (output / "scenario.txt").write_text("mine")
    line = ("run", *PARAMETERS, "--metric", "val_loss", "--runs", "1", "--seed", "1", *COMMAND)
    assert folder.bbopt(*line).returncode == 0
    assert (output / "previous" / "scenario-1" / "scenario.txt").read_text() == "mine"


def test_nothing_is_written_when_something_is_wrong(folder: ScenarioFolder) -> None:
    done = folder.bbopt("run", *PARAMETERS, "--metric", "x", "--runs", "1", "--", "no-such-program")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no-such-program" in done.stderr
    done = folder.bbopt("run", "--", "true")
    assert "nothing says what is to be minimised" in done.stderr
    assert "no parameters are declared" in done.stderr
    assert not (folder.path / "bbopt-output").exists()


def test_rows_of_a_design_are_those_that_are_run(folder: ScenarioFolder) -> None:
    scenario = ("--scenario", "scenario.txt", "--seed", "1")
    printed = folder.bbopt("design", "lhs", "-n", "4", *scenario)
    assert (printed.returncode, printed.stderr) == (0, "")
    table = rows(printed.stdout)
    assert len(table) == 4
    assert not folder.output.exists()
    folder.write("rows.csv", printed.stdout)
    assert folder.bbopt("design", "csv", "--design", "rows.csv", *scenario).stdout == printed.stdout
    assert folder.bbopt(*scenario, "--engine", "lhs", "--runs", "4").returncode == 0
    run = rows(folder.bbopt("export", str(folder.output), "--to", "csv").stdout)
    assert [(row["x"], row["colour"]) for row in run] == [(row["x"], row["colour"]) for row in table]
    drawn = folder.bbopt("design", "Sobol", "-n", "4", "--scenario", "scenario.txt")
    assert len(rows(drawn.stdout)) == 4
    assert drawn.stderr.startswith("--seed ")
    assert "did you mean grid?" in folder.bbopt("design", "gird", *scenario).stderr
    assert len(rows(folder.bbopt("design", "grid", "-n", "3", *scenario).stdout)) == 3
