"""The settings of a job as people write them: `n_hidden=20`, files of such lines, drawn values, builders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bbopt.errors import InputError, Place, Problems
from bbopt.jobs.builders import BUILDER, check_dotted_name
from bbopt.jobs.expressions import Draws, Expression
from bbopt.jobs.literals import read_value
from bbopt.jobs.nested import flatten
from bbopt.shell_words import shell_word
from bbopt.text_files import numbered_lines, read_text

__all__ = ["Setting", "SettingsReader", "file_text", "settle"]

_EXPECTED = "KEY=VALUE, KEY:=@EXPRESSION, KEY::BUILDER, FILE, or PREFIX <- FILE"
_BELOW = re.compile(r"([^:=<]*)<-(.*)", re.DOTALL)
_ASSIGNMENT = re.compile(r"([^:=]*)(:=|::|=)(.*)", re.DOTALL)
_COMMENT = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(#.*)""")
"""The first group is one; a # in quotes begins none, and the quote in `it's` is no quote."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of a key with dots, or the expression that gives it, and where it is written."""

    key: str
    value: object
    place: Place
    text: str


def settle(settings: Iterable[Setting], draws: Draws) -> dict[str, object]:
    """The flat state of one job, with a value of its own for every expression."""
    return {one.key: _value(one, draws) for one in settings}


def file_text(state: Mapping[str, object]) -> str:
    """The file of settings that gives this flat state, where its keys are names of settings."""
    return "".join(f"{key} = {value!r}\n" for key, value in state.items())


def _value(setting: Setting, draws: Draws) -> object:
    if not isinstance(setting.value, Expression):
        return setting.value
    with _said_to_be_at(setting.place):
        return draws.value(setting.value)


@dataclass(frozen=True, slots=True)
class _File:
    """A file of settings: where it is, what messages call it, and the file that names it."""

    path: Path
    shown: str
    named_in: _File | None

    def way_here(self) -> list[_File]:
        """The files that lead to this one, which is the last."""
        return [*(self.named_in.way_here() if self.named_in else ()), self]


class SettingsReader:
    """Reads lists of arguments, each argument and its files once, however many lists have it."""

    def __init__(self, folder: Path) -> None:
        """Relative files of arguments are those in `folder`."""
        self._folder = folder
        self._known: dict[str, tuple[Setting, ...]] = {}

    def read(self, arguments: Sequence[str]) -> tuple[Setting, ...]:
        """One setting a key: the last of those that the arguments and their files give it, in this order.

        InputError with all problems: what is no setting and no file, unreadable files, files that name each
        other in a circle, and a key that has a value in one place and others below it in another.
        """
        problems = Problems()
        found: dict[str, Setting] = {}
        for argument in arguments:
            for setting in problems.attempt(partial(self._argument, argument)) or ():
                found[setting.key] = setting
        problems.extend(_conflicts(found))
        problems.raise_if_any()
        return tuple(found.values())

    def _argument(self, argument: str) -> tuple[Setting, ...]:
        if argument not in self._known:
            place = Place(f"argument {shell_word(argument)}")
            self._known[argument] = self._statement(argument, place)
        return self._known[argument]

    def _statement(
        self, text: str, place: Place, prefix: str = "", within: _File | None = None
    ) -> tuple[Setting, ...]:
        with _said_to_be_at(place):
            if below := _BELOW.fullmatch(text):
                prefix, text = f"{_key(prefix + below[1].strip())}.", below[2]
            elif assignment := _ASSIGNMENT.fullmatch(text):
                return tuple(_assigned(prefix, assignment, place))
            file = self._file_named(text.strip(), within)
        return self._statements_in(file, prefix)

    def _file_named(self, text: str, within: _File | None) -> _File:
        name = os.path.expanduser(text)
        path = (within.path.parent if within else self._folder) / name
        if not text or not os.path.exists(path):  # which is False, too, for what can be no path
            raise InputError("this is neither a setting nor a file", got=repr(text), expected=_EXPECTED)
        shown = os.path.join(os.path.dirname(within.shown), name) if within else name
        file = _File(path.resolve(), shown, within)
        way = file.way_here()
        if file.path in {one.path for one in way[:-1]}:
            circle = " -> ".join(one.shown for one in way)
            raise InputError("files of settings name each other in a circle", got=circle)
        return file

    def _statements_in(self, file: _File, prefix: str) -> tuple[Setting, ...]:
        problems = Problems()
        settings: list[Setting] = []
        for number, line in numbered_lines(read_text(file.path, "file of settings", shown_as=file.shown)):
            if statement := _without_comment(line):
                place = Place(file.shown, number)
                read = problems.attempt(partial(self._statement, statement, place, prefix, file))
                settings.extend(read or ())
        problems.raise_if_any()
        return tuple(settings)


@contextmanager
def _said_to_be_at(place: Place) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise error.at(place) from error


def _assigned(prefix: str, assignment: re.Match[str], place: Place) -> Iterator[Setting]:
    text = assignment[0].strip()
    key, sign, written = _key(prefix + assignment[1].strip()), assignment[2], assignment[3].strip()
    if sign == "::":
        yield Setting(f"{key}.{BUILDER}", check_dotted_name(written), place, text)
    elif sign == ":=":
        yield Setting(key, Expression.read(written), place, text)
    else:
        for below, value in flatten({key: read_value(written)}).items():
            yield Setting(_key(below), value, place, text)


def _key(key: str) -> str:
    if all(map(str.isidentifier, key.split("."))):
        return key
    raise InputError("this is no name of a setting", got=repr(key), expected="names joined by dots")


def _without_comment(line: str) -> str:
    for match in _COMMENT.finditer(line):
        if match[1] is not None:
            return line[: match.start()].strip()
    return line.strip()


def _conflicts(settings: dict[str, Setting]) -> Iterator[InputError]:
    for key, setting in settings.items():
        parts = key.split(".")
        for length in range(1, len(parts)):
            above = settings.get(".".join(parts[:length]))
            if above is not None:
                yield InputError(
                    f"{above.key} has a value, and settings below it",
                    place=setting.place,
                    got=f"{_shown(above)} and {_shown(setting)}",
                    expected="one or the other",
                )


def _shown(setting: Setting) -> str:
    return setting.text if setting.place.line is None else f"{setting.text} ({setting.place})"
