"""Assignments of several sources become one checked value for every option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from bbopt.errors import InputError, InputErrors, Place
from bbopt.options import Option, Support, option_table
from bbopt.scenario.assignments import Assignment, Assignments
from bbopt.scenario.option_values import Value, default_value, is_available, parse_value, unavailable

__all__ = ["DEFAULT", "OptionValues", "resolve", "settle", "unavailable_defaults"]

T = TypeVar("T")

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

    def flag(self, name: str) -> bool:
        """The value of a yes-or-no option."""
        return self._of_type(name, bool)

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

    def as_given(self) -> tuple[tuple[str, str], ...]:
        """Name and text of all options that were given."""
        return tuple((name, assignment.text) for name, assignment in self._given.items())

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

    Raises InputErrors with the problems of all sources.  Whether the defaults of options that nobody gave
    can be served is another question: `unavailable_defaults`.
    """
    values, problems = settle(sources)
    if problems:
        raise InputErrors(problems)
    return values


def settle(sources: Sequence[Assignments]) -> tuple[OptionValues, list[InputError]]:
    """As `resolve`, but the problems are returned; an option with a problem has its default."""
    options = option_table().options
    problems = [problem for source in sources for problem in source.problems]
    assigned = _winners(sources)
    values: dict[str, Value] = {}
    for option in options:
        values[option.name], found = _value(option, assigned.get(option.name, ()))
        problems.extend(found)
    if values["engine-preset"] == "smac2":
        absent = [option for option in options if option.name not in assigned]
        values |= {option.name: default_value(option, as_smac2=True) for option in absent}
    given = {name: assignments[0] for name, assignments in assigned.items()}
    warnings = tuple(_warnings(options, values, given))
    repeated = {name: entries for name, entries in assigned.items() if entries[0].option.is_repeatable}
    proxies = (MappingProxyType(values), MappingProxyType(given), MappingProxyType(repeated))
    return OptionValues(*proxies, warnings), problems


def unavailable_defaults(values: OptionValues) -> list[InputError]:
    """An error for every option that is not given and whose default this version can't do."""
    absent = [option for option in option_table().options if not values.is_given(option.name)]
    defaults = [(option, default_value(option)) for option in absent]
    return [
        _unavailable_default(option, value, values)
        for option, value in defaults
        if not is_available(option, value)
    ]


def _unavailable_default(option: Option, value: Value, values: OptionValues) -> InputError:
    """Where options were given that need the one in question, switching it off is no remedy."""
    users = [user for user in option_table().options if user.needs == option.name]
    given = [user for user in users if values.is_given(user.name)]
    error = unavailable(option, value, None)
    if not given:
        return error
    first = given[0].name
    return InputError(
        error.what,
        place=values.place(first),
        got=f"{', '.join(user.name for user in given)}, which ask for it",
        expected=error.expected,
    )


def _winners(sources: Sequence[Assignments]) -> dict[str, tuple[Assignment, ...]]:
    """The assignments that count for each option: those of the first source that gives it."""
    assigned: dict[str, tuple[Assignment, ...]] = {}
    for source in sources:
        here: dict[str, tuple[Assignment, ...]] = {}
        for entry in source.entries:
            here[entry.option.name] = (*here.get(entry.option.name, ()), entry)
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
    if is_available(option, value):
        return value, []
    return value, [unavailable(option, value, assignments[0])]


def _warnings(
    options: Sequence[Option], values: Mapping[str, Value], given: Mapping[str, Assignment]
) -> list[str]:
    warnings = []
    for option in options:
        if option.name not in given:
            continue
        subject = f"{given[option.name].place}: {given[option.name].title}"
        if option.support is Support.ACCEPT_AND_IGNORE:
            warnings.append(f"{subject} is accepted for the sake of old files, but has no effect")
        elif _is_left_out(option, values[option.name]):
            warnings.append(f"{subject} is not available yet in this version, and has no effect")
    return warnings


def _is_left_out(option: Option, value: Value) -> bool:
    """Whether the user asks for something that is not done, and that no other option rules out anyway.

    What `needs` another option is not warned of: with that one off it does nothing in SMAC v2 either,
    and that one being on is an error of its own as long as this version can't do it.
    """
    if option.support is not Support.LATER or option.available or option.needs:
        return False
    return value != default_value(option)
