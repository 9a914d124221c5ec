from __future__ import annotations

import errno
import os
from pathlib import Path

from bbopt.target.process_words import exit_code, spawn_problem


def write(path: Path, content: str, mode: int = 0o755) -> None:
    path.write_bytes(content.encode())
    path.chmod(mode)


def test_exit_codes_are_those_of_a_shell() -> None:
    assert [exit_code(status) for status in (0, 7, -9, -11)] == [0, 7, 137, 139]


def test_spawn_problems(tmp_path: Path) -> None:
    assert "can't be entered" in spawn_problem(errno.ENOENT, "directory", "./x", tmp_path)
    assert "too long" in spawn_problem(errno.E2BIG, "program", "./x", tmp_path)
    assert "too many files" in spawn_problem(errno.EMFILE, "pipes", "./x", tmp_path)
    write(tmp_path / "fine", "#!/bin/sh\n")
    assert os.strerror(errno.EIO) in spawn_problem(errno.EIO, "program", "./fine", tmp_path)


def test_a_program_that_is_to_blame_is_looked_at(tmp_path: Path) -> None:
    missing = spawn_problem(errno.ENOENT, "program", "./x", tmp_path)
    assert missing == "./x can't be started: it does not exist (its path is relative to algo-exec-dir)"
    write(tmp_path / "plain", "", 0o644)
    plain = spawn_problem(errno.EACCES, "program", "./plain", tmp_path)
    assert plain.endswith(f"it is not executable (chmod +x {tmp_path / 'plain'})")
    folder = spawn_problem(errno.EACCES, "program", "/", tmp_path)
    assert folder == "/ can't be started: it is not a file"
