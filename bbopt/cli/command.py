"""What a command is, and what it is called with: its own options, those of a scenario, and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.errors import InputError
from bbopt.options import (
    COMMAND_LINE,
    Assignments,
    Option,
    OptionTable,
    OptionValues,
    Words,
    option_table,
    read_command_line,
    read_rows,
    settle,
)

if TYPE_CHECKING:
    from bbopt.scenario import Scenario

__all__ = ["Arguments", "Command", "current_folder", "options_of", "read_arguments"]

_ROWS = tuple(read_rows(Path(__file__).with_name("options.tsv")))

_EVERYWHERE = ("help", "help-level", "version")


def options_of(command: str) -> tuple[Option, ...]:
    """The options that a command has besides those of a scenario, as in `options.tsv`."""
    return tuple(Option.of(row) for row in _ROWS if row["command"] == command)


@dataclass(frozen=True, slots=True)
class Command:
    """A command of bbopt, described without importing what it needs.

    `function` is `module:name` of what takes the Arguments and gives the exit code.  `usage` is what follows
    the name, `text` what the help page says besides: paragraphs, printed as they are where they are indented.
    `required` are names of own options that must be given.
    """

    name: str
    purpose: str
    usage: str
    function: str
    text: str = ""
    options: tuple[Option, ...] = ()
    required: tuple[str, ...] = ()
    takes_scenario: bool = True
    words: Words | None = None

    @property
    def call(self) -> str:
        """What is typed to call it: `bbopt check`."""
        return f"bbopt {self.name}".rstrip()

    @property
    def table(self) -> OptionTable:
        """All options that it takes, its own for a scenario's of the same primary name.

        ValueError when one of its own has a name that another has.
        """
        known = option_table()
        if not self.takes_scenario:
            return OptionTable((*self.options, *(known[name] for name in _EVERYWHERE)))
        replaced = {option.name for option in self.options}
        return OptionTable((*self.options, *(o for o in known.options if o.name not in replaced)))


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a command is called with.

    `argv` are the arguments themselves, `own` the checked values of the command's options; `given` holds the
    scenario's options, the words, and all that is wrong with the command line.
    """

    argv: tuple[str, ...]
    own: OptionValues
    given: Assignments

    def scenario(self) -> Scenario:
        """The scenario that is named, seen from the current folder.

        Raises InputErrors with all problems, those of the command's own options too.
        """
        from bbopt.scenario import load_scenario

        return load_scenario(self.given, cwd=current_folder())


def read_arguments(command: Command, argv: Sequence[str]) -> Arguments:
    """What the arguments `argv`, without the command's name, give; nothing is raised."""
    line = read_command_line(argv, command.table, command.words, f"{command.call} --help")
    own = tuple(entry for entry in line.entries if entry.option in command.options)
    values, problems = settle((Assignments(own),), command.options)
    missing = (_missing(command, name) for name in command.required if not values.is_given(name))
    given = replace(
        line,
        entries=tuple(entry for entry in line.entries if entry.option not in command.options),
        problems=(*line.problems, *problems, *missing),
    )
    return Arguments(tuple(argv), values, given)


def current_folder() -> Path:
    """The folder that relative paths start from; InputError when it is gone."""
    try:
        return Path.cwd()
    except OSError as error:
        raise InputError(
            "the current folder is gone or can't be read", remedy="cd into another one"
        ) from error


def _missing(command: Command, name: str) -> InputError:
    usage = f"{command.call} {command.usage}"
    return InputError(f"--{name} is missing", place=COMMAND_LINE, expected=usage)
