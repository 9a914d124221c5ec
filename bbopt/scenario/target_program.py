"""The target algorithm's command: its words, its program and the folder that it runs in, or what is wrong."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, Place
from bbopt.shell_words import shell_word

__all__ = [
    "ExecFolder",
    "ProgramProblem",
    "TargetProgram",
    "find_program",
    "program_problem",
    "shell_warnings",
    "split_command",
]

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_OF_A_SHELL = frozenset(
    (".", "cd", "exec", "eval", "export", "for", "if", "set", "source", "ulimit", "while")
)
_SIGNS = frozenset(("&&", "||", "|", ";", "&", ">", ">>", "<", "2>", "2>&1", "&>"))
_BETWEEN_WORDS = re.compile(r"""[\s;|&()<>"']+""")


@dataclass(frozen=True, slots=True)
class ExecFolder:
    """A folder that the target may run in; `text` is how SMAC v2 writes it."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class TargetProgram:
    """The program file that the command's first word names, and the folder to run it in."""

    path: Path
    folder: ExecFolder


@dataclass(frozen=True, slots=True)
class ProgramProblem:
    """Why a program can't be executed: `what` follows its name, `remedy` says what to do about it."""

    what: str
    remedy: str | None = None


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


def shell_warnings(text: str, place: Place) -> Iterator[str]:
    """A sentence about signs in a command that only a shell would understand."""
    sign = next((word for word in shlex.split(text, posix=False) if word in _SIGNS), None)
    if sign is not None:
        remedy = _for_a_shell(split_command(text, place))
        yield f"{place}: {sign} is passed to the program as it stands; {remedy}"


def _shell_remedy(words: Sequence[str]) -> str | None:
    """What to write where the program is none because the command is meant for a shell."""
    if _ASSIGNMENT.match(words[0]):
        return f"no shell reads the command: write env {' '.join(map(shell_word, words))}"
    return _for_a_shell(words) if words[0] in _OF_A_SHELL else None


def _for_a_shell(words: Sequence[str]) -> str:
    """The remedy with the arguments behind the program, which is the first or follows words of the shell."""
    shown = [word if word in _SIGNS else shell_word(word).replace("'", '"') for word in words]
    signs = [place for place, word in enumerate(words) if word in _SIGNS]
    end = signs[0] if signs and words[0] not in _OF_A_SHELL else len(words)
    line = " ".join([*shown[:end], '"$@"', *shown[end:]])
    return f"no shell reads the command: write {'bash' if words[0] == 'source' else 'sh'} -c '{line}' sh"


def find_program(
    words: Sequence[str],
    folders: Sequence[ExecFolder],
    search_path: str,
    place: Place,
    *,
    subject: str = "the target's program",
    folder_option: str = "algo-exec-dir",
) -> TargetProgram:
    """The program of the command `words`, run in the first of `folders` that holds it.

    `subject` is what errors call it, `folder_option` the option that names its folder.  A program without a
    slash is looked up in `search_path`; its folder is then the first that holds a script named by a later
    word, or else the first that exists.  Raises InputError when there is no such program or it can't be
    executed.
    """
    existing = [folder for folder in folders if os.path.isdir(folder.path)]
    if not existing:
        raise InputError(
            "the folder to run the target in does not exist",
            place=place,
            got=", ".join(folder.text for folder in folders),
            expected="an existing folder",
            remedy="start from the folder that execdir is relative to, or give --execdir FOLDER",
        )
    if "/" in words[0]:
        return _program_in_folder(words, existing, place, subject, folder_option)
    found = shutil.which(words[0], path=search_path)
    if found is None:
        problem = _not_in_search_path(words[0], [folder.path for folder in existing])
        expected = f"a program in one of {search_path or '(PATH is empty)'}"
        raise _error(subject, problem, place, words, expected)
    return TargetProgram(Path(found), _folder_of_script(words, existing))


