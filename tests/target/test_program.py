from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bbopt.target import program_problem
from bbopt.target.program import spawn_problem


def write(path: Path, content: str, mode: int = 0o755) -> None:
    path.write_bytes(content.encode())
    path.chmod(mode)


def test_fine_programs(tmp_path: Path) -> None:
    write(tmp_path / "good", "#!/bin/sh\n")
    write(tmp_path / "binary", "\x7fELF")
    assert program_problem("./good", tmp_path) is None
    assert program_problem("./binary", tmp_path) is None
    assert program_problem(str(tmp_path / "good"), Path("/")) is None
    assert program_problem("sh", tmp_path) is None


@pytest.mark.parametrize(
    ("program", "part"),
    [
        ("./missing", "does not exist in"),
        ("./folder", "is a directory"),
        ("./plain", "chmod +x ./plain"),
        ("plain", "write ./plain"),
        ("no-such-program-anywhere", "is not in PATH"),
        ("./windows", "carriage return"),
        ("./empty", "names no interpreter"),
        ("./lost", "/no/such/interpreter, does not exist"),
    ],
)
def test_problems(tmp_path: Path, program: str, part: str) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path / "plain", "", 0o644)
    write(tmp_path / "windows", "#!/bin/sh\r\necho\r\n")
    write(tmp_path / "empty", "#! \n")
    write(tmp_path / "lost", "#!/no/such/interpreter -x\n")
    if program == "./plain" and os.access(tmp_path / "plain", os.X_OK):
        pytest.skip("this user may execute anything")
    problem = program_problem(program, tmp_path)
    assert problem is not None
    assert part in problem


def test_directory_problems(tmp_path: Path) -> None:
    write(tmp_path / "file", "")
    assert "does not exist" in str(program_problem("./x", tmp_path / "missing"))
    assert "is not a directory" in str(program_problem("./x", tmp_path / "file"))


def test_spawn_problems(tmp_path: Path) -> None:
    assert "can't be entered" in spawn_problem(errno.ENOENT, "directory", "./x", tmp_path)
    assert "does not exist in" in spawn_problem(errno.ENOENT, "program", "./x", tmp_path)
    assert "too long" in spawn_problem(errno.E2BIG, "program", "./x", tmp_path)
    assert "too many files" in spawn_problem(errno.EMFILE, "pipes", "./x", tmp_path)
    write(tmp_path / "fine", "#!/bin/sh\n")
    assert os.strerror(errno.EIO) in spawn_problem(errno.EIO, "program", "./fine", tmp_path)
