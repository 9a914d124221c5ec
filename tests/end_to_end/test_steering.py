"""A search that is watched and steered from another process, through its output folder alone."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, wait_for

TARGET = """#!/bin/sh
# Waits for a file named after its x, whatever SIGTERM says, unless x is below 0.5
trap '' TERM
shift 5
case "$2" in
  0.1|0.2|0.3|0.4) ;;
  *) until test -e go-$2 || test -e go; do sleep 0.05; done ;;
esac
echo "Result for SMAC: SAT, 0.01, 0, $2, -1"
"""
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
engine = csv
design = rows.csv
cores = 2
"""


class Search:
    """A search in the background."""

    def __init__(self, folder: ScenarioFolder, *arguments: str, rows: str, target: str = TARGET) -> None:
        folder.write("target.sh", target, executable=True)
        folder.write("params.pcs", "x real [0, 1] [0.5]\n")
        folder.write("scenario.txt", SCENARIO)
        folder.write("rows.csv", "x\n" + rows.replace(" ", "\n") + "\n")
        self.folder = folder
        self.process = folder.start(*arguments)

    def under_way(self) -> dict[str, str]:
        path = self.folder.output / "under-way-1.json"
        if not path.exists():
            return {}
        return {run["name"]: run["settings"] for run in json.loads(path.read_text())}

    def waits_for(self, *names: str) -> None:
        wait_for(lambda: set(self.under_way()) == set(names))

    def table(self, *arguments: str) -> list[dict[str, str]]:
        text = self.folder.bbopt("export", str(self.folder.output), "--to", "csv", *arguments).stdout
        return list(csv.DictReader(io.StringIO(text)))

    def bbopt(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.folder.bbopt(command, str(self.folder.output), *arguments)


@contextmanager
def search(folder: ScenarioFolder, *arguments: str, rows: str, target: str = TARGET) -> Iterator[Search]:
    found = Search(folder, *arguments, rows=rows, target=target)
    try:
        yield found
    finally:
        kill_all_in(folder.path)
        found.process.communicate()


def test_a_run_is_seen_and_ended_and_the_search_goes_on(folder: ScenarioFolder) -> None:
    with search(folder, rows="0.6 0.1 0.7 0.8") as found:
        found.waits_for("1-1", "1-3")
        shown = found.bbopt("status").stdout
        assert re.search(r"^1-1 +0 .* -x '0\.6'$", shown, re.MULTILINE)
        assert re.search(r"^1-2 +SAT +0\.1 ", shown, re.MULTILINE)
        done = found.bbopt("stop", "1-1")
        assert (done.returncode, done.stdout, done.stderr) == (0, "run 1-1 is ended\n", "")
        found.waits_for("1-3", "1-4")
        again = found.bbopt("stop", "1-1")
        assert (again.returncode, again.stderr) == (1, "run 1-1 had ended before\n")
        never = found.bbopt("stop", "1-99")
        assert "there is no run 1-99 under way\n  expected: 1-3, 1-4" in never.stderr
        (folder.path / "go").touch()
        assert found.process.wait(60) == 0
        rows = {row["run_id"]: row for row in found.table()}
        assert set(rows) == {"1-1", "1-2", "1-3", "1-4"}
        assert rows["1-1"]["status"] == "CRASHED"
        assert rows["1-1"]["reason"].startswith("ended by the user (")
        best = json.loads(found.bbopt("best", "--json").stdout)
        assert (best["settings"], best["cost"]) == ({"x": 0.1}, 0.1)
        assert found.bbopt("best", "--command").stdout == "-x '0.1'\n"
        assert "no search is running here" in found.bbopt("stop").stderr
        assert list((folder.output / "requests-1").iterdir()) == []


def test_the_first_run_may_be_ended(folder: ScenarioFolder) -> None:
    with search(folder, "--cores", "1", "--retry-crashed-count", "3", rows="0.6 0.1") as found:
        found.waits_for("1-1")
        assert found.bbopt("stop", "1").returncode == 0
        assert found.process.wait(60) == 0
        assert [row["status"] for row in found.table()] == ["CRASHED", "SAT"]


def test_a_whole_search_ends_and_is_resumed(folder: ScenarioFolder) -> None:
    with search(folder, rows="0.1 0.6 0.7") as found:
        found.waits_for("1-2", "1-3")
        done = found.bbopt("stop")
        assert (done.returncode, done.stdout) == (0, "the search with seed 1 is over\n")
        assert found.process.wait(60) == 0
        assert [row["run_id"] for row in found.table()] == ["1-1"]
        assert found.under_way() == {}
    (folder.path / "go").touch()
    assert folder.tune("--resume", "auto").returncode == 0
    assert sorted(row["x"] for row in found.table()) == ["0.1", "0.6", "0.7"]
    assert len({row["run_id"] for row in found.table()}) == 3


def test_a_validation_is_seen_and_ended(folder: ScenarioFolder) -> None:
    folder.write("train.txt", "train\n")
    folder.write("test.txt", "test-1\ntest-2\ntest-3\n")
    instances = ("--use-instances", "true", "--instances", "train.txt", "--test-instances", "test.txt")
    target = TARGET.replace(
        "shift 5\n", 'case "$1" in test*) until test -e go; do sleep 0.05; done ;; esac\nshift 5\n'
    )
    with search(folder, *instances, rows="0.1", target=target) as found:
        found.waits_for("1-2", "1-3")
        assert re.search(r"^1-3 +1 .* -x '0\.1'$", found.bbopt("status").stdout, re.MULTILINE)
        assert found.bbopt("stop", "1-2").stdout == "run 1-2 is ended\n"
        found.waits_for("1-3", "1-4")
        assert found.bbopt("stop").stdout == "the search with seed 1 is over\n"
        assert found.process.wait(60) == 0
        assert [row["run_id"] for row in found.table()] == ["1-1"]
        assert [(row["run_id"], row["status"]) for row in found.table("--validations")] == [
            ("1-2", "CRASHED")
        ]
        assert list(folder.output.glob("validationResults-*"))


def test_a_search_is_ended_before_it_begins(folder: ScenarioFolder) -> None:
    with search(folder, "--pre-scenario-command", "touch began; sleep 600", rows="0.1") as found:
        wait_for((folder.path / "began").exists)
        assert found.bbopt("stop").stdout == "the search with seed 1 is over\n"
        assert found.process.wait(60) == 0
        assert found.table() == []


def test_runs_are_forgotten_while_searching_and_afterwards(folder: ScenarioFolder) -> None:
    with search(folder, rows="0.1 0.2 0.6 0.3 0.4") as found:
        wait_for(lambda: len(found.table()) == 4)
        before = (folder.output / "live-rundata-1.json").read_text()
        assert found.bbopt("forget", "1-1").stdout == "forgotten: 1-1\n"
        (folder.path / "go").touch()
        assert found.process.wait(60) == 0
        # The row is not done any more, so it is run again.
        assert sorted(row["x"] for row in found.table()) == ["0.1", "0.2", "0.3", "0.4", "0.6"]
        assert (folder.output / "live-rundata-1.json").read_text().startswith(before)
        assert "1-1" not in {row["run_id"] for row in found.table()}
        (name,) = (row["run_id"] for row in found.table() if row["x"] == "0.1")
        assert found.bbopt("forget", name).returncode == 0
        assert json.loads(found.bbopt("best", "--json").stdout)["settings"] == {"x": 0.2}
        assert "no run 1-1 is on record" in found.bbopt("forget", "1-1").stderr
        assert folder.tune("--resume", "auto").returncode == 0
        assert sorted(row["x"] for row in found.table()) == ["0.1", "0.2", "0.3", "0.4", "0.6"]
        assert len((folder.output / "forgotten-1.jsonl").read_text().splitlines()) == 2


def test_a_command_for_each_new_incumbent_and_an_end_without_improvement(folder: ScenarioFolder) -> None:
    command = "sh -c 'echo \"$BBOPT_PARAM_X $BBOPT_COST $BBOPT_SETTINGS\" >> ../seen; echo from the command'"
    options = ("--on-new-incumbent", command, "--stop-after-no-improvement", "2", "--cores", "1")
    with search(folder, *options, rows="0.4 0.3 0.4 0.4 0.2") as found:
        out, _ = found.process.communicate(timeout=60)
        assert "no improvement in 2 runs (stop-after-no-improvement)." in out
        seen = (folder.path / ".." / "seen").read_text()
        assert seen.splitlines()[-1] == '0.3 0.3 {"x": "0.3"}'
        assert "from the command" in (folder.output / "log-run1.txt").read_text()
        assert len(found.table()) == 4


def test_a_command_for_incumbents_that_is_waited_for_at_the_end_is_no_hindrance(
    folder: ScenarioFolder,
) -> None:
    command = "sh -c 'exec sleep 999'"
    with search(folder, "--on-new-incumbent", command, rows="0.1") as found:
        log = folder.output / "log-run1.txt"
        wait_for(lambda: log.exists() and "waiting for the command" in log.read_text())
        assert found.bbopt("stop").stdout == "the search with seed 1 is over\n"
        assert found.process.wait(60) == 0
    log.unlink()
    with search(folder, "--on-new-incumbent", command, rows="0.1") as found:
        wait_for(lambda: log.exists() and "waiting for the command" in log.read_text())
        found.process.send_signal(signal.SIGINT)
        assert found.process.wait(60) == 130
