"""What `bbopt status` calls best: the incumbent that a search stands by, not its luckiest run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bbopt.output_folder import OutputFolder
from bbopt.session.folder_overview import folder_overview
from bbopt.stores import Results
from bbopt.stores.folder.folder_status import folder_status

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run" / "output"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("live-rundata-1.json", "detailed-traj-run-1.csv"):
        shutil.copy(GOLDEN_RUN / name, tmp_path / name)
    return tmp_path


def test_the_best_is_the_last_incumbent(folder: Path) -> None:
    (seed,) = folder_overview(Results(folder)).seeds
    last = (folder / "detailed-traj-run-1.csv").read_text().strip().splitlines()[-1]
    assert seed.best_cost == float(last.split('","')[1])
    assert (
        seed.best_cost != folder_status(OutputFolder(folder)).seeds[0].best_cost
    )  # a quality, which is 0 everywhere
    assert seed.best_configuration is not None
    assert seed.best_configuration.call_text().startswith("-alpha '")


def test_an_incumbent_that_never_worked_is_not_best(folder: Path) -> None:
    """The trajectory's number would make it so."""
    journal = folder / "live-rundata-1.json"
    journal.write_text(re.sub('"r-run-result" : "[A-Z]+"', '"r-run-result" : "CRASHED"', journal.read_text()))
    (seed,) = folder_overview(Results(folder)).seeds
    assert seed.n_failures == seed.n_runs > 0
    assert seed.best_cost is None
    assert folder_overview(Results(folder)).best is None


@pytest.mark.parametrize("content", [None, "", "something else\n", "torn"])
def test_without_a_trajectory_it_is_the_best_run(folder: Path, content: str | None) -> None:
    path = folder / "detailed-traj-run-1.csv"
    text = path.read_text()
    path.unlink()
    if content is not None:
        path.write_text(text.splitlines()[0] if content == "torn" else content)
    assert folder_overview(Results(folder)).seeds == folder_status(OutputFolder(folder)).seeds
