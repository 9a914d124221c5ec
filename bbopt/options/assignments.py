"""Options as a user gave them: texts with their places, not yet checked against any domain."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.options.foreign_names import foreign_name
from bbopt.options.table import Option, OptionTable, canonical_name

__all__ = ["ALL_OPTIONS", "Assignment", "Assignments", "unknown_option"]

ALL_OPTIONS = "bbopt --help --help-level DEVELOPER"
"""The command that lists the options of a scenario."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One option given a value; `name` is as the user wrote it, `place` where the value stands."""

    option: Option
    name: str
    text: str
    place: Place

    @property
    def title(self) -> str:
        """The option's name for messages, with the alias that the user wrote."""
        if canonical_name(self.name) == canonical_name(self.option.name):
            return self.option.name
        return f"{self.name.lstrip('-')} ({self.option.name})"


@dataclass(frozen=True, slots=True)
class Assignments:
    """All that one source gives: the command line or one file.

    `problems` are what could not be understood; they wait here so that all sources are reported at once.
    `text` is the whole text of a file, `words` are what a command line holds besides options.
    """

    entries: tuple[Assignment, ...] = ()
    problems: tuple[InputError, ...] = ()
    text: str = ""
    words: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether the option with the primary name `name` is given."""
        return self.last(name) is not None

    def last(self, name: str) -> Assignment | None:
        """The assignment to the option with the primary name `name` that counts: the last one."""
        return next((entry for entry in reversed(self.entries) if entry.option.name == name), None)


def unknown_option(
    name: str, place: Place, table: OptionTable, prefix: str = "", help_command: str = ALL_OPTIONS
) -> InputError:
    """The error for a name that is no option; `prefix` goes before the names suggested.

    `help_command` lists the options, for a name like no other.
    """
    foreign = foreign_name(name)
    if foreign is not None and (not foreign.option or table.find(foreign.option)):
        return InputError(f"unknown option {name}", place=place, remedy=foreign.remedy)
    near = [prefix + known.lstrip("-") for known in table.nearest(name)]
    remedy = f"did you mean {' or '.join(near)}?" if near else f"{help_command} lists all options"
    return InputError(f"unknown option {name}", place=place, remedy=remedy)
