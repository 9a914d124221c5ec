"""Assignments of several sources become one checked value for every option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from bbopt.errors import InputError, InputErrors, Place
from bbopt.options.assignments import Assignment, Assignments
from bbopt.options.contradictions import overridden
from bbopt.options.table import Option, Support, option_table
from bbopt.options.values import Value, default_value, parse_value

__all__ = ["DEFAULT", "OptionValues", "resolve", "settle"]

T = TypeVar("T")

_REPLACED_BY = {"seeds": {"num-run", "restore-scenario", "restore-state-from"}}
"""Options that do not count where a stronger source gives one of others: who asks for one search gets one.

So the searches that `seeds` stands for, each with its own --seed, start none themselves.
"""

DEFAULT = Place("default")
"""The place of a value that nobody gave."""


@dataclass(frozen=True, slots=True)
class OptionValues:
    """A checked value for every option, by its primary name; KeyError for a name that is none.

    `warnings` are sentences about options given that have no effect.
    """

    _values: Mapping[str, Value]
    _given: Mapping[str, Assignment]
    _repeated: Mapping[str, tuple[Assignment, ...]]
    warnings: tuple[str, ...] = ()
    _faulty: frozenset[str] = frozenset()

    def flag(self, name: str) -> bool:
        """The value of a yes-or-no option."""
        return self._of_type(name, bool)

    def optional_flag(self, name: str) -> bool | None:
        """As `flag`, None when the option is not set."""
        return None if self._values[name] is None else self.flag(name)

    def integer(self, name: str) -> int:
        """The value of an option that counts."""
        return self._of_type(name, int)

    def optional_integer(self, name: str) -> int | None:
        """The value of an option that counts, None when it is not set."""
        return None if self._values[name] is None else self.integer(name)

    def number(self, name: str) -> float:
        """The value of an option that measures."""
        value = self._values[name]
        return float(value) if isinstance(value, int) else self._of_type(name, float)

    def optional_number(self, name: str) -> float | None:
        """The value of an option that measures, None when it is not set."""
        return None if self._values[name] is None else self.number(name)

    def optional_bytes(self, name: str) -> int | None:
        """The value of an option in MB, of 1,000,000 bytes as for BenchExec; None when it is not set."""
        megabytes = self.optional_number(name)
        return None if megabytes is None else max(1, round(1e6 * megabytes))

    def text(self, name: str) -> str:
        """The value of an option with free text, a path or a command."""
        return self._of_type(name, str)

    def optional_text(self, name: str) -> str | None:
        """As `text`, None when the option is not set."""
        return None if self._values[name] is None else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of an option that may be given several times."""
        return self._of_type(name, tuple)

    def placed_texts(self, name: str) -> tuple[tuple[str, Place], ...]:
        """As `texts`, each with the place where it was given."""
        return tuple((entry.text, entry.place) for entry in self._repeated.get(name, ()))

    def choice(self, name: str) -> str:
        """The value of an option with a fixed list of choices, spelled as in that list."""
        return self._of_type(name, str)

    def place(self, name: str) -> Place:
        """Where the value was given; `DEFAULT` when it was not."""
        return self._given[name].place if name in self._given else DEFAULT

    def is_given(self, name: str) -> bool:
        """Whether anyone gave a value."""
        return name in self._given

    def is_faulty(self, name: str) -> bool:
        """Whether what was given is no value of the option, and its default stands in for it."""
        return name in self._faulty

    def as_given(self) -> tuple[tuple[str, str], ...]:
        """Name and text of all options that were given."""
        return tuple((name, assignment.text) for name, assignment in self._given.items())

    def entries(self, name: str) -> tuple[Assignment, ...]:
        """The assignments that count: one, but all of an option that may be given several times."""
        if name in self._repeated:
            return self._repeated[name]
        return (self._given[name],) if name in self._given else ()

    def as_text(self, name: str) -> str:
        """The value as a user would write it; empty when it is not set."""
        if name in self._given:
            return self._given[name].text
        option = option_table()[name]
        as_smac2 = option.smac2 if self._values["engine-preset"] == "smac2" else None
        return as_smac2 or option.default or ""

    def _of_type(self, name: str, kind: type[T]) -> T:
        value = self._values[name]
        if not isinstance(value, kind):
            raise TypeError(f"the value of {name} is {value!r}")
        return value


def resolve(*sources: Assignments) -> OptionValues:
    """The values that `sources` give together; an earlier source wins over a later one.

    Raises InputErrors with the problems of all sources.
    """
    values, problems = settle(sources)
    if problems:
        raise InputErrors(problems)
    return values


def settle(
    sources: Sequence[Assignments], options: Sequence[Option] | None = None
) -> tuple[OptionValues, list[InputError]]:
    """As `resolve`, but the problems are returned; an option with a problem has its default.

    `options` are a command's own instead of all of the table.
    """
    options = option_table().options if options is None else options
    problems = [problem for source in sources for problem in source.problems]
    assigned = _winners(sources)
    values: dict[str, Value] = {}
    faulty: set[str] = set()
    for option in options:
        values[option.name], found = _value(option, assigned.get(option.name, ()))
        problems.extend(found)
        faulty |= {option.name} if found else set()
    if values.get("engine-preset") == "smac2":
        absent = [option for option in options if option.name not in assigned]
        values |= {option.name: default_value(option, as_smac2=True) for option in absent}
    given = {name: assignments[0] for name, assignments in assigned.items()}
    warnings = (*_warnings(given), *_warnings_of_two(sources))
    repeated = {name: entries for name, entries in assigned.items() if entries[0].option.is_repeatable}
    proxies = (MappingProxyType(values), MappingProxyType(given), MappingProxyType(repeated))
    return OptionValues(*proxies, warnings, frozenset(faulty)), problems


def _winners(sources: Sequence[Assignments]) -> dict[str, tuple[Assignment, ...]]:
    """The assignments that count for each option: of the first source that gives it, the last or all."""
    assigned: dict[str, tuple[Assignment, ...]] = {}
    for source in sources:
        here: dict[str, tuple[Assignment, ...]] = {}
        for entry in source.entries:
            if _REPLACED_BY.get(entry.option.name, set()) & assigned.keys():
                continue
            earlier = here.get(entry.option.name, ()) if entry.option.is_repeatable else ()
            here[entry.option.name] = (*earlier, entry)
        assigned = {**here, **assigned}
    return assigned


def _value(option: Option, assignments: Sequence[Assignment]) -> tuple[Value, list[InputError]]:
    if not assignments or option.support in {Support.ACCEPT_AND_IGNORE, Support.SILENT}:
        return default_value(option), []
    try:
        parsed = [parse_value(entry) for entry in assignments]
    except InputError as error:
        return default_value(option), [error]
    value = parsed[0]
    if option.is_repeatable:
        value = tuple(text for part in parsed if isinstance(part, tuple) for text in part)
    return value, []


def _warnings(given: Mapping[str, Assignment]) -> list[str]:
    return [
        f"{assignment.place}: {assignment.title} is accepted for the sake of old files, but has no effect"
        for assignment in given.values()
        if assignment.option.support is Support.ACCEPT_AND_IGNORE
    ]


def _warnings_of_two(sources: Sequence[Assignments]) -> list[str]:
    return [
        f"{later.place}: {later.title} is {later.text!r}, which counts because it comes after "
        f"{earlier.name.lstrip('-/')} at {earlier.place}, {earlier.text!r}"
        for source in sources
        for earlier, later in overridden(source.entries)
    ]
