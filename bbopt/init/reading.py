"""What a program takes, by the surest way there is: its parser, its help text, or the text of the script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbopt.errors import InputError
from bbopt.init.arguments import Program
from bbopt.init.catching import LIMIT_S, Caught, catch, help_text
from bbopt.init.commands import ProgramCommand, without_placeholders
from bbopt.init.help_text import program_in_help
from bbopt.init.source_reading import OTHERS, SourceFiles, arguments_in, read_source
from bbopt.options import COMMAND_LINE
from bbopt.shell_words import shell_line

__all__ = ["ReadProgram", "read_program"]

_BY_HAND = "declare each by hand: lr real [1e-5, 1] [0.01] log, say; bbopt run --help says how"


@dataclass(frozen=True, slots=True)
class ReadProgram:
    """A program's arguments, and what has to be said of how they were read.

    `source` is the script's text, where there is one; it `runs` unless it was seen to fail.
    """

    program: Program
    doubts: tuple[str, ...] = ()
    source: SourceFiles | None = None
    runs: bool = True


def read_program(command: ProgramCommand, *, from_help: bool) -> ReadProgram:
    """What `command` takes; InputError where nothing can be found out."""
    if not command.is_python:
        if not from_help:
            raise InputError(
                f"{command.title} is no Python script: only its help text tells what it takes",
                place=COMMAND_LINE,
                remedy=f"bbopt init {shell_line(command.before)} --from-help starts it with --help",
            )
        return ReadProgram(_from_help(command))
    path = command.place()
    folders = [Path(), *([path.parent] if path is not None else [])]
    source = None if path is None else read_source(path, folders)
    if from_help:
        return ReadProgram(_from_help(command), source=source)
    if source is None or source.caught:
        return _caught(command, source)
    if source.imported & OTHERS:
        return ReadProgram(_from_help(command), source=source)
    raise _no_parser(command, source)


def _caught(command: ProgramCommand, source: SourceFiles | None) -> ReadProgram:
    found = catch(command.interpreter, command.form, command.target, without_placeholders(command.given))
    if found.program is not None:
        return ReadProgram(found.program, source=source)
    reason, remedy, is_failure = _why_not(command, found)
    program = arguments_in(source) if source is not None and is_failure else None
    if program is None:
        raise InputError(
            f"{command.title} {reason}", got=_last_lines(found.tail) or None, remedy=remedy or None
        )
    doubt = InputError(
        f"{command.title} {reason}; its arguments were read from its text, which may miss some",
        remedy=remedy or None,
    )
    return ReadProgram(program, (str(doubt),), source, runs=False)


def _why_not(command: ProgramCommand, found: Caught) -> tuple[str, str, bool]:
    """Why the parser was not reached, what to do, and whether something went wrong on the way."""
    ended = found.ended
    if ended is None:
        what = "--from-help asks for its help text instead"
        return f"came to no parser within {LIMIT_S:g} s", what, True
    if "error" in ended:
        return *_failure(command, ended), True
    if "status" in ended:
        python = command.interpreter[-1]
        return f"could not be started with {python} (exit status {ended['status']})", "", True
    if "empty" in ended:
        what = "write parser.parse_args() there, without arguments"
        return f"parses an empty list at {ended['empty']}, instead of its command line", what, False
    status = ended.get("exit")
    how = f" ({'exit status ' if str(status).isdigit() else ''}{status})" if status not in {None, "0"} else ""
    what = "does it need some? Give them behind --"
    return f"ended without reading any arguments{how}", what, False


def _failure(command: ProgramCommand, ended: Mapping[str, Any]) -> tuple[str, str]:
    """What has failed before the parser was reached, and what to do."""
    where, python = f" at {ended['at']}" if ended["at"] else "", command.interpreter[-1]
    if ended["missing"]:
        what = f"can't be started with {python}: there is no module {ended['missing']} (imported{where})"
        return what, "activate the environment that it runs in, or name its Python by --python PATH"
    if ended["error"] == "EOFError":
        return f"asks on its standard input{where}, where nobody answers", "let it take that as an argument"
    return f"fails{where} before it reads its arguments: {ended['error']}: {ended['message']}", ""


def _last_lines(tail: str) -> str:
    return "\n            ".join(tail.strip().splitlines()[-3:])


def _from_help(command: ProgramCommand) -> Program:
    text = help_text([*command.before, *without_placeholders(command.given)])
    program = program_in_help(text)
    if program is None:
        raise InputError(
            f"the help text of {command.title} has no arguments that could be read",
            got=_last_lines(text) or "nothing was printed",
            expected="lines such as --lr LR  learning rate (default: 0.1)",
            remedy=_BY_HAND,
        )
    return program


def _no_parser(command: ProgramCommand, source: SourceFiles) -> InputError:
    how = "it reads sys.argv itself" if source.takes_argv else "its text names none"
    return InputError(
        f"{command.title} has no parser that could be asked for its arguments: {how}",
        expected="a script that uses argparse, click, typer, or what builds on them",
        remedy=_BY_HAND
        if source.takes_argv
        else 'let it take its settings by argparse: parser.add_argument("--lr", type=float, default=0.01)',
    )
