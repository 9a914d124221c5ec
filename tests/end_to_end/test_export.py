"""`bbopt export`: one table of all runs, also while they are made."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, runs, wait_for

SCRIPT = """import argparse
p = argparse.ArgumentParser(); p.add_argument("--lr", type=float); p.add_argument("--opt")
p.add_argument("--mom", type=float); a = p.parse_args()
print("loss: %g" % (abs(a.lr - 0.01) + (a.opt == "sgd")))
"""
TRAINING = """algo = python train.py
call-format = argparse
result-pattern = quality: loss: (\\S+)
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
runcount-limit = 8
"""
PCS = """lr real [1e-5, 1] [0.1] log
opt categorical {sgd, adam} [sgd]
mom real [0, 1] [0.9]
mom | opt in {sgd}
"""


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_file_says_all_about_a_training_script(folder: ScenarioFolder) -> None:
    folder.write("train.py", SCRIPT)
    folder.write("params.pcs", PCS)
    folder.write("scenario.txt", TRAINING)
    assert folder.tune().returncode == 0
    done = folder.bbopt("export", str(folder.output), "--to", "csv", "--output", "runs.csv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = (folder.path / "runs.csv").read_text()
    table = rows(text)
    assert len(table) == 8
    assert [row["run"] for row in table] == [str(n) for n in range(1, 9)]
    for row in table:
        loss = abs(float(row["lr"]) - 0.01) + (row["opt"] == "sgd")
        assert abs(float(row["quality"]) - loss) <= 1e-5 * max(1.0, loss)
        assert (row["mom"] == "") == (row["opt"] == "adam")
        assert row["status"] == "SAT"
        assert row["started_at"] <= row["ended_at"]
    assert table[0]["origin"] == "default"
    assert folder.bbopt("export", str(folder.output), "--to", "csv").stdout == text
    again = folder.bbopt("export", str(folder.output), "--to", "csv", "--output", "runs.csv")
    assert again.returncode == 1
    assert "runs.csv: the output of an export exists already" in again.stderr
    assert (folder.path / "runs.csv").read_text() == text


def test_while_searching_and_after_a_kill(folder: ScenarioFolder) -> None:
    folder.write("target.sh", "#!/bin/sh\necho 'Result for SMAC: SAT, 0.1, 0, 0.5, -1'\n", executable=True)
    process = folder.start("--runcount-limit", "100000")
    journal = folder.output / "live-rundata-1.json"
    try:
        wait_for(lambda: journal.exists() and len(runs(folder)) >= 5)
        during = folder.bbopt("export", str(folder.output), "--to", "csv")
    finally:
        kill_all_in(folder.path)
        process.communicate()
    after = folder.bbopt("export", str(folder.output), "--to", "csv")
    assert during.returncode == after.returncode == 0
    assert len(rows(during.stdout)) >= 5
    assert after.stdout.startswith(during.stdout)


def test_folders_that_are_none(folder: ScenarioFolder, tmp_path: Path) -> None:
    done = folder.bbopt("export", "no-such", "--to", "csv")
    assert (done.returncode, done.stderr) == (1, "bbopt: error: no-such: there is no such folder\n")
    assert "no seed has written here" in folder.bbopt("export", ".", "--to", "csv").stderr
    assert "expected: one of csv" in folder.bbopt("export", ".", "--to", "xlsx").stderr
    assert os.listdir(tmp_path) == ["work"]
