"""A solver tuned for its runtime over instances: what is said and written looks like SMAC v2's own run."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from pathlib import Path

import pytest

from bbopt.runs import RunStatus
from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import ScenarioFolder
from tests.journals import read_journal

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"
INPUTS = ("params.pcs", "train.txt", "test.txt", "features.csv")

SOLVER = """#!/bin/sh
# A solver that says how long it would have taken: more for later instances and for large alphas.
instance=$1 cutoff=$3 seed=$5 heur=slow alpha=0.9
shift 5
while [ $# -gt 0 ]; do
  case "$1" in
    -heur) heur=$2 ;;
    -alpha) alpha=$2 ;;
  esac
  shift 2
done
awk -v i="$instance" -v k="$cutoff" -v s="$seed" -v h="$heur" -v a="$alpha" 'BEGIN {
  t = (h == "slow" ? 1.5 : 0.4) + 0.1 * index("abcd", substr(i, 6, 1)) + (a - 0.3) ^ 2 + (s % 7) / 50
  printf "Result for SMAC: %s, %.4f, 0, 0.5, %s, h\\n", (t < k ? "SAT" : "TIMEOUT"), (t < k ? t : k), s
}'
"""


@pytest.fixture
def reference(folder: ScenarioFolder) -> ScenarioFolder:
    """The scenario of the reference run, with a solver of about the same speed."""
    for name in INPUTS:
        shutil.copy(GOLDEN_RUN / name, folder.path / name)
    folder.write("solver.py", SOLVER, executable=True)
    text = (GOLDEN_RUN / "scenario.txt").read_text()
    folder.write("scenario.txt", text.replace("runcount-limit = 60", "runcount-limit = 30"))
    return folder


def form(line: str) -> str:
    """The line without what differs from run to run: names, numbers, times and settings."""
    line = re.sub(r"cd \S+; (\./solver\.py) inst/\S+ (.*?) -[a-z].*", r"cd FOLDER; \1 INSTANCE \2", line)
    line = re.sub(r"started at: [^.]*\.", "started at: TIME.", line)
    line = re.sub(r"0x[0-9A-F]+", "ID", line)
    return re.sub(r"\d+(\.\d+)?(E-?\d+)?", "N", line).rstrip()


def forms(text: str) -> set[str]:
    search, _, _ = text.partition("[INFO ] Now starting offline validation.")
    other = "Logging to|Version of SMAC|Call String|Runs are measured|the target reports a runtime"
    return {form(line) for line in search.splitlines() if not re.match(rf"\[\w+ *\] ({other})", line)}


def test_the_console_reads_like_smac2s(reference: ScenarioFolder) -> None:
    done = reference.tune()
    assert done.returncode == 0, done.stderr
    ours, theirs = forms(done.stdout), forms((GOLDEN_RUN / "stdout.txt").read_text())
    assert ours <= theirs
    closing = "SMAC's final incumbent: config N (internal ID: ID), with estimated penalized average runtime "
    assert any(line.startswith(closing) for line in ours)
    assert " on 4 training instance(s).\n" in done.stdout


def test_sample_calls_have_the_whole_cutoff(reference: ScenarioFolder) -> None:
    done = reference.tune("--ac-add-slack", "0.1")
    capped = {run.request.cutoff_s for run in runs_of(reference) if run.request.cutoff_s < 2}
    calls = [shlex.split(line) for line in done.stdout.splitlines() if line.startswith("cd ")]
    assert capped
    assert calls
    assert {call[5] for call in calls} == {"2.0"}


def test_the_files_have_smac2s_forms(reference: ScenarioFolder) -> None:
    assert reference.tune().returncode == 0
    theirs = GOLDEN_RUN / "output"
    for name in ("traj-run-1.txt", "detailed-traj-run-1.csv"):
        ours = (reference.output / name).read_text().splitlines()
        assert ours[:2] == (theirs / name).read_text().splitlines()[:2]
        assert len(ours) > 3
    (runs,) = (reference.output / "state-run1").glob("runs_and_results-it*.csv")
    (their_runs,) = (theirs / "state-run1").glob("runs_and_results-it*.csv")
    with runs.open(newline="") as file, their_runs.open(newline="") as their_file:
        rows, their_rows = list(csv.reader(file)), list(csv.reader(their_file))
    assert rows[0] == their_rows[0]
    assert {len(row) for row in rows} == {len(row) for row in their_rows}
    assert len(rows) == 31
    assert {row[2] for row in rows[1:]} == {"1", "2", "3", "4"}
    assert len(runs_of(reference)) == 30


def test_searches_that_share_compare_on_the_same_pairs_and_reuse_runs(reference: ScenarioFolder) -> None:
    shares = ("--shared-model-mode", "true", "--validation", "false")
    first = reference.tune(*shares, seed=1)
    second = reference.tune(*shares, seed=2)
    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    pairs = [{(run.request.instance.name, run.request.seed) for run in runs_of(reference, n)} for n in (1, 2)]
    shorter, longer = sorted(pairs, key=len)
    assert len(shorter) > 2
    assert shorter <= longer
    reused = [run for run in runs_of(reference, 2) if run.reused_from == 1]
    assert reused
    theirs = {
        (run.request.configuration, run.request.instance, run.request.seed) for run in runs_of(reference)
    }
    assert all(
        (run.request.configuration, run.request.instance, run.request.seed) in theirs for run in reused
    )


def test_several_runs_at_once_leave_no_incumbent_with_a_capped_run(reference: ScenarioFolder) -> None:
    done = reference.tune("--cores", "3", "--runcount-limit", "60", "--ac-add-slack", "0.1")
    assert done.returncode == 0, done.stderr
    runs = runs_of(reference)
    assert len(runs) == 60
    best = done.stdout.rpartition("Sample call for this final incumbent:")[2]
    own = [run for run in runs if run.request.configuration.call_text() in best]
    in_full = {(r.request.instance, r.request.seed) for r in own if r.request.cutoff_s == 2.0}
    answered = {(r.request.instance, r.request.seed) for r in own if r.result.status is not RunStatus.TIMEOUT}
    assert own
    assert all((r.request.instance, r.request.seed) in in_full | answered for r in own)


def runs_of(folder: ScenarioFolder, seed: int = 1) -> tuple[RecordedRun, ...]:
    space = read_pcs(folder.path / "params.pcs")
    return read_journal(folder.output / f"live-rundata-{seed}.json", space).runs
