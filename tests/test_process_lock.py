from __future__ import annotations

import errno
import os
import signal
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt import process_lock
from bbopt.append_file import AppendFile
from bbopt.errors import StateError
from bbopt.process_lock import (
    LEASE_S,
    HolderWatch,
    LockHolder,
    ProcessIdentity,
    ProcessLock,
    lock_holder,
    lock_path,
)
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

    def test_a_holder_that_is_dead_but_not_waited_for_is_not_waited_for_either(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path, tries = tmp_path / "f", []
        try_to_take = ProcessLock._try_to_take
        monkeypatch.setattr(ProcessLock, "_try_to_take", lambda lock: (tries.append(1), try_to_take(lock))[1])
        child = run_child(HOLD_LOCK, path)
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "held\n"
            child.send_signal(signal.SIGKILL)
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie from here on
            with AppendFile(path, exclusive=True) as file:
                file.append("mine now")
        finally:
            child.kill()
            child.communicate(timeout=60)
        assert len(tries) == 1
        assert path.read_text() == "mine\nmine now\n"
        assert os.listdir(tmp_path) == ["f"]

    def test_an_empty_lock_file_is_nobodys(self, tmp_path: Path) -> None:
        lock_path(tmp_path / "f").touch()  # whoever made it was killed before it could write
        with AppendFile(tmp_path / "f", exclusive=True) as file:
            file.append("mine")
        assert os.listdir(tmp_path) == ["f"]

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
        me = ProcessIdentity.current()
        lock_path(tmp_path / "f").write_text(lock_text(child.pid, me.host, lease_s=LEASE_S))
        AppendFile(tmp_path / "f", exclusive=True).close()

    def test_a_lock_file_that_names_nobody_is_taken_over(self, tmp_path: Path) -> None:
        lock_path(tmp_path / "f").write_text("elsewhere 12\n")
        AppendFile(tmp_path / "f", exclusive=True).close()
        assert os.listdir(tmp_path) == ["f"]


class TestWithKernelLocksThatLie:
    """Some network file systems give the same lock to each host."""

    @pytest.fixture(autouse=True)
    def _everybody_gets_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(process_lock.fcntl, "flock", lambda _descriptor, _operation: None)

    def test_a_live_holder_is_respected(self, tmp_path: Path) -> None:
        held = f"in use by process {os.getpid()}"
        with AppendFile(tmp_path / "f", exclusive=True), pytest.raises(StateError, match=held):
            AppendFile(tmp_path / "f", exclusive=True)


def lock_text(pid: int, host: str, start: int | None = None, lease_s: float = 0.5) -> str:
    text = f"filelock/2\npid={pid}\nhost={host}\nmode=lease\ntoken=abc\nduration={lease_s}\n"
    return text if start is None else f"{text}start={start}\n"


class TestOtherHolders:
    def test_a_process_number_that_was_given_to_another(self, tmp_path: Path) -> None:
        me = ProcessIdentity.current()
        assert me.start is not None
        path = tmp_path / "f.lock"
        path.write_text(lock_text(me.pid, me.host, me.start - 1, LEASE_S))
        assert lock_holder(path) == LockHolder(ProcessIdentity(me.host, me.pid, me.start - 1), False)
        ProcessLock(path).release()
        path.write_text(lock_text(me.pid, me.host, me.start))
        assert lock_holder(path) == LockHolder(me, True)
        with pytest.raises(
            StateError, match=f"f is in use by process {me.pid} on host {socket.gethostname()}"
        ):
            ProcessLock(path)

    def test_a_process_of_an_earlier_boot(self, tmp_path: Path) -> None:
        me = ProcessIdentity.current()
        assert me.start is not None
        assert replace(me, start=me.start + (1 << 64)).is_alive() is False
        assert replace(me, start=me.start & ((1 << 64) - 1)).is_alive()  # the boot was not readable then
        assert replace(me, start=None).is_alive()

    def test_a_process_that_only_waits_to_be_buried(self) -> None:
        child = run_child("input()")
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert replace(ProcessIdentity.current(), pid=child.pid, start=None).is_alive() is False
        child.communicate(timeout=60)

    def test_a_silent_one_on_another_host_loses_it(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = tmp_path / "f.lock"
        path.write_text(lock_text(12, "elsewhere"))
        os.utime(path, (9e9, 9e9))  # the file's date says nothing
        began = time.monotonic()
        lock = ProcessLock(path, lease_s=0.5)
        assert time.monotonic() - began >= 0.5
        assert "is held by process 12 on host elsewhere; waiting up to" in caplog.text
        assert lock_holder(path) == LockHolder(ProcessIdentity.current(), True)
        lock.release()
        assert not path.exists()

    def test_one_on_another_host_that_shows_life_keeps_it(self, tmp_path: Path) -> None:
        path = tmp_path / "f.lock"
        path.write_text(lock_text(12, "elsewhere", lease_s=20.0))
        os.utime(path, (0, 0))
        sign_of_life = threading.Timer(0.5, os.utime, (path, (10, 10)))
        sign_of_life.start()
        with pytest.raises(StateError, match="f is in use by process 12 on host elsewhere"):
            ProcessLock(path, lease_s=20.0)
        sign_of_life.join()
        assert path.read_text() == lock_text(12, "elsewhere", lease_s=20.0)

    def test_a_container_of_this_host_counts_as_another_host(self) -> None:
        inside = ProcessIdentity(socket.gethostname() + "?pidns-f0000000", 1)
        assert inside.is_alive() is None
        assert str(inside) == f"process 1 on host {socket.gethostname()}"


class TestLosingIt:
    @pytest.fixture(autouse=True)
    def _always_checked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(process_lock, "_CHECK_EVERY_S", 0.0)

    def test_who_was_taken_for_dead_writes_no_more(self, tmp_path: Path) -> None:
        with AppendFile(tmp_path / "f", exclusive=True) as file:
            file.append("mine")
            lock_path(tmp_path / "f").unlink()
            lock_path(tmp_path / "f").write_text(lock_text(12, "elsewhere"))
            with pytest.raises(StateError, match="f was taken over by process 12 on host elsewhere"):
                file.append("no more")
        assert (tmp_path / "f").read_text() == "mine\n"
        assert lock_path(tmp_path / "f").read_text() == lock_text(12, "elsewhere")

    def test_a_lock_file_that_somebody_removed_comes_back(self, tmp_path: Path) -> None:
        lock = ProcessLock(tmp_path / "f.lock", lease_s=0.3)
        lock.path.unlink()
        deadline = time.monotonic() + 30
        while not lock.path.exists():
            lock.check()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        lock.check()
        with pytest.raises(StateError, match=f"in use by process {os.getpid()}"):
            ProcessLock(lock.path, lease_s=0.3)
        lock.release()
        assert os.listdir(tmp_path) == []

    def test_one_that_was_stopped_keeps_it_against_its_own_host(self, tmp_path: Path) -> None:
        """A lease alone would go to the next one; the kernel's lock shows that its holder lives."""
        script = HOLD_LOCK.replace("AppendFile(Path", "ProcessLock(Path").replace(
            ", exclusive=True)", ", lease_s=0.3)"
        )
        script = script.replace('file.append("mine")', "").replace(
            "from bbopt.append_file import AppendFile", "from bbopt.process_lock import ProcessLock"
        )
        child = run_child(script, tmp_path / "f.lock")
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "held\n"
            child.send_signal(signal.SIGSTOP)
            time.sleep(0.6)
            with pytest.raises(StateError, match=f"in use by process {child.pid}"):
                ProcessLock(tmp_path / "f.lock", lease_s=0.3)
        finally:
            child.kill()
            child.communicate(timeout=60)
        ProcessLock(tmp_path / "f.lock", lease_s=0.3).release()

    def test_the_watch_tells_over_time(self, tmp_path: Path) -> None:
        now, path = 0.0, tmp_path / "f.lock"
        watch = HolderWatch(path, lambda: now)
        assert watch.look() is None
        path.write_text(lock_text(12, "elsewhere"))
        os.utime(path, (5, 5))
        verdicts = []
        for age_s, date in ((0.0, 5), (20.0, 5), (1.0, 6), (29.0, 6), (2.0, 6), (1.0, 4)):
            now += age_s
            os.utime(path, (date, date))
            holder = watch.look()
            assert holder is not None
            verdicts.append(holder.is_alive)
        assert verdicts == [None, None, True, True, False, True]
