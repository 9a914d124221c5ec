"""What a program takes on its command line, wherever that was read."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

__all__ = ["Argument", "Kind", "Level", "Program", "Source", "program_of"]


class Kind(str, enum.Enum):
    """What may stand behind an argument's name; texts, as they come from the catcher."""

    REAL = "real"
    INTEGER = "integer"
    CHOICE = "choice"
    NUMBER_CHOICE = "number_choice"
    """One of some numbers."""
    TRUTH = "truth"
    """A word for true or false."""
    TEXT = "text"
    CONSTANT = "constant"
    """Nothing: being named sets its value to `const`."""
    PAIR = "pair"
    """Nothing; `off_flags` mean the opposite."""
    COUNT = "count"
    APPEND = "append"
    """It may be given several times."""
    OTHER = "other"

    @property
    def is_number(self) -> bool:
        """Whether it is one of a range."""
        return self in {Kind.REAL, Kind.INTEGER}


class Source(enum.Enum):
    """Where the arguments were read."""

    PARSER = "its parser"
    TEXT = "its text"
    HELP = "its help text"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its `name` in the program, and its `flags`, none for a positional one.

    `default` is what the program works with where it is left out: a bool, number, text, None, a list of
    these, or {"text": ...} for something else.  `low` and `high` bound it, and mean it where `exact`.
    `words` are those for true and false.  Of those with the same number `exclusive` only one may be given.
    `joint` stands between flag and value.
    """

    name: str
    flags: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    default: Any = None
    choices: tuple[str, ...] = ()
    off_flags: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    exact: bool = False
    low_open: bool = False
    high_open: bool = False
    nargs: int | str | None = None
    required: bool = False
    given: bool = False
    const: Any = None
    words: tuple[str, ...] = ()
    exclusive: int | None = None
    exclusive_required: bool = False
    help: str = ""
    joint: str = " "

    @property
    def flag(self) -> str:
        """How it is written: the first of its long names, or its only one."""
        return next((flag for flag in self.flags if flag.startswith("--")), (*self.flags, "")[0])

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return self.flag or self.name.upper()

    @property
    def is_list(self) -> bool:
        """Whether several values may follow."""
        return self.nargs not in {None, "?", 1}


@dataclass(frozen=True, slots=True)
class Level:
    """The arguments of a program or, behind the word `command` at `at` of its words, of a subcommand."""

    command: str
    at: int | None
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """All that is known of a program's command line.

    `at` is where the parser begins to read, `others` are places of parsers that were not asked.  `problem` is
    what the parser says of the given words; `subcommands` are those that must, or may, follow them.
    """

    library: str
    source: Source
    levels: tuple[Level, ...]
    at: str = ""
    others: tuple[str, ...] = ()
    problem: str = ""
    subcommands: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[Argument]:
        """Those of all levels."""
        return [one for level in self.levels for one in level.arguments]


def program_of(found: Mapping[str, Any]) -> Program:
    """What the catcher has found."""
    levels = tuple(
        Level(level["command"], level["at"], tuple(map(_argument, level["arguments"])))
        for level in found["levels"]
    )
    texts = {name: tuple(found[name]) for name in ("others", "subcommands")}
    return Program(
        found["library"],
        Source.PARSER,
        levels,
        found["at"],
        texts["others"],
        found["problem"],
        texts["subcommands"],
    )


def _argument(found: Mapping[str, Any]) -> Argument:
    known = {field.name for field in fields(Argument)}
    values = {name: _frozen(value) for name, value in found.items() if name in known and value is not None}
    return Argument(**{**values, "kind": Kind(found["kind"]), "default": found["default"]})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
