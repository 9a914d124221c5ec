from __future__ import annotations

import errno
import io
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt import append_file
from bbopt.append_file import AppendFile, end_of_last_line
from bbopt.errors import LostFileError, StateError
from tests.children import run_child


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
            monkeypatch.setattr(append_file.os, "write", short_then_full)
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
            monkeypatch.setattr(append_file.os, "write", short_then_broken)
            monkeypatch.setattr(append_file.os, "ftruncate", broken)
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
            from bbopt.append_file import AppendFile
            from bbopt.errors import LostFileError, StateError
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


class TestLoss:
    """What others do to the file while it is open."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Iterator[AppendFile]:
        (tmp_path / "folder").mkdir()
        with AppendFile(tmp_path / "folder" / "f") as file:
            file.append("one")
            yield file

    def test_it_was_moved_with_its_folder(self, file: AppendFile, tmp_path: Path) -> None:
        (tmp_path / "folder").rename(tmp_path / "moved")
        with pytest.raises(LostFileError, match=rf"folder/f was moved .*\n  got:      {tmp_path}/moved/f\n"):
            file.append("two")
        (tmp_path / "moved").rename(tmp_path / "folder")
        file.append("two")
        assert file.path.read_text() == "one\ntwo\n"

    def test_it_was_removed(self, file: AppendFile) -> None:
        file.path.unlink()
        with pytest.raises(LostFileError, match="was removed, or replaced"):
            file.append("two")

    def test_another_one_took_its_place(self, file: AppendFile) -> None:
        shutil.copy(file.path, f"{file.path}.new")
        os.replace(f"{file.path}.new", file.path)
        with pytest.raises(LostFileError, match="was removed, or replaced"):
            file.append("two")
        assert file.path.read_text() == "one\n"

    def test_it_was_cut(self, file: AppendFile) -> None:
        os.truncate(file.path, 2)
        with pytest.raises(LostFileError, match=r"was cut .*\n  got:      2 bytes\n  expected: 4 bytes"):
            file.append("two")
        assert file.path.read_text() == "on"

    def test_a_link_to_it_is_as_good(self, file: AppendFile, tmp_path: Path) -> None:
        (tmp_path / "folder").rename(tmp_path / "moved")
        (tmp_path / "folder").symlink_to(tmp_path / "moved")
        file.append("two")
        assert file.path.read_text() == "one\ntwo\n"


class TestSyncing:
    @pytest.fixture
    def syncs(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        done: list[float] = []
        monkeypatch.setattr(append_file.os, "fsync", lambda _descriptor: done.append(time.monotonic()))
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
        monkeypatch.setattr(append_file.os, "fsync", lambda _descriptor: synced.set())
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
            monkeypatch.setattr(append_file.os, "fsync", broken)
            file.append("written")
            with pytest.raises(StateError, match="Input/output error"):
                file.append("refused")
            monkeypatch.undo()
            file.append("refused")
        assert (tmp_path / "f").read_text() == "written\nrefused\n"
