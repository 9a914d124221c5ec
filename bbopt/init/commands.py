"""The command that starts a program: which of its words are what."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE
from bbopt.scenario.call_templates import FACTS, RUN_FACTS

__all__ = [
    "ProgramCommand",
    "as_template",
    "escaped",
    "is_python_script",
    "read_command",
    "without_placeholders",
]

_PYTHON = re.compile(r"python[0-9.]*|pypy[0-9.]*")
_SHEBANG = re.compile(rb"#!\s*(?P<program>\S+)(?:\s+(?:-S\s+)?(?P<argument>\S+))?")
_USUAL_PYTHON = "python3"
_PLACEHOLDER = re.compile(r"(?<!\{)\{([A-Za-z][\w-]*)\}(?!\})")


@dataclass(frozen=True, slots=True)
class ProgramCommand:
    """The words `before` the arguments, and those that are `given`.

    interpreter: the words that start the Python of a script, () for other programs; form: file or module;
    target: its path or name.
    """

    before: tuple[str, ...]
    given: tuple[str, ...]
    interpreter: tuple[str, ...] = ()
    form: str = ""
    target: str = ""

    @property
    def is_python(self) -> bool:
        """Whether it is a script or a module of Python."""
        return bool(self.interpreter)

    @property
    def title(self) -> str:
        """What to call it."""
        return os.path.basename(self.target) if self.form != "module" else self.target

    def place(self) -> Path | None:
        """The file of the script; None for a module that is not below the current folder."""
        if self.form != "module":
            return Path(self.target)
        parts = self.target.split(".")
        names = (Path(*parts).with_suffix(".py"), Path(*parts, "__main__.py"))
        return next((path for path in names if path.is_file()), None)


def read_command(words: Sequence[str], python: str | None) -> ProgramCommand:
    """Which words are what; `python` is the interpreter to start a script by.

    Raises InputError when no word names a program or script that is there.
    """
    for number, word in enumerate(words):
        before, given = tuple(words[: number + 1]), tuple(words[number + 1 :])
        if word == "-m" and number and given and _ends_with_python(words[:number]):
            interpreter = tuple(words[:number])
            return ProgramCommand((*before, given[0]), given[1:], interpreter, "module", given[0])
        if is_python_script(word) and not os.path.isdir(word):
            starters = tuple(words[:number])
            if _ends_with_python(starters):
                return ProgramCommand(before, given, starters, "file", word)
            interpreter = (python or _interpreter_of(word),)
            started = before if starters else (*interpreter, word)
            return ProgramCommand(started, given, interpreter, "file", word)
    return _other_program(words)


def is_python_script(word: str) -> bool:
    """Whether the word is the path of a Python script that is there."""
    if not os.path.isfile(word):
        return False
    return (
        word.endswith((".py", ".pyw")) or _PYTHON.fullmatch(os.path.basename(_shebang(word)[-1])) is not None
    )


def without_placeholders(words: Sequence[str]) -> list[str]:
    """The words as a program gets them: with a number in the place of `{seed}` and the like."""
    known = {*FACTS, *RUN_FACTS}
    return [_PLACEHOLDER.sub(lambda m: "1" if m[1] in known else m[0], word) for word in words]


def as_template(words: Sequence[str]) -> list[str]:
    """The words for a scenario, where `{name}` would be a placeholder that there is not."""
    known = {*FACTS, *RUN_FACTS}
    return [_PLACEHOLDER.sub(lambda m: m[0] if m[1] in known else f"{{{m[0]}}}", word) for word in words]


def escaped(text: str) -> str:
    """The text for a template, in which nothing is a placeholder."""
    return _PLACEHOLDER.sub(lambda match: f"{{{match[0]}}}", text)


def _other_program(words: Sequence[str]) -> ProgramCommand:
    first = words[0]
    if first.endswith(".py"):
        raise InputError(
            "there is no such script", place=COMMAND_LINE, got=first, expected="the path of a Python script"
        )
    if "/" not in first and shutil.which(first) is None and os.path.isfile(first):
        raise InputError(
            "this is no Python script", place=COMMAND_LINE, got=first,
            expected="a script, NAME.py or with python in its first line, or a program",
            remedy=f"for a program: bbopt init ./{first} --from-help",
        )  # fmt: skip
    if shutil.which(first) is None:
        is_there = os.path.exists(first)
        raise InputError(
            "this can't be executed" if is_there else "there is no such program",
            place=COMMAND_LINE,
            got=first,
            expected="a Python script, or a program",
            remedy=f"chmod +x {first}" if is_there and not os.path.isdir(first) else None,
        )
    return ProgramCommand((first,), tuple(words[1:]), target=first)


def _ends_with_python(words: Sequence[str]) -> bool:
    """Whether the words, less options at their end, are a command that starts a Python."""
    kept = list(words)
    while kept and kept[-1].startswith("-"):
        kept.pop()
    return bool(kept) and _PYTHON.fullmatch(os.path.basename(kept[-1])) is not None


def _interpreter_of(script: str) -> str:
    """What the first line names, where that is there; else the usual one."""
    named = _shebang(script)[-1]
    is_python = _PYTHON.fullmatch(os.path.basename(named)) is not None
    return named if is_python and shutil.which(named) else _USUAL_PYTHON


def _shebang(script: str) -> tuple[str, ...]:
    try:
        with open(script, "rb") as file:
            match = _SHEBANG.match(file.readline(256))
    except OSError:
        return ("",)
    return ("",) if match is None else tuple(os.fsdecode(word) for word in match.groups() if word)
