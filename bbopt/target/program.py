"""Why a program can't be started, in plain words."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

__all__ = ["program_problem", "spawn_problem"]

_EXPLANATIONS = {
    errno.ENOEXEC: "exec format error: is the #! line missing, or is it built for another machine?",
    errno.E2BIG: "the arguments and the environment are too long for the system",
    errno.ENOMEM: "the system is out of memory",
    errno.EAGAIN: "the system's limit on the number of processes is reached",
    errno.ETXTBSY: "the program file is open for writing",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "the whole system has too many files open",
    errno.EINVAL: "an argument holds a zero byte",
}


def program_problem(program: str, directory: Path) -> str | None:
    """Why `program` can't be executed in `directory`; None when nothing speaks against it.

    A name without a slash is looked up in PATH, as the start of a run does.
    """
    if not directory.is_dir():
        return f"the directory {directory} " + (
            "is not a directory" if directory.exists() else "does not exist"
        )
    if "/" not in program:
        found = shutil.which(program)
        return None if found else f"{program} is not in PATH" + _local_hint(program, directory)
    path = directory / program
    if path.is_dir():
        return f"{program} is a directory"
    if not path.exists():
        return f"{program} does not exist in {directory}"
    if not os.access(path, os.X_OK):
        return f"{program} is not executable (chmod +x {program})"
    return _interpreter_problem(path)


def spawn_problem(error_number: int, step: str, program: str, directory: Path) -> str:
    """What the failure of a start means: `step` is "directory", "program" or "pipes"."""
    if step == "directory":
        return f"the working directory {directory} can't be entered: {os.strerror(error_number)}"
    explanation = _EXPLANATIONS.get(error_number)
    if explanation is None and step == "program":
        explanation = program_problem(program, directory)
    return f"{program} can't be started: {explanation or os.strerror(error_number)}"


def _local_hint(program: str, directory: Path) -> str:
    return f"; write ./{program} for the one in {directory}" if (directory / program).exists() else ""


def _interpreter_problem(path: Path) -> str | None:
    """Why the interpreter named by a script's first line can't be used."""
    try:
        with path.open("rb") as file:
            first_line = file.read(256).partition(b"\n")[0]
    except OSError:
        return None  # executable but not readable: fine for a binary
    if not first_line.startswith(b"#!"):
        return None
    words = os.fsdecode(first_line[2:]).split(maxsplit=1)
    if first_line.endswith(b"\r"):
        return f"the first line of {path.name} ends with a carriage return (a file with Windows line ends)"
    if not words:
        return f"the #! line of {path.name} names no interpreter"
    interpreter = path.parent / words[0]
    return None if interpreter.exists() else f"the interpreter of {path.name}, {words[0]}, does not exist"
