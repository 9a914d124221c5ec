from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from bbopt.executors import FolderKeeper
from bbopt.runs import NO_BUDGET, NO_INSTANCE, Origin, QualityObjective, Run, RunRequest, RunResult, RunStatus
from bbopt.scenario.run_folders import KeptFolders
from bbopt.space import Configuration, parse_pcs
from bbopt.target.supervisor.run_folder import FolderOrder, make

SPACE = parse_pcs("x integer [0, 99] [0]\n")
NONE = KeptFolders(failed=False, others=False)
FAILED = KeptFolders(others=False)


def best(n: int) -> KeptFolders:
    return KeptFolders(failed=False, others=False, n_best=n)


class Search:
    """Runs whose quality is their x; 90 and more crash."""

    def __init__(self, home: Path, kept: KeptFolders) -> None:
        self.home = home
        self.keeper = FolderKeeper(home, kept)
        self.runs: list[Run] = []
        self.incumbent: Configuration | None = None

    def run(self, x: int, quality: float | None = None) -> Run:
        run_id = f"1-{len(self.runs) + 1}"
        configuration = SPACE.configuration({"x": str(x)})
        status = RunStatus.CRASHED if x >= 90 else RunStatus.SAT
        result = RunResult(status, 1.0, 0, float(x) if quality is None else quality, run_id=run_id)
        request = RunRequest(configuration, NO_INSTANCE, -1, 9.0, NO_BUDGET, Origin("x", len(self.runs)))
        self.runs.append(Run.valued(request, result, QualityObjective()))
        make(FolderOrder(str(self.home / run_id), files={"a": "x" * 1000}), run_id)
        self.keeper.ended(run_id, result)
        return self.runs[-1]

    def record(self, *xs: int) -> None:
        for x in xs:
            run = self.run(x)
            least = min(
                (made for made in self.runs if not made.is_failure), key=lambda made: made.cost, default=run
            )
            self.incumbent = least.request.configuration
            self.keeper.recorded(run, self.incumbent)

    @property
    def kept(self) -> list[int]:
        """The x of those runs that have folders."""
        return [
            int(run.request.configuration.values["x"]) for run in self.runs if self.has(run.result.run_id)
        ]

    def has(self, run_id: str) -> bool:
        return (self.home / run_id).is_dir()


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (KeptFolders(), [5, 95, 3, 7, 3]),
        (NONE, []),
        (FAILED, [95, 3, 3]),
        (best(1), [3, 3]),
        (best(2), [5, 3, 3]),
        (best(9), [5, 95, 3, 7, 3]),
    ],
)
def test_which_folders_stay(tmp_path: Path, kept: KeptFolders, expected: list[int]) -> None:
    search = Search(tmp_path, kept)
    search.record(5, 95, 3, 7, 3)
    search.keeper.finish()
    assert search.kept == expected


@pytest.mark.parametrize(("kept", "expected"), [(best(1), [7]), (best(2), [3, 7])])
def test_of_equals_the_incumbent_is_the_best(tmp_path: Path, kept: KeptFolders, expected: list[int]) -> None:
    """It is the later one."""
    search = Search(tmp_path, kept)
    search.record(3, 4)
    run = search.run(7, quality=3.0)
    search.keeper.recorded(run, run.request.configuration)
    assert search.kept == expected


@pytest.mark.parametrize(
    ("kept", "stays"), [(KeptFolders(), True), (NONE, False), (FAILED, False), (best(1), False)]
)
def test_what_never_goes_on_record_stays_only_with_the_others(
    tmp_path: Path, kept: KeptFolders, stays: bool
) -> None:
    """A validation, say."""
    search = Search(tmp_path, kept)
    search.record(5)
    search.run(1)
    search.keeper.finish()
    assert search.has("1-2") is stays


@pytest.mark.parametrize(
    ("kept", "expected"), [(KeptFolders(), [5, 3, 7, 1]), (NONE, []), (FAILED, [3, 1]), (best(1), [3])]
)
def test_a_search_that_goes_on_knows_what_was_under_way(
    tmp_path: Path, kept: KeptFolders, expected: list[int]
) -> None:
    """Whoever was killed has removed nothing; the last run was under way."""
    search = Search(tmp_path, KeptFolders())
    search.record(5, 3, 7)
    search.run(1)
    again = FolderKeeper(tmp_path, kept)
    again.take_over(search.runs[:3], search.incumbent, os.listdir(tmp_path))
    assert search.kept == expected


@pytest.mark.parametrize("kept", [NONE, best(1)])
def test_a_run_of_another_search_keeps_its_folder(tmp_path: Path, kept: KeptFolders) -> None:
    """Its result was taken over, with the name of the run."""
    theirs = Search(tmp_path, KeptFolders())
    run = theirs.run(5)
    ours = FolderKeeper(tmp_path, kept)
    ours.take_over([run], None, [])
    ours.recorded(run, None)
    ours.finish()
    assert theirs.kept == [5]


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "1-1").mkdir()
    (tmp_path / "1-1" / "thesis.txt").write_text("x")
    FolderKeeper(tmp_path, NONE).take_over([], None, ["1-1"])
    assert (tmp_path / "1-1" / "thesis.txt").exists()


@pytest.mark.parametrize(
    ("kept", "text"),
    [(KeptFolders(most_files=10), "10 files of 10"), (KeptFolders(most_bytes=5500), "MB of 0.0055")],
)
def test_a_limit_is_warned_of_and_then_only_the_best_ones_stay(
    tmp_path: Path, kept: KeptFolders, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    search = Search(tmp_path, kept)
    with caplog.at_level(logging.WARNING):
        search.record(9, 8, 7, 6, 5, 10, 11, 4)
    assert search.kept == [9, 8, 7, 6, 5, 4]
    warnings = [record.message for record in caplog.records]
    assert len(warnings) == 2
    assert "nearly reached" in warnings[0]
    assert "not kept any more" in warnings[1]
    assert text.split(" of ")[1] in warnings[0]