def _program_in_folder(
    words: Sequence[str], folders: Sequence[ExecFolder], place: Place, subject: str, folder_option: str
) -> TargetProgram:
    if Path(words[0]).is_absolute():
        folders = [_folder_of_script(words, folders)]
    candidates = [TargetProgram(folder.path / words[0], folder) for folder in folders]
    found = next((candidate for candidate in candidates if os.path.exists(candidate.path)), None)
    if found is None:
        looked_for = dict.fromkeys(str(candidate.path) for candidate in candidates)
        expected = f"an executable file; looked for {', '.join(looked_for)}"
        raise _error(subject, _missing(words[0], folder_option), place, words, expected)
    problem = _file_problem(found.path, found.folder.path)
    if problem is not None:
        raise _error(subject, problem, place, [str(found.path)], "an executable file")
    return found


def _error(
    subject: str, problem: ProgramProblem, place: Place, words: Sequence[str], expected: str
) -> InputError:
    what, remedy = f"{subject} {problem.what}", _shell_remedy(words) or problem.remedy
    return InputError(what, place=place, got=words[0], expected=expected, remedy=remedy)


def program_problem(program: str, folder: Path) -> ProgramProblem | None:
    """Why `program` can't be executed in `folder`; None when nothing speaks against it.

    A program without a slash is looked up in PATH, as the start of a run does.
    """
    if "/" in program:
        path = folder / program
        return _file_problem(path, folder) if os.path.exists(path) else _missing(program)
    found = shutil.which(program)
    return _not_in_search_path(program, [folder]) if found is None else _file_problem(Path(found), folder)


def _missing(program: str, folder_option: str = "algo-exec-dir") -> ProgramProblem:
    is_relative = not Path(program).is_absolute()
    return ProgramProblem(
        "does not exist", f"its path is relative to {folder_option}" if is_relative else None
    )


def _not_in_search_path(program: str, folders: Sequence[Path]) -> ProgramProblem:
    is_at_hand = any(os.path.isfile(folder / program) for folder in folders)
    remedy = f"write ./{program}" if is_at_hand else "install it or give its path"
    return ProgramProblem("is in no folder of PATH", remedy)


def _file_problem(path: Path, folder: Path) -> ProgramProblem | None:
    """Why the existing `path` can't be executed in `folder`."""
    if not os.path.isfile(path):
        return ProgramProblem("is not a file")
    if not os.access(path, os.X_OK):
        return ProgramProblem("is not executable", f"chmod +x {shell_word(str(path))}")
    return _interpreter_problem(path, folder)


def _interpreter_problem(path: Path, folder: Path) -> ProgramProblem | None:
    """Why the interpreter named by a script's first line can't be used."""
    try:
        with path.open("rb") as file:
            first_line = file.read(256).partition(b"\n")[0]
    except OSError:
        return None  # executable but not readable: fine for a binary
    if not first_line.startswith(b"#!"):
        return None
    if first_line.endswith(b"\r"):
        return ProgramProblem(
            "has a carriage return at the end of its first line (Windows line ends)",
            f"sed -i 's/\\r$//' {shell_word(str(path))}",
        )
    words = os.fsdecode(first_line[2:]).split(maxsplit=1)
    if not words:
        return ProgramProblem("names no interpreter in its first line", "write one behind the #!")
    if not os.path.exists(folder / words[0]):  # a relative one is looked up where the program runs
        return ProgramProblem(
            f"needs the interpreter {words[0]}, which does not exist", "correct its first line"
        )
    return None


def _folder_of_script(words: Sequence[str], folders: Sequence[ExecFolder]) -> ExecFolder:
    """The folder that holds a file named by the command (`python3 wrapper.py`), or else the first one.

    A word may be a command itself: `sh -c 'python3 wrapper.py "$@"' sh`.
    """
    pieces = (
        piece for word in words[1:] for piece in {word: None, **dict.fromkeys(_BETWEEN_WORDS.split(word))}
    )
    scripts = [piece for piece in pieces if piece and not piece.startswith("-")]
    holding = (folder for folder in folders for script in scripts if os.path.isfile(folder.path / script))
    return next(holding, folders[0])
