"""Pipes and the like under a name of ours: nobody waits for them, whoever looks."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.append_file import AppendFile
from bbopt.errors import InputError, StateError
from bbopt.exports.state_folder import table_lines
from bbopt.output_folder import OutputFolder
from bbopt.process_lock import ProcessLock, lock_holder
from bbopt.regular_files import IrregularFileError, open_regular, refuse_irregular
from bbopt.session.log_files import log_files
from bbopt.text_files import read_text


def _socket(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)  # the path itself may be too long for a socket
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


MAKERS: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a socket": _socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.fixture(params=MAKERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(kind: str, tmp_path: Path) -> Path:
    path = tmp_path / "live-rundata-1.json"
    MAKERS[kind](path)
    return path


def test_they_are_refused(path: Path, kind: str) -> None:
    with pytest.raises(IrregularFileError, match=f"it is {kind}, no file"):
        open_regular(path)
    with pytest.raises(StateError, match=f"cannot open .*: it is {kind}, no file\n  remedy:   move it away"):
        AppendFile(path)
    with pytest.raises(StateError, match="can't be read"):
        table_lines(path)
    with pytest.raises(InputError, match=f"got:      it is {kind}, no file"):
        read_text(path, "parameter file", is_named=False)


def test_as_a_lock(path: Path, kind: str) -> None:
    shown = "a link" if path.is_symlink() else kind
    assert lock_holder(path) is None
    with pytest.raises(StateError, match=f"cannot lock .*: it is {shown}, no file"):
        ProcessLock(path)


def test_as_a_log(kind: str, tmp_path: Path) -> None:
    MAKERS[kind](tmp_path / "log-run1.txt")
    with (
        pytest.raises(StateError, match=f"log-run1.txt: it is {kind}, no file"),
        log_files(OutputFolder(tmp_path), 1, "INFO"),
    ):
        pass


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    path, target = tmp_path / "link", tmp_path / "target"
    path.symlink_to(target)
    refuse_irregular(path)
    with pytest.raises(StateError, match="it is a link"):
        ProcessLock(path)
    with AppendFile(path) as file:
        file.append("a record")
    assert target.read_text() == "a record\n"
    with open_regular(path) as opened:
        assert opened.read() == b"a record\n"
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(OSError, match="Too many levels"):
        open_regular(path)


def test_a_pipe_that_the_user_names_is_read(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a text")
    os.close(writing)
    assert read_text(Path(f"/proc/self/fd/{reading}"), "parameter file") == "a text"
    os.close(reading)
