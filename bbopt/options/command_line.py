"""The command line as assignments: `--name value`, `--name=value`, `-T name=value`, `-Tname=value`."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.options.assignments import ALL_OPTIONS, Assignment, Assignments, unknown_option
from bbopt.options.contradictions import contradictions
from bbopt.options.table import Kind, Option, OptionTable, option_table

__all__ = ["COMMAND_LINE", "Words", "looks_like_option", "read_command_line"]

COMMAND_LINE = Place("command line")


@dataclass(frozen=True, slots=True)
class Words:
    """What must, or may, stand on a command line besides options: a word, one or more, or a whole command.

    `name` is what the usage calls it.  The first word of a command ends the options: what follows is its own.
    What is optional may also be left out.
    """

    name: str
    are_a_command: bool = False
    are_several: bool = False
    are_optional: bool = False


def read_command_line(
    argv: Sequence[str],
    table: OptionTable | None = None,
    words: Words | None = None,
    help_command: str = ALL_OPTIONS,
) -> Assignments:
    """What the arguments `argv` (without the names of the program and of its command) give.

    `table` has the options that are known, by default all of a scenario; `help_command` lists them.
    Nothing is raised: what can't be understood is among the problems of the answer.
    """
    reader = _Reader(argv, table or option_table(), words, help_command)
    reader.read()
    entries = tuple(reader.entries)
    problems = (*reader.problems, *contradictions(entries))
    return Assignments(entries, problems, words=tuple(reader.words))


def looks_like_option(argument: str) -> bool:
    """Whether an argument names an option, known or not, or is the `--` that ends them."""
    return argument in {"/?", "--"} or (argument.startswith("-") and bool(argument.strip("-")))


class _Reader:
    """Goes through the arguments, one option at a time."""

    def __init__(
        self, argv: Sequence[str], table: OptionTable, words: Words | None, help_command: str
    ) -> None:
        self._left = deque(argv)
        self._table = table
        self._expected = words
        self._help = help_command
        self.entries: list[Assignment] = []
        self.problems: list[InputError] = []
        self.words: list[str] = []

    def read(self) -> None:
        while self._left:
            self._read_one(self._left.popleft())
        if self._expected is not None and not self.problems:
            self._check_words(self._expected)

    def _read_one(self, argument: str) -> None:
        name, equals, text = argument.partition("=")
        if argument == "--":
            self._take_rest()
        elif not looks_like_option(name):
            self._take_word(argument)
        elif option := self._table.find(name):
            self._assign(option, name, text if equals else None)
        elif option := self._joined_pair(argument):
            self._assign(option, argument[:2], argument[2:])
        else:
            self.problems.append(unknown_option(name, COMMAND_LINE, self._table, "--", self._help))
            if not equals and self._is_value_next():
                self._left.popleft()

    def _assign(self, option: Option, name: str, text: str | None) -> None:
        if text is not None:
            texts = [text]
        else:
            texts = ["true"] if option.kind is Kind.SWITCH else self._values(option)
        if not texts:
            expected = f"{name} {option.value}"
            self.problems.append(InputError(f"{name} needs a value", place=COMMAND_LINE, expected=expected))
        self.entries.extend(Assignment(option, name, each, COMMAND_LINE) for each in texts)

    def _values(self, option: Option) -> list[str]:
        """The next argument, unless it is plainly an option itself: values may begin with a dash.

        Of an option that takes several values also those behind it, up to what looks like an option.
        """
        following = self._left[0] if self._left else "--"
        if following == "--" or (
            following.startswith("--") and self._table.find(following.partition("=")[0])
        ):
            return []
        texts = [self._left.popleft()]
        while option.takes_several and self._is_value_next():
            texts.append(self._left.popleft())
        return texts

    def _is_value_next(self) -> bool:
        return bool(self._left) and not looks_like_option(self._left[0])

    def _joined_pair(self, argument: str) -> Option | None:
        """The option of `-Tname=value`."""
        option = self._table.find(argument[1]) if "=" in argument and argument[1] != "-" else None
        return option if option and option.kind is Kind.PAIRS else None

    def _take_word(self, word: str) -> None:
        if self._expected is None:
            self.problems.append(_stray(word))
            return
        self.words.append(word)
        if self._expected.are_a_command:
            self._take_rest()

    def _take_rest(self) -> None:
        while self._left:
            self._take_word(self._left.popleft())

    def _check_words(self, expected: Words) -> None:
        if len(self.words) == 1 or (expected.are_optional and not self.words):
            return
        if self.words and (expected.are_a_command or expected.are_several):
            return
        if not self.words and expected.are_optional:
            return
        got, remedy = " ".join(map(repr, self.words)), f"{self._help} shows what to write"
        what = f"one {expected.name} is needed"
        self.problems.append(InputError(what, place=COMMAND_LINE, got=got or "none", remedy=remedy))


def _stray(argument: str) -> InputError:
    return InputError(
        "an argument that belongs to no option",
        place=COMMAND_LINE,
        got=repr(argument),
        expected="--name value",
        remedy="a scenario file is given as --scenario FILE, a command comes first; quote values with blanks",
    )
