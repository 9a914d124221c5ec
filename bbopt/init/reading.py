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
from bbopt.init.source_reading import CAUGHT, OTHERS, SourceFiles, arguments_in, read_source
from bbopt.options import COMMAND_LINE
from bbopt.shell_words import shell_line

__all__ = ["ReadProgram", "read_program"]

_BY_HAND = "write a line for each into params.pcs, lr real [1e-5, 1] [0.01] log, say, and use bbopt run, or a scenario"


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
                f"{command.title} is no Python script, so that its arguments are known from its help text only",
                place=COMMAND_LINE,
                remedy=f"bbopt init {shell_line(command.before)} --from-help starts it with --help and reads that",
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
    reason, remedy = _why_not(command, found)
    program = None if source is None else arguments_in(source)
    if program is None:
        raise InputError(f"{command.title} {reason}", got=_last_lines(found.tail), remedy=remedy)
    doubt = f"{command.title} {reason}; its arguments were read from its text instead, which may miss some"
    return ReadProgram(program, (f"{doubt}. {remedy}" if remedy else doubt,), source, runs=False)


def _why_not(command: ProgramCommand, found: Caught) -> tuple[str, str]:
    """Why the parser was not reached, and what to do."""
    ended, python = found.ended, command.interpreter[-1]
    if ended is None:
        return f"came to no parser within {LIMIT_S:g} s", "bbopt init ... --from-help asks for its help text"
    if "status" in ended:
        return f"could not be started with {python}", found.tail.strip()[-300:]
    if "empty" in ended:
        return (
            f"parses an empty list at {ended['empty']}, instead of its command line",
            "write parser.parse_args() there, without arguments",
        )
    if "error" not in ended:
        return _ended_without(ended)
    where = f" at {ended['at']}" if ended["at"] else ""
    if ended["missing"]:
        return (
            f"can't be started with {python}{where}: there is no module {ended['missing']}",
            f"activate the environment that it runs in, or name its Python: --python PATH, not {python}",
        )
    if ended["error"] == "EOFError":
        return (
            f"asks on its standard input{where}, where nobody answers",
            "give what it asks for as an argument",
        )
    return f"fails{where} before it reads its arguments: {ended['error']}: {ended['message']}", ""


def _ended_without(ended: Mapping[str, Any]) -> tuple[str, str]:
    how = f" (exit status {ended['exit']})" if ended.get("exit") not in {None, "0"} else ""
    return f"ended without reading any arguments{how}", "does it need some? Give them behind --"


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
    how = "it looks at sys.argv itself" if source.takes_argv else "it takes none"
    return InputError(
        f"{command.title} has no parser that could be asked for its arguments: {how}, as far as its text says",
        expected=f"a script that uses {', '.join(sorted(CAUGHT & {'argparse', 'click', 'typer'}))} or the like",
        remedy=_BY_HAND
        if source.takes_argv
        else 'let it take its settings by argparse: parser.add_argument("--lr", type=float, default=0.01)',
    )
