"""Settings in one line of text, in the forms that SMAC v2 reads and writes."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.errors import InputError, Place
from bbopt.space.declarations import Parameter, unknown_parameter

__all__ = ["parse_settings"]

_QUOTES = "'\""


def parse_settings(text: str, parameters: Sequence[Parameter]) -> dict[str, str]:
    """The settings in `-a '1' -b 'x'`, `a='1', b='x'` or `-Pa=1 -Pb=x`, values as text.

    Names may contain any sign, so they are recognised by the declared ones, the longest first.  Raises
    InputError with the column.
    """
    by_length = sorted(parameters, key=lambda parameter: -len(parameter.name))
    settings: dict[str, str] = {}
    position = _skip(text, 0)
    while position < len(text):
        parameter, start = _name_at(text, position, by_length)
        if parameter.name in settings:
            place = Place("<settings>", 1, position + 1)
            raise InputError(f"parameter {parameter.name!r} is set twice", place=place, got=text)
        settings[parameter.name], position = _value_at(text, start, parameter)
        position = _skip(text, position)
    return settings


def _skip(text: str, position: int) -> int:
    while position < len(text) and (text[position].isspace() or text[position] == ","):
        position += 1
    return position


def _name_at(text: str, position: int, by_length: Sequence[Parameter]) -> tuple[Parameter, int]:
    """The parameter named at `position`, and where its value starts."""
    for parameter in by_length:
        for prefix in ("-P", "-", ""):
            if text.startswith(prefix + parameter.name, position):
                end = position + len(prefix) + len(parameter.name)
                start = _value_start(text, end, needs_equals=prefix != "-")
                if start is not None:
                    return parameter, start
    word = text[position:].split(maxsplit=1)[0].partition("=")[0]
    error = unknown_parameter(word.lstrip("-"), [parameter.name for parameter in by_length])
    place = Place("<settings>", 1, position + 1)
    raise InputError(error.what, place=place, got=text, expected=error.expected, remedy=error.remedy)


def _value_start(text: str, end: int, *, needs_equals: bool) -> int | None:
    """Where the value starts after a name that ends at `end`; None when no value can follow."""
    start = end
    while start < len(text) and text[start].isspace():
        start += 1
    if text.startswith("=", start):
        start += 1
        while start < len(text) and text[start].isspace():
            start += 1
        return start
    return start if start > end and not needs_equals else None


def _value_at(text: str, start: int, parameter: Parameter) -> tuple[str, int]:
    """The value at `start` and where it ends; a declared choice wins over the general rules."""
    for choice in sorted(parameter.choices, key=len, reverse=True):
        for quote in ("", *_QUOTES):
            end = start + len(choice) + 2 * len(quote)
            if text.startswith(quote + choice + quote, start) and _ends(text, end):
                return choice, end
    if text[start : start + 1] and text[start] in _QUOTES:
        end = _quoted_end(text, start)
        if end:
            return text[start + 1 : end - 1], end
        place = Place("<settings>", 1, start + 1)
        raise InputError(f"the quote of {parameter.name!r} is not closed", place=place, got=text[start:])
    end = start
    while not _ends(text, end):
        end += 1
    return text[start:end], end


def _ends(text: str, position: int) -> bool:
    return position >= len(text) or text[position].isspace() or text[position] == ","


def _quoted_end(text: str, start: int) -> int:
    """The end of the text quoted at `start`: the first quote before a blank, a comma or the end; or 0."""
    end = text.find(text[start], start + 1)
    while end >= 0 and not _ends(text, end + 1):
        end = text.find(text[start], end + 1)
    return end + 1
