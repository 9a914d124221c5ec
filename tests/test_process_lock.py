from __future__ import annotations

import errno
import os
import signal
import socket
from pathlib import Path

import pytest

from bbopt import process_lock
from bbopt.append_file import AppendFile
from bbopt.errors import StateError
from bbopt.process_lock import ProcessLock, lock_path
from tests.children import run_child

HOLD_LOCK = """
    import sys, time
    from pathlib import Path
    from bbopt.append_file import AppendFile
    file = AppendFile(Path(sys.argv[1]), exclusive=True)
    file.append("mine")
    print("held", flush=True)
    time.sleep(600)
"""


class TestExclusiveFiles:
    def test_two_writers_in_one_process(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        with AppendFile(path, exclusive=True) as file:
            expected = f"f is in use by process {os.getpid()} on host {socket.gethostname()}"
            with pytest.raises(StateError, match=expected):
                AppendFile(path, exclusive=True)
            file.append("still mine")
        with AppendFile(path, exclusive=True):
            pass
        assert os.listdir(tmp_path) == ["f"]
        assert path.read_text() == "still mine\n"

    def test_another_process_holds_it_until_it_is_killed(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        child = run_child(HOLD_LOCK, path)
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "held\n"
            with pytest.raises(StateError, match=f"in use by process {child.pid} on host"):
                AppendFile(path, exclusive=True)
        finally:
            child.send_signal(signal.SIGKILL)
            child.communicate(timeout=60)
        assert lock_path(path).exists()
        with AppendFile(path, exclusive=True) as file:
            file.append("mine now")
        assert path.read_text() == "mine\nmine now\n"
        assert not lock_path(path).exists()

    def test_a_writer_that_cannot_open_gives_the_lock_back(self, tmp_path: Path) -> None:
        def refuse(_file: object) -> int:
            raise StateError("not this file")

        (tmp_path / "f").write_text("precious")
        with pytest.raises(StateError, match="not this file"):
            AppendFile(tmp_path / "f", exclusive=True, end_of_last_record=refuse)
        assert (tmp_path / "f").read_text() == "precious"
        assert os.listdir(tmp_path) == ["f"]

    def test_release_twice(self, tmp_path: Path) -> None:
        lock = ProcessLock(tmp_path / "f.lock")
        lock.release()
        lock.release()
        assert os.listdir(tmp_path) == []


class TestWithoutKernelLocks:
    """Some network file systems have none; then the text in the lock file decides."""

    @pytest.fixture(autouse=True)
    def _no_flock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unsupported(_descriptor: int, _operation: int) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(process_lock.fcntl, "flock", unsupported)

    def test_a_live_holder_is_respected(self, tmp_path: Path) -> None:
        held = f"in use by process {os.getpid()}"
        with AppendFile(tmp_path / "f", exclusive=True), pytest.raises(StateError, match=held):
            AppendFile(tmp_path / "f", exclusive=True)

    def test_a_dead_holder_on_this_host_is_ignored(self, tmp_path: Path) -> None:
        child = run_child("pass")
        child.communicate(timeout=60)
        lock_path(tmp_path / "f").write_text(f"{socket.gethostname()} {child.pid}\n")
        AppendFile(tmp_path / "f", exclusive=True).close()

    def test_a_holder_on_another_host_is_respected(self, tmp_path: Path) -> None:
        lock_path(tmp_path / "f").write_text("elsewhere 12\n")
        with pytest.raises(StateError, match="in use by process 12 on host elsewhere"):
            AppendFile(tmp_path / "f", exclusive=True)
