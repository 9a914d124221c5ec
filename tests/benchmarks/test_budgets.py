"""A tiny grid of searches with budgets, computed, interrupted and reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.budgeted.cells import BudgetedCell, BudgetedResult
from benchmarks.budgeted.report import after_runs_table, regret_table, task_table
from benchmarks.budgeted.store import BudgetedStore
from benchmarks.budgets import main
from benchmarks.tasks import Scale

GRID = ["--tasks", "mfhartmann3", "--methods", "full:random", "asha:random", "--seeds", "0-1", "--work", "1"]
CELL = BudgetedCell("asha:random", "slope", "plain", "checkpoints", 0, 2.0)


def result(cell: BudgetedCell = CELL) -> BudgetedResult:
    """Six runs; the fourth takes the work beyond 1, the last one beyond 2."""
    return BudgetedResult(
        cell,
        work=(0.25, 0.5, 1.0, 1.5, 1.75, 2.25),
        budgets=(1, 1, 2, 2, 1, 2),
        shown=(9.0, 5.0, 6.0, 8.0, 3.0, 4.0),
        finals=(7.0, 5.0, 6.0, 6.0, 6.0, 2.0),
        own_s=(0.5,) * 6,
    )


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def n_computed(capsys: pytest.CaptureFixture[str]) -> int:
    return sum(" after " in line for line in capsys.readouterr().err.splitlines())


def test_a_grid_is_computed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*GRID, "--results", str(tmp_path)]
    assert main(words) == 0
    assert n_computed(capsys) == 4
    assert len(list(tmp_path.rglob("*.json"))) == 4
    assert main([*words, "--runs", "5"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "| plain | asha:random " in captured.out
    assert "lowest shown" in captured.out
    lost = next(tmp_path.rglob("*.json"))
    lost.unlink()
    assert main([*words, "--report-only"]) == 0
    assert n_computed(capsys) == 0
    assert main(words) == 0
    assert n_computed(capsys) == 1


def test_bad_words_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--methods", "bohb"]) == 2
    assert "budgets: no method 'bohb'" in capsys.readouterr().err
    assert main(["--tasks", "brain"]) == 2
    assert "no task or group 'brain'; there are: all, lcbench" in capsys.readouterr().err


def test_tasks_without_data_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tasks", "rpart", "--data", str(tmp_path / "none"), "--results", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert "left out, because their data is not there: rbv2_rpart_3" in captured.err
    assert captured.out == "no results\n"


def test_a_search_that_fails_is_said_and_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lcbench").mkdir()
    (tmp_path / "lcbench" / "model.onnx").touch()
    words = ["--tasks", "lcbench_3945", "--methods", "full:random", "--seeds", "0", "--data", str(tmp_path)]
    assert main([*words, "--results", str(tmp_path / "results")]) == 1
    captured = capsys.readouterr()
    assert "full:random on lcbench_3945 (plain, checkpoints), seed 0 failed: " in captured.err
    assert captured.out == "no results\n"
    assert not list((tmp_path / "results").rglob("*.json"))


def test_results_are_kept_apart_by_all_that_matters(tmp_path: Path) -> None:
    store = BudgetedStore(tmp_path)
    cells = [
        CELL,
        replace(CELL, method="asha:random#a/b"),
        replace(CELL, task="other"),
        replace(CELL, kind="noisy"),
        replace(CELL, pricing="anew"),
        replace(CELL, seed=1),
    ]
    assert len({store.path(cell) for cell in cells}) == len(cells)
    store.save(result(cells[1]))
    assert [store.load(cell) for cell in cells] == [None, result(cells[1]), None, None, None, None]


def test_a_longer_search_serves_for_a_shorter_one(tmp_path: Path) -> None:
    store = BudgetedStore(tmp_path)
    store.save(result())
    assert store.load(replace(CELL, work=2.5)) is None
    shorter = store.load(replace(CELL, work=1.0))
    assert shorter is not None
    assert shorter.cell.work == 1.0
    assert shorter.work == (0.25, 0.5, 1.0)
    assert shorter.own_s == (0.5,) * 3


def test_what_is_known_after_so_much_work_or_so_many_runs() -> None:
    found = result()
    assert [found.final_after(paid) for paid in (0.1, 0.25, 0.6, 1.0, 2.0, 9.0)] == [7, 7, 5, 6, 6, 2]
    assert [found.final_after_runs(n) for n in (1, 3, 6)] == [7, 6, 2]
    assert [found.lowest_after_runs(n) for n in (1, 4, 6)] == [9, 5, 3]
    assert [found.work_after_runs(n) for n in (1, 4, 6)] == [0.25, 1.5, 2.25]


def test_tables_have_means_over_tasks_and_seeds() -> None:
    other = replace(result(replace(CELL, task="flat", seed=3)), finals=(10.0,) * 6)
    one_seed = result(replace(CELL, method="dehb"))
    scales = {"slope": Scale(1.0, 3.0), "flat": Scale(8.0, 9.0)}
    results = [result(), other, one_seed]
    assert rows(regret_table(results, scales, [1, 2.5])) == [
        ["plain", "asha:random", "2.250 (2.236)", "1.250 (1.000)", "3.0", "2", "2", "2"],
        ["plain", "dehb", "2.500 (2.500)", "0.500 (0.500)", "3.0", "1", "1", "1"],
    ]
    assert rows(task_table(results, scales, [1, 2.5])) == [
        ["plain", "slope", "2.500 / 0.500", "2.500 / 0.500"],
        ["plain", "flat", "2.000 / 2.000", "-"],
    ]
    assert rows(after_runs_table([result()], [2, 5, 9])) == [
        ["plain", "slope", "asha:random", "lowest shown", "5.000", "3.000", "-", "1"],
        ["plain", "slope", "asha:random", "recommended", "5.000", "6.000", "-", "1"],
        ["plain", "slope", "asha:random", "work", "0.500", "1.750", "-", "1"],
    ]
