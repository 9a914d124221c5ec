"""The target algorithm's command: its words, its program, and the folder that it runs in."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, Place

__all__ = ["ExecFolder", "TargetProgram", "find_program", "split_command"]


@dataclass(frozen=True, slots=True)
class ExecFolder:
    """A folder that the target may run in; `text` is how SMAC v2 writes it, `<cwd>/<execdir>`."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class TargetProgram:
    """The program file that the command's first word names, and the folder to run it in."""

    path: Path
    folder: ExecFolder


def split_command(text: str, place: Place) -> tuple[str, ...]:
    """The words of a command, split like a shell command line; raises InputError for open quotes."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise InputError(
            "the command can't be split into words",
            place=place,
            got=text,
            expected="a shell command line with every quote closed",
            remedy=str(error),
        ) from error
    if not words or not words[0]:
        raise InputError("the command names no program", place=place, got=repr(text), expected="a program")
    return words


def find_program(
    words: Sequence[str], folders: Sequence[ExecFolder], search_path: str, place: Place
) -> TargetProgram:
    """The program of the command `words`, run in the first of `folders` that holds it.

    A program without a slash is looked up in `search_path`; its folder is then the first that holds a
    script named by a later word, or else the first that exists.  Raises InputError when there is no such
    program or it can't be executed.
    """
    existing = [folder for folder in folders if folder.path.is_dir()]
    if not existing:
        raise InputError(
            "the folder to run the target in does not exist",
            place=place,
            got=", ".join(folder.text for folder in folders),
            expected="an existing folder",
        )
    if "/" in words[0]:
        return _program_in_folder(words, existing, place)
    found = shutil.which(words[0], path=search_path)
    if found is None:
        raise _not_in_search_path(words[0], existing, search_path, place)
    return TargetProgram(Path(found), _folder_of_script(words, existing))


def _program_in_folder(words: Sequence[str], folders: Sequence[ExecFolder], place: Place) -> TargetProgram:
    if Path(words[0]).is_absolute():
        folders = [_folder_of_script(words, folders)]
    candidates = [TargetProgram(folder.path / words[0], folder) for folder in folders]
    present = [candidate for candidate in candidates if candidate.path.exists()]
    if present and present[0].path.is_file() and os.access(present[0].path, os.X_OK):
        return present[0]
    if present:
        raise _not_executable(present[0].path, place)
    looked_for = dict.fromkeys(str(candidate.path) for candidate in candidates)
    raise InputError(
        "the target's program does not exist",
        place=place,
        got=words[0],
        expected=f"an executable file; looked for {', '.join(looked_for)}",
        remedy="its path is relative to algo-exec-dir",
    )


def _not_executable(path: Path, place: Place) -> InputError:
    if not path.is_file():
        return InputError(
            "the target's program is not a file", place=place, got=str(path), expected="an executable file"
        )
    return InputError(
        "the target's program is not executable",
        place=place,
        got=str(path),
        expected="a file that may be executed",
        remedy=f"chmod +x {shlex.quote(str(path))}",
    )


def _not_in_search_path(
    program: str, folders: Sequence[ExecFolder], search_path: str, place: Place
) -> InputError:
    is_at_hand = any((folder.path / program).is_file() for folder in folders)
    return InputError(
        "the target's program is in no folder of PATH",
        place=place,
        got=program,
        expected=f"a program in one of {search_path or '(PATH is empty)'}",
        remedy=f"write ./{program}" if is_at_hand else "install it or give its path",
    )


def _folder_of_script(words: Sequence[str], folders: Sequence[ExecFolder]) -> ExecFolder:
    """The folder that holds a file named by the command (`python3 wrapper.py`), or else the first one."""
    scripts = [word for word in words[1:] if not word.startswith("-")]
    holding = (folder for folder in folders for script in scripts if (folder.path / script).is_file())
    return next(holding, folders[0])
