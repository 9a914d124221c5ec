"""Scenario files and option files: lines of `name = value`, `name: value` or `name value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bbopt.errors import InputError, Place
from bbopt.options import (
    Assignment,
    Assignments,
    Kind,
    Option,
    Support,
    contradictions,
    foreign_name,
    option_table,
    unknown_option,
)
from bbopt.space import recognised
from bbopt.text_files import numbered_lines, read_text

__all__ = ["read_option_file"]

_COMMENT = re.compile(r"(?:^|\s)#.*")
_EXAMPLE = "algo = python train.py, pcs-file = params.pcs and run-obj = QUALITY, say, a line each"
_LINE = re.compile(r"\s*(?P<name>[^\s=:]+)\s*[=:]?\s*(?P<value>.*?)\s*")


def read_option_file(path: Path, shown_as: str | None = None, role: str = "option file") -> Assignments:
    """What the scenario file or option file `path` gives; a `#` after white space starts a comment.

    Raises InputError when it can't be read at all; what can't be understood is among the problems of the
    answer.  Messages name the file as `shown_as`, by default its path; the user knows it as the `role`.
    """
    source = shown_as or str(path)
    text = read_text(path, role, shown_as=shown_as)
    found = _parse(text, source)
    if len(found.problems) >= max(1, len(found.entries)) and (foreign := recognised(text, source, role)):
        raise foreign.error(
            source, "lines of name = value", foreign.instead or _as_options(foreign.settings or {})
        )
    return found


def _as_options(settings: Mapping[str, str]) -> str:
    """How another program's settings are written here, or else how any is."""
    lines = [f"{option} = {value}" for name, value in settings.items() if value and (option := _here(name))]
    if "targetRunner" in settings:
        lines.append("call-format = irace")
    return "write " + "\n            ".join(lines or [_EXAMPLE])


def _here(name: str) -> str:
    """The option that another program calls `name`, "" when there is none."""
    foreign, same = foreign_name(name), option_table().find(name)
    return foreign.option if foreign else name if same else ""


def _parse(text: str, source: str) -> Assignments:
    entries: list[Assignment] = []
    problems: list[InputError] = []
    for number, line in numbered_lines(text):
        content = _COMMENT.sub("", line)
        if not content.strip():
            continue
        try:
            entries.append(_assignment(content, source, number))
        except InputError as error:
            problems.append(error)
    return Assignments(tuple(entries), (*problems, *contradictions(entries)), text)


def _assignment(content: str, source: str, number: int) -> Assignment:
    match = _LINE.fullmatch(content)
    if match is None:
        raise InputError(
            "a line without an option name",
            place=Place(source, number, len(content) - len(content.lstrip()) + 1),
            got=content.strip(),
            expected="name = value",
        )
    name_place = Place(source, number, match.start("name") + 1)
    table = option_table()
    option = table.find(match["name"])
    if option is None:
        raise unknown_option(match["name"], name_place, table)
    if match["value"]:
        return Assignment(
            option, match["name"], match["value"], Place(source, number, match.start("value") + 1)
        )
    return Assignment(option, match["name"], _without_value(option, name_place), name_place)


def _without_value(option: Option, place: Place) -> str:
    if option.kind is Kind.SWITCH:
        return "true"
    if option.support in {Support.ACCEPT_AND_IGNORE, Support.SILENT}:
        return ""
    raise InputError(
        f"{option.name} has no value",
        place=place,
        expected=f"{option.name} = value",
        remedy="add it or take out the line",
    )
