"""The names in an output folder: made and matched alike, and set aside by seed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.exports import VALIDATION_TABLES
from bbopt.output_folder import OutputFolder, SeedFile, highest_number

GOLDEN = Path(__file__).parent / "golden" / "smac2-run" / "output"


@pytest.fixture
def output(tmp_path: Path) -> OutputFolder:
    shutil.copytree(GOLDEN, tmp_path / "out")
    return OutputFolder(tmp_path / "out")


@pytest.mark.parametrize("kind", SeedFile)
@pytest.mark.parametrize("seed", [0, 7, 2**31 - 1, 10**19 - 1])
def test_a_name_tells_the_seed_that_it_was_made_for(kind: SeedFile, seed: int) -> None:
    name = kind.name_of(seed)
    assert kind.seed_in(name) == seed
    assert [other for other in SeedFile if other.seed_in(name) is not None] == [kind]


@pytest.mark.parametrize("kind", SeedFile)
@pytest.mark.parametrize(
    "number", ["", "x", "-1", "+1", "01", "00", "1 ", "1_0", "1.0", "\u0661", "9" * 20, "9" * 5000]
)
def test_other_numbers_are_no_seeds(kind: SeedFile, number: str) -> None:
    assert kind.seed_in(kind.name_of(number)) is None


@pytest.mark.parametrize("kind", SeedFile)
@pytest.mark.parametrize("ending", [".lock", ".torn-1", "~", "\n"])
def test_what_stands_beside_a_file_is_not_the_file(kind: SeedFile, ending: str) -> None:
    assert kind.seed_in(kind.name_of(1) + ending) is None


def test_smac2s_names_are_known(output: OutputFolder) -> None:
    for kind in (SeedFile.RECORD, SeedFile.TRAJECTORY, SeedFile.DETAILED_TRAJECTORY, SeedFile.STATE):
        assert [(seed, path) for seed, (path, _) in output.files(kind).items()] == [(1, output.file(kind, 1))]
    assert all(output.validation(table, "traj-run-1-walltime").is_file() for table in VALIDATION_TABLES)


def test_files_come_in_the_order_of_the_seeds(tmp_path: Path) -> None:
    for number in ("10", "9", "010", "x"):
        (tmp_path / SeedFile.RECORD.name_of(number)).write_text("")
    assert list(OutputFolder(tmp_path).files(SeedFile.RECORD)) == [9, 10]


def test_everything_of_a_real_run_is_set_aside(output: OutputFolder) -> None:
    names = sorted(os.listdir(output.path))
    moved = output.set_aside_run(1)
    assert moved == output.path / "previous" / "run-1-1"
    assert sorted(os.listdir(moved)) == names
    assert os.listdir(output.path) == ["previous"]
    assert (moved / "state-run1" / "param.pcs").is_file()


def test_other_seeds_and_other_files_stay(output: OutputFolder) -> None:
    others = {
        "traj-run-11.txt",
        "live-rundata-2.json",
        "live-rundata-1.json.bak",
        "state-run12",
        "state-run01",
        "log-run2.txt",
        "notes-1.txt",
        "claims.json",
    }
    mine = {"log-run1.txt", "log-warn1.txt", "log-err1.txt", "live-rundata-1.json.torn-2"}
    for name in others | mine:
        (output.path / name).write_text("")
    moved = output.set_aside_run(1)
    assert moved is not None
    assert mine < set(os.listdir(moved))
    assert set(os.listdir(output.path)) == others | {"previous"}


@pytest.mark.parametrize(
    ("name", "is_of_the_seed"),
    [
        ("live-validation-1.json", True),
        ("live-validation-11.json", False),
        ("validationResults-traj-run-1-walltime.csv", True),
        ("validationResults-detailed-traj-run-1-tunertime-Second.2.csv", True),
        ("validationResults-traj-run-11-walltime.csv", False),
        ("validationResults-traj-run-1-2-walltime.csv", False),
        ("validationResults-cli-1-walltime.csv", False),
    ],
)
def test_a_seeds_validations_go_with_it(tmp_path: Path, name: str, is_of_the_seed: bool) -> None:
    (tmp_path / name).write_text("")
    moved = OutputFolder(tmp_path).set_aside_run(1)
    assert (moved is not None and os.listdir(moved) == [name]) == is_of_the_seed
    assert (tmp_path / name).exists() != is_of_the_seed


def test_each_run_gets_a_folder_of_its_own(output: OutputFolder) -> None:
    first = output.set_aside_run(1)
    (output.path / "traj-run-1.txt").write_text("second")
    moved = output.set_aside_run(1)
    assert first is not None
    assert moved == output.path / "previous" / "run-1-2"
    assert (moved / "traj-run-1.txt").read_text() == "second"
    assert (first / "traj-run-1.txt").stat().st_size > 1000


@pytest.mark.parametrize("seed", [2, 11])
def test_nothing_to_move(output: OutputFolder, seed: int) -> None:
    assert output.set_aside_run(seed) is None
    assert not (output.path / "previous").exists()


def test_no_folder_yet(tmp_path: Path) -> None:
    assert OutputFolder(tmp_path / "nowhere").set_aside_run(1) is None


def test_a_move_that_fails(output: OutputFolder) -> None:
    (output.path / "previous").write_text("in the way")
    with pytest.raises(StateError, match="cannot set aside the earlier run of seed 1"):
        output.set_aside_run(1)
    assert (output.path / "traj-run-1.txt").exists()


def test_files_are_set_aside_never_overwritten(tmp_path: Path) -> None:
    output, names = OutputFolder(tmp_path), [tmp_path / "a", tmp_path / "b"]
    names[0].write_text("1")
    for number in (1, 2):
        moved = output.set_aside(names, "validation")
        assert moved == tmp_path / "previous" / f"validation-{number}"
        assert os.listdir(moved) == ["a"]
        assert (moved / "a").read_text() == str(number)
        names[0].write_text("2")
    names[0].unlink()
    assert output.set_aside(names, "validation") is None


def test_folders_of_runs_go_with_their_seed(tmp_path: Path) -> None:
    output = OutputFolder(tmp_path)
    for name in ("1-2", "1-10", "11-1", "1-x", "call-1", "1-02"):
        (output.runs / name).mkdir(parents=True)
    assert output.run_folders(1) == ["1-2", "1-10"]
    assert output.run_folders("call") == ["call-1"]
    moved = output.set_aside_run(1)
    assert moved is not None
    assert sorted(os.listdir(moved / "runs")) == ["1-10", "1-2"]
    assert sorted(os.listdir(output.runs)) == ["1-02", "1-x", "11-1", "call-1"]
    assert highest_number(["1-2", "1-10", "odd"]) == 10
