"""All runs of a folder as one table: every seed's, running or not, whatever state its files are in."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt.errors import InputError, StateError
from bbopt.exports import FORMS, read_run_table
from bbopt.runs import Elapsed, RunStatus
from bbopt.space import parse_pcs
from bbopt.stores import RecordedRun, Results, RunStore, store_in, validation_record_in
from tests.journals import journal_path
from tests.stores.searches import IDENTITY, SPACE, asked, run

GOLDEN = Path(__file__).parent.parent / "golden" / "smac2-run" / "output"


def write(store: RunStore, seed: int, *runs: RecordedRun) -> None:
    with store.open(seed, IDENTITY, SPACE) as recorder:
        for one in runs:
            recorder.record(one)


def as_csv(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(FORMS["csv"](read_run_table(folder)), newline="")))


def test_all_seeds_while_one_is_searching(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    odd = 'a "quoted", text\nof two lines'
    write(store, 10, run(1, additional=odd), run(2, status=RunStatus.CRASHED, quality=float("inf")), run(1))
    write(store_in(tmp_path, is_hidden=True), 3, run(4))
    with store.open(2, IDENTITY, SPACE) as recorder:
        recorder.record(RecordedRun(asked(5), run(5).result, Elapsed(1.5, 0.25), reused_from=10))
        rows = as_csv(tmp_path)
    assert [(row["search_seed"], row["run"], row["configuration"], row["seed"]) for row in rows] == [
        ("2", "1", "1", "5"),
        ("3", "1", "1", "4"),
        ("10", "1", "1", "1"),
        ("10", "2", "2", "2"),
        ("10", "3", "1", "1"),
    ]
    assert (rows[0]["elapsed_s"], rows[0]["own_cpu_s"], rows[0]["reused_from"]) == ("1.5", "0.25", "10")
    assert (rows[2]["additional"], rows[2]["instance"]) == (odd, asked(1).instance.name)
    assert (rows[3]["status"], rows[3]["quality"]) == ("CRASHED", "inf")
    assert (rows[3]["alpha"], rows[3]["beta"], rows[3]["heur"]) == ("0.002", "7", "fast")
    assert (rows[3]["origin"], rows[3]["proposal"], rows[3]["cutoff_s"]) == ("model", "2", "2.0")


def test_torn_tail_costs_its_run_and_damage_is_told(tmp_path: Path) -> None:
    write(store_in(tmp_path), 1, run(1), run(2))
    with journal_path(tmp_path, 1).open("a") as file:
        file.write('{"r-rc": {"@rc-id": 77')
    assert len(read_run_table(tmp_path).rows) == 2
    assert read_run_table(tmp_path).problems == ()
    text = journal_path(tmp_path, 1).read_text().replace('"r-quality"', '"r-quantity"', 1)
    journal_path(tmp_path, 1).write_text(text)
    table = read_run_table(tmp_path)
    assert len(table.rows) == 1
    assert "r-quality" in table.problems[0]


def test_seeds_of_two_spaces_have_all_columns(tmp_path: Path) -> None:
    write(store_in(tmp_path), 1, run(1))
    other = parse_pcs("seed integer [0, 9] [4]\n")
    with store_in(tmp_path).open(2, replace(IDENTITY, pcs_text=other.text), other) as recorder:
        recorder.record(replace(run(1), request=replace(asked(1), configuration=other.default)))
    table = read_run_table(tmp_path)
    assert table.columns[:4] == ("alpha", "beta", "heur", "seed")
    assert [[row[name] for name in ("heur", "seed", "run_seed")] for row in table.rows] == [
        ["fast", None, 1],
        [None, 4, 1],
    ]
    assert tuple(table.rows[1]) == table.columns


@pytest.mark.parametrize("without", [None, "live-rundata-1.json"])
def test_what_smac_v2_wrote(tmp_path: Path, without: str | None) -> None:
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    if without is not None:
        (tmp_path / without).unlink()
    rows = read_run_table(tmp_path).rows
    assert len(rows) == 60
    assert rows[0]["status"] == "TIMEOUT"
    assert (rows[0]["alpha"], rows[0]["beta"], rows[0]["heur"]) == (0.9, None, "slow")
    assert (rows[0]["origin"], rows[0]["search_seed"], rows[0]["additional"]) == (None, 1, "h=0.395")


def test_state_folder_alone(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "state-run1", tmp_path / "moved")
    assert [row["search_seed"] for row in read_run_table(tmp_path / "moved").rows] == [None] * 60


def test_folder_that_holds_nothing_readable(tmp_path: Path) -> None:
    folder = tmp_path / "rungroup"
    with pytest.raises(StateError, match="cannot look into"):
        read_run_table(folder)
    folder.mkdir()
    with pytest.raises(InputError, match="no seed has written here"):
        read_run_table(folder)
    journal_path(folder, 1).write_text('[]\n{"r-rc": 1}\n')
    with pytest.raises(InputError, match=f"did you mean {folder}"):
        read_run_table(tmp_path)
    with pytest.raises(StateError, match="does not say which parameters its runs have"):
        read_run_table(folder)
    write(store_in(folder), 2, run(1))
    table = read_run_table(folder)
    assert len(table.rows) == 1
    assert "does not say which parameters" in table.problems[0]


def test_texts_of_a_design_and_metrics_stand_behind_what_they_would_hide(tmp_path: Path) -> None:
    texts = (("note", "first"), ("status", "odd"), ("alpha", "0.0010"))
    told = replace(run(1).result, metrics={"note": 3.0, "loss": 0.5})
    write(store_in(tmp_path), 1, RecordedRun(replace(asked(1), texts=texts), told))
    (row,) = as_csv(tmp_path)
    assert (row["note"], row["text_status"], row["status"]) == ("first", "odd", "SAT")
    assert (row["alpha"], row["metric_note"], row["loss"]) == ("0.001", "3.0", "0.5")


def test_runs_of_validations(tmp_path: Path) -> None:
    write(store_in(tmp_path), 1, run(1))
    with pytest.raises(InputError, match="no run of a validation is on record here"):
        read_run_table(tmp_path, validations=True)
    recorder, _ = validation_record_in(Results(tmp_path), 3, IDENTITY, SPACE)
    with recorder:
        recorder.record(run(2))
    assert [row["seed"] for row in read_run_table(tmp_path, validations=True).rows] == [2]
    assert [row["seed"] for row in read_run_table(tmp_path).rows] == [1]


def test_no_run_yet(tmp_path: Path) -> None:
    write(store_in(tmp_path), 1)
    assert FORMS["csv"](read_run_table(tmp_path)) == ""
