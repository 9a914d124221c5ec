from __future__ import annotations

import errno
import io
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt import durable_files
from bbopt.durable_files import AppendFile, ProcessLock, atomic_write, end_of_last_line, lock_path
from bbopt.errors import StateError


def run_child(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )


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


class TestAppendFile:
    def test_records_are_lines_and_visible_at_once(self, tmp_path: Path) -> None:
        with AppendFile(tmp_path / "f") as file:
            file.append("one")
            file.append("zwölf")
            assert (tmp_path / "f").read_text("utf-8") == "one\nzwölf\n"

    def test_continues_after_reopening(self, tmp_path: Path) -> None:
        for record in ("one", "two"):
            with AppendFile(tmp_path / "f") as file:
                file.append(record)
        assert (tmp_path / "f").read_text() == "one\ntwo\n"
        assert os.listdir(tmp_path) == ["f"]

    def test_a_record_is_one_line(self, tmp_path: Path) -> None:
        with AppendFile(tmp_path / "f") as file, pytest.raises(ValueError, match="one line"):
            file.append("a\nb")

    def test_a_closed_file_refuses(self, tmp_path: Path) -> None:
        file = AppendFile(tmp_path / "f")
        file.close()
        file.close()
        with pytest.raises(StateError, match="is closed"):
            file.append("x")

    def test_a_torn_tail_is_cut_off_and_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        for number in (1, 2):
            path.write_bytes(b"whole\nto\xffrn")
            with AppendFile(path) as file:
                assert file.torn == tmp_path / f"f.torn-{number}"
                file.append("next")
            assert path.read_bytes() == b"whole\nnext\n"
            assert (tmp_path / f"f.torn-{number}").read_bytes() == b"to\xffrn"

    def test_a_whole_file_is_not_repaired(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_text("whole\n")
        with AppendFile(tmp_path / "f") as file:
            assert file.torn is None

    def test_a_record_without_newline_gets_one(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_text("whole")
        with AppendFile(tmp_path / "f", end_of_last_record=lambda file: len(file.read())) as file:
            file.append("next")
            file.append("third")
        assert (tmp_path / "f").read_text() == "whole\nnext\nthird\n"

    def test_a_half_written_record_is_rolled_back_and_can_be_retried(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real_write, calls = os.write, 0

        def short_then_full(descriptor: int, data: memoryview) -> int:
            nonlocal calls
            calls += 1
            if calls == 1:
                return real_write(descriptor, data[:3])
            raise OSError(errno.ENOSPC, "No space left on device")

        with AppendFile(tmp_path / "f") as file:
            file.append("first")
            monkeypatch.setattr(durable_files.os, "write", short_then_full)
            with pytest.raises(StateError, match=r"cannot append to .*f: No space left"):
                file.append("second")
            assert (tmp_path / "f").read_text() == "first\n"
            monkeypatch.undo()
            file.append("second")
        assert (tmp_path / "f").read_text() == "first\nsecond\n"

    def test_a_roll_back_that_fails_is_made_up_for_by_the_next_append(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real_write, calls = os.write, 0

        def short_then_broken(descriptor: int, data: memoryview) -> int:
            nonlocal calls
            calls += 1
            if calls == 1:
                return real_write(descriptor, data[:3])
            raise OSError(errno.EIO, "Input/output error")

        def broken(_descriptor: int, _length: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with AppendFile(tmp_path / "f") as file:
            file.append("first")
            monkeypatch.setattr(durable_files.os, "write", short_then_broken)
            monkeypatch.setattr(durable_files.os, "ftruncate", broken)
            with pytest.raises(StateError, match="Input/output error"):
                file.append("second")
            assert (tmp_path / "f").read_text() == "first\nsec"
            monkeypatch.undo()
            file.append("second")
        assert (tmp_path / "f").read_text() == "first\nsecond\n"

    def test_a_real_file_size_limit(self, tmp_path: Path) -> None:
        script = """
            import resource, signal, sys
            from pathlib import Path
            from bbopt.durable_files import AppendFile
            from bbopt.errors import StateError
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            file = AppendFile(Path(sys.argv[1]))
            written = 0
            try:
                for _ in range(100):
                    file.append("x" * 99 + str(written % 10))
                    written += 1
            except StateError as error:
                print(written, error.what)
        """
        child = run_child(script, tmp_path / "f")
        output, errors = child.communicate(timeout=60)
        assert (child.returncode, errors) == (0, "")
        assert output == f"9 cannot append to {tmp_path / 'f'}: File too large\n"
        assert len((tmp_path / "f").read_text().splitlines()) == 9

    def test_a_path_that_cannot_be_opened(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StateError, match=r"cannot (open|lock) .*Not a directory"):
            AppendFile(tmp_path / "file" / "f")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_a_read_only_folder(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        try:
            with pytest.raises(StateError, match="Permission denied"):
                AppendFile(tmp_path / "f")
        finally:
            tmp_path.chmod(0o700)

    @given(st.binary(max_size=200))
    def test_the_last_line_is_found_as_by_searching(self, content: bytes) -> None:
        assert end_of_last_line(io.BytesIO(content)) == content.rfind(b"\n") + 1

    def test_the_last_line_is_found_far_from_the_end(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"line\n" + b"x" * 200_000)
        with (tmp_path / "f").open("rb") as file:
            assert end_of_last_line(file) == 5


class TestSyncing:
    @pytest.fixture
    def syncs(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        done: list[float] = []
        monkeypatch.setattr(durable_files.os, "fsync", lambda _descriptor: done.append(time.monotonic()))
        return done

    def test_at_most_once_an_interval(self, tmp_path: Path, syncs: list[float]) -> None:
        now = 100.0
        file = AppendFile(tmp_path / "f", sync_interval_s=50.0, clock=lambda: now)
        syncs.clear()
        for expected in (1, 1, 1):
            file.append("x")
            assert len(syncs) == expected
        now = 160.0
        file.append("x")
        assert len(syncs) == 2
        file.sync()
        assert len(syncs) == 3
        file.close()

    def test_a_record_after_which_nothing_comes_is_synced_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = AppendFile(tmp_path / "f", sync_interval_s=0.05)
        file.append("synced at once")
        synced = threading.Event()
        monkeypatch.setattr(durable_files.os, "fsync", lambda _descriptor: synced.set())
        monkeypatch.setattr(file, "_last_sync", time.monotonic())
        file.append("synced by the timer")
        assert synced.wait(timeout=30)
        file.close()

    def test_a_failed_sync_is_told_by_the_next_append(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_descriptor: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with AppendFile(tmp_path / "f", sync_interval_s=0.0) as file:
            monkeypatch.setattr(durable_files.os, "fsync", broken)
            file.append("written")
            with pytest.raises(StateError, match="Input/output error"):
                file.append("refused")
            monkeypatch.undo()
            file.append("refused")
        assert (tmp_path / "f").read_text() == "written\nrefused\n"


HOLD_LOCK = """
    import sys, time
    from pathlib import Path
    from bbopt.durable_files import AppendFile
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

        monkeypatch.setattr(durable_files.fcntl, "flock", unsupported)

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
