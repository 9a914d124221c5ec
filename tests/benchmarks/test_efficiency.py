"""A tiny grid, computed, interrupted and reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.comparison import Cell, CellResult, ResultStore
from benchmarks.efficiency import main

GRID = ["--tasks", "branin", "cond", "--optimizers", "random", "--seeds", "0-1", "--budget", "30"]


def result(cell: Cell, *, is_cut_off: bool = False) -> CellResult:
    values = tuple(float(n) for n in range(cell.budget, 0, -1))
    return CellResult(cell, values, values, values, values, values, is_cut_off)


def n_computed(capsys: pytest.CaptureFixture[str]) -> int:
    return sum(" after " in line for line in capsys.readouterr().err.splitlines())


def test_a_grid_is_computed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*GRID, "--results", str(tmp_path / "results"), "--json", str(tmp_path / "figures.json")]
    assert main(words) == 0
    assert n_computed(capsys) == 4
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["optimizers"]["random"]["searches"] == 4
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "results").rglob("*.json")}
    assert len(written) == 4

    assert main(words) == 0
    assert n_computed(capsys) == 0
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert json.loads((tmp_path / "figures.json").read_text()) == figures

    lost = next(iter(written))
    lost.unlink()
    assert main(words) == 0
    assert n_computed(capsys) == 1
    again = json.loads((tmp_path / "figures.json").read_text())["optimizers"]["random"]
    assert again["mean"] == figures["optimizers"]["random"]["mean"]


def test_a_search_that_fails_is_said_and_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--tasks", "branin", "--optimizers", "bbopt:nonsense=1", "--seeds", "0", "--budget", "5"]
    assert main([*words, "--results", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert "failed: ValueError: ModelSettings has no 'nonsense'" in captured.err
    assert "no results" in captured.out
    assert not list(tmp_path.rglob("*.json"))


def test_bad_words_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--optimizers", "bbob"]) == 2
    assert "no optimizer 'bbob'" in capsys.readouterr().err
    assert main(["--tasks", "brain"]) == 2
    assert "no task or group 'brain'" in capsys.readouterr().err


def test_tasks_without_data_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--tasks", "lcbench", "--data", str(tmp_path / "none"), "--results", str(tmp_path)]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert "left out, because their data is not there: lcbench_3945" in captured.err
    assert "no results" in captured.out


def test_results_are_kept_apart_by_all_that_matters(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    cells = [
        Cell("branin", "bbopt", 0, 30),
        Cell("branin", "bbopt:forest.n_trees=5", 0, 30),
        Cell("branin", "bbopt#a/b", 0, 30),
        Cell("branin", "bbopt", 1, 30),
        Cell("branin", "bbopt", 0, 31),
        Cell("cond", "bbopt", 0, 30),
    ]
    assert len({store.path(cell) for cell in cells}) == len(cells)
    store.save(result(cells[2]))
    assert [store.load(cell) for cell in cells] == [None, None, result(cells[2]), None, None, None]


def test_a_longer_search_serves_those_that_do_not_plan_for_their_budget(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    for optimizer in ("random", "bbopt"):
        store.save(result(Cell("branin", optimizer, 0, 50)))
        store.save(result(Cell("branin", optimizer, 0, 100)))
    found = store.load(Cell("branin", "random", 0, 40))
    assert found is not None
    assert found.cell == Cell("branin", "random", 0, 40)
    assert found.losses == result(Cell("branin", "random", 0, 50)).losses[:40]
    assert store.load(Cell("branin", "random", 0, 101)) is None
    assert store.load(Cell("branin", "bbopt", 0, 40)) is None
    assert store.load(Cell("branin", "bbopt", 0, 50)) == result(Cell("branin", "bbopt", 0, 50))


def test_a_search_that_is_cut_off_was_not_when_it_got_far_enough() -> None:
    six = (1.0,) * 6
    late = CellResult(Cell("branin", "random", 0, 10), six, six, six, six, six, is_cut_off=True)
    assert late.first(7).is_cut_off
    assert not late.first(6).is_cut_off
