"""`bbopt install-smac-names FOLDER`: scripts by the names of SMAC v2's programs that call bbopt."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from bbopt.cli.command import Arguments, current_folder
from bbopt.durable_files import atomic_write, file_error
from bbopt.errors import InputError, Place, Problems

__all__ = ["install_smac_names"]

_COMMANDS = {
    "smac": "",
    "smac-validate": "validate",
    "algo-test": "call",
    "pcs-check": "check",
    "verify-scenario": "check",
    "state-merge": "merge",
}
"""SMAC v2's programs, and the commands that take their places."""

_MARK = b"# Written by bbopt install-smac-names"
_BOOT = "import sys; sys.path[:] = filter(None, sys.path); from bbopt.cli.main import main; main()"
"""Without the current folder, whose files may have the names of modules."""


def install_smac_names(arguments: Arguments) -> int:
    """Write the scripts; InputErrors, before anything is written, where files are not ours to replace."""
    (word,) = arguments.given.words
    folder = current_folder() / word
    problems = Problems(_not_ours(folder / name) for name in _COMMANDS if not _may_write(folder / name))
    problems.raise_if_any()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, command in _COMMANDS.items():
            atomic_write(folder / name, _script(command))
            (folder / name).chmod(0o777 & ~_umask())
            print(f"{folder / name}: bbopt {command}".rstrip())
    except OSError as error:
        raise file_error("install the names in", folder, error) from error
    _tell_path(folder)
    return 0


def _may_write(path: Path) -> bool:
    """Whether there is nothing by this name but what this command has written."""
    if not os.path.lexists(path):
        return True
    try:
        return path.is_file() and not path.is_symlink() and _MARK in path.read_bytes()
    except OSError:
        return False


def _not_ours(path: Path) -> InputError:
    return InputError(
        "there is another file of this name",
        place=Place(path),
        expected="none, or one that this command has written",
        remedy="name another folder, or move the file away",
    )


def _script(command: str) -> str:
    words = [sys.executable, "-c", _BOOT, *([command] if command else [])]
    return f'#!/bin/sh\n{_MARK.decode()}: the same arguments for bbopt.\nexec {shlex.join(words)} "$@"\n'


def _umask() -> int:
    mask = os.umask(0o022)  # there is no way to ask without setting
    os.umask(mask)
    return mask


def _tell_path(folder: Path) -> None:
    """What has to be done for the names to be found."""
    found = shutil.which("smac")
    if found is None or Path(found).resolve() != (folder / "smac").resolve():
        first = f"PATH leads to {found}" if found else "PATH leads to no smac"
        print(f'{first}; with export PATH={shlex.quote(str(folder))}:"$PATH" it leads to these.')
