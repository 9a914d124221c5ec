from __future__ import annotations

import os
from pathlib import Path

import pytest

from bbopt import folder_locks
from bbopt.errors import StateError
from bbopt.folder_locks import FolderInUseError, FolderLocks, is_in_use
from bbopt.process_lock import LEASE_S, HolderWatch
from tests.test_process_lock import lock_text


def test_one_has_a_folder_at_a_time(tmp_path: Path) -> None:
    locks, folder = FolderLocks(), tmp_path / "folder"
    assert not is_in_use(folder)
    lock = locks.take(folder)
    assert is_in_use(folder)
    with pytest.raises(FolderInUseError, match=f"folder is in use by process {os.getpid()} on host"):
        FolderLocks().take(folder)
    lock.release()
    FolderLocks().take(folder).release()
    assert os.listdir(tmp_path) == []


def test_one_on_another_host_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows whether it lives; it has the folder as long as its lease lasts."""
    now = [0.0]
    monkeypatch.setattr(folder_locks, "HolderWatch", lambda path: HolderWatch(path, lambda: now[0]))
    locks, folder = FolderLocks(), tmp_path / "folder"
    (tmp_path / "folder.lock").write_text(lock_text(1, "elsewhere"))
    for now[0] in (0.0, 1.0, LEASE_S):
        with pytest.raises(FolderInUseError, match="process 1 on host elsewhere"):
            locks.take(folder)
    taken = []
    monkeypatch.setattr(folder_locks, "ProcessLock", taken.append)
    now[0] = LEASE_S + 1
    locks.take(folder)
    assert taken == [tmp_path / "folder.lock"]


def test_a_lock_that_can_not_be_made_is_another_error(tmp_path: Path) -> None:
    (tmp_path / "missing").write_text("a file")
    with pytest.raises(StateError, match="cannot lock") as caught:
        FolderLocks().take(tmp_path / "missing" / "folder")
    assert not isinstance(caught.value, FolderInUseError)
