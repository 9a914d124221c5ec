from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bbopt import durable_files
from bbopt.durable_files import atomic_write
from bbopt.errors import StateError


class TestAtomicWrite:
    def test_writes_text_and_bytes(self, tmp_path: Path) -> None:
        atomic_write(tmp_path / "a", "grün\n")
        atomic_write(tmp_path / "b", b"\x00\xff")
        assert (tmp_path / "a").read_bytes() == "grün\n".encode()
        assert (tmp_path / "b").read_bytes() == b"\x00\xff"

    def test_replaces_and_leaves_nothing_else(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_text("old")
        atomic_write(path, "new")
        assert path.read_text() == "new"
        assert os.listdir(tmp_path) == ["file"]

    def test_text_that_utf8_lacks_is_escaped(self, tmp_path: Path) -> None:
        atomic_write(tmp_path / "a", "x\udc80y")
        assert (tmp_path / "a").read_text() == "x\\udc80y"

    def test_new_files_get_the_usual_permissions(self, tmp_path: Path) -> None:
        (tmp_path / "plain").write_text("")
        atomic_write(tmp_path / "a", "")
        assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode

    def test_a_failure_leaves_the_old_file_and_no_temporary_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "file"
        path.write_text("old")

        def full_disk(_descriptor: int, _data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(durable_files.os, "write", full_disk)
        with pytest.raises(StateError, match=r"cannot write .*file: No space left on device") as caught:
            atomic_write(path, "new")
        assert "make room" in str(caught.value)
        assert path.read_text() == "old"
        assert os.listdir(tmp_path) == ["file"]

    def test_an_interruption_leaves_no_temporary_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(_descriptor: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(durable_files.os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            atomic_write(tmp_path / "file", "new")
        assert os.listdir(tmp_path) == []

    def test_a_missing_folder_is_a_state_error(self, tmp_path: Path) -> None:
        with pytest.raises(StateError, match="cannot write"):
            atomic_write(tmp_path / "nowhere" / "file", "new")
