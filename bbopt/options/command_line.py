"""The command line as assignments: `--name value`, `--name=value`, `-T name=value`, `-Tname=value`."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.errors import InputError, Place
from bbopt.options.assignments import Assignment, Assignments, unknown_option
from bbopt.options.contradictions import contradictions
from bbopt.options.table import Kind, Option, OptionTable, option_table

__all__ = ["COMMAND_LINE", "read_command_line"]

COMMAND_LINE = Place("command line")


def read_command_line(argv: Sequence[str], table: OptionTable | None = None) -> Assignments:
    """What the arguments `argv` (without the program's name) give.

    Nothing is raised: what can't be understood is among the problems of the answer.
    """
    reader = _Reader(argv, table or option_table())
    while reader.position < len(argv):
        reader.read_one()
    entries = tuple(reader.entries)
    return Assignments(entries, (*reader.problems, *contradictions(entries)))


class _Reader:
    """Goes through the arguments, one option at a time."""

    def __init__(self, argv: Sequence[str], table: OptionTable) -> None:
        self._argv = argv
        self._table = table
        self.position = 0
        self.entries: list[Assignment] = []
        self.problems: list[InputError] = []

    def read_one(self) -> None:
        argument = self._argv[self.position]
        self.position += 1
        name, equals, text = argument.partition("=")
        if not _looks_like_option(name):
            self._refuse_stray(argument)
        elif option := self._table.find(name):
            self._assign(option, name, text if equals else None)
        elif option := self._joined_pair(argument):
            self._assign(option, argument[:2], argument[2:])
        else:
            self.problems.append(unknown_option(name, COMMAND_LINE, self._table, prefix="--"))
            self._skip_value(bool(equals))

    def _assign(self, option: Option, name: str, text: str | None) -> None:
        if text is None and option.kind is Kind.SWITCH:
            text = "true"
        elif text is None:
            text = self._next_value()
        if text is None:
            problem = InputError(
                f"{name} needs a value", place=COMMAND_LINE, expected=f"{name} {option.domain or 'value'}"
            )
            self.problems.append(problem)
        else:
            self.entries.append(Assignment(option, name, text, COMMAND_LINE))

    def _next_value(self) -> str | None:
        """The next argument, unless it is plainly an option itself; values may begin with a dash."""
        if self.position == len(self._argv):
            return None
        value = self._argv[self.position]
        if value.startswith("--") and self._table.find(value.partition("=")[0]):
            return None
        self.position += 1
        return value

    def _joined_pair(self, argument: str) -> Option | None:
        """The option of `-Tname=value`; unlike other names its letter must be upper case."""
        option = self._table.find(argument[1]) if "=" in argument and argument[1] != "-" else None
        if option and option.kind is Kind.PAIRS and option.name == argument[1]:
            return option
        return None

    def _skip_value(self, has_value: bool) -> None:
        """Pass over what is most likely the value of an unknown option."""
        if (
            not has_value
            and self.position < len(self._argv)
            and not self._argv[self.position].startswith("-")
        ):
            self.position += 1

    def _refuse_stray(self, argument: str) -> None:
        self.problems.append(
            InputError(
                "an argument that belongs to no option",
                place=COMMAND_LINE,
                got=repr(argument),
                expected="--name value",
                remedy="a scenario file is given as --scenario FILE; quote values that contain blanks",
            )
        )


def _looks_like_option(argument: str) -> bool:
    return argument == "/?" or (argument.startswith("-") and bool(argument.strip("-")))
