"""The iterations of a record, against those that SMAC v2 counted."""

from __future__ import annotations

import csv
from pathlib import Path

from bbopt.space import read_pcs
from bbopt.tuning import Iterations
from tests.journals import read_journal

GOLDEN_RUN = Path(__file__).parents[1] / "golden" / "smac2-run"


def test_the_reference_run_has_smac2s_iterations() -> None:
    """But for three runs of an incumbent that was a challenger of the iteration before."""
    journal = read_journal(GOLDEN_RUN / "output/live-rundata-1.json", read_pcs(GOLDEN_RUN / "params.pcs"))
    with (GOLDEN_RUN / "output/state-run1/runs_and_results-it13.csv").open(newline="") as file:
        theirs = [int(row["SMAC Iteration"]) for row in csv.DictReader(file)]
    counted = Iterations()
    ours = [counted.add(run.request, run.result) for run in journal.runs]
    differing = [i for i, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1]]
    assert differing == [1, 6, 17]
    assert all(ours[i] == theirs[i] - 1 == theirs[i - 1] for i in differing)


def test_a_run_in_the_race_never_begins_another_iteration() -> None:
    journal = read_journal(GOLDEN_RUN / "output/live-rundata-1.json", read_pcs(GOLDEN_RUN / "params.pcs"))
    counted = Iterations()
    for run in journal.runs:
        counted.add(run.request, run.result)
        assert counted.number_for(run.request) == counted.number
