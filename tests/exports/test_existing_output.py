from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.exports import set_aside_earlier_run
from bbopt.process_lock import ProcessLock, lock_path
from bbopt.storage import journal_path

GOLDEN = Path(__file__).parent.parent / "golden" / "smac2-run" / "output"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(GOLDEN, tmp_path / "out")
    return tmp_path / "out"


def test_everything_of_a_real_run_is_moved(folder: Path) -> None:
    names = tuple(sorted(os.listdir(folder)))
    moved = set_aside_earlier_run(folder, 1)
    assert moved is not None
    assert moved.folder == folder / "previous" / "run-1-1"
    assert moved.names == names
    assert tuple(sorted(os.listdir(moved.folder))) == names
    assert os.listdir(folder) == ["previous"]
    assert (moved.folder / "state-run1" / "param.pcs").is_file()


def test_other_seeds_and_other_files_stay(folder: Path) -> None:
    others = {
        "traj-run-11.txt",
        "live-rundata-2.json",
        "live-rundata-1.json.bak",
        "state-run12",
        "log-run2.txt",
        "notes-1.txt",
    }
    for name in others:
        (folder / name).write_text("")
    mine = {"log-run1.txt", "log-warn1.txt", "log-err1.txt", "live-rundata-1.json.torn-2"}
    for name in mine:
        (folder / name).write_text("")
    moved = set_aside_earlier_run(folder, 1)
    assert moved is not None
    assert mine < set(moved.names)
    assert set(os.listdir(folder)) == others | {"previous"}


def test_each_run_gets_a_folder_of_its_own(folder: Path) -> None:
    set_aside_earlier_run(folder, 1)
    (folder / "traj-run-1.txt").write_text("second")
    moved = set_aside_earlier_run(folder, 1)
    assert moved is not None
    assert moved.folder.name == "run-1-2"
    assert (moved.folder / "traj-run-1.txt").read_text() == "second"
    assert (folder / "previous" / "run-1-1" / "traj-run-1.txt").stat().st_size > 1000


@pytest.mark.parametrize("seed", [2, 11])
def test_nothing_to_move(folder: Path, seed: int) -> None:
    assert set_aside_earlier_run(folder, seed) is None
    assert not (folder / "previous").exists()


def test_no_folder_yet(tmp_path: Path) -> None:
    assert set_aside_earlier_run(tmp_path / "nowhere", 1) is None


def test_a_run_in_progress_is_not_disturbed(folder: Path) -> None:
    before = sorted(os.listdir(folder))
    lock = ProcessLock(lock_path(journal_path(folder, 1)))
    with pytest.raises(StateError, match=f"live-rundata-1.json is in use by process {os.getpid()}"):
        set_aside_earlier_run(folder, 1)
    lock.release()
    assert sorted(os.listdir(folder)) == before


def test_a_move_that_fails(folder: Path) -> None:
    (folder / "previous").write_text("in the way")
    with pytest.raises(StateError, match="cannot set aside the earlier run of seed 1"):
        set_aside_earlier_run(folder, 1)
    assert (folder / "traj-run-1.txt").exists()
    assert not lock_path(journal_path(folder, 1)).exists()
