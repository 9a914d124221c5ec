"""Settings in one line of text: the forms that SMAC v2 reads and writes, command lines, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from bbopt.errors import InputError, Place
from bbopt.space.declarations import Parameter, unknown_parameter

__all__ = ["parse_given_settings", "parse_settings"]

_QUOTES = "'\""
_FORMS = "-lr '0.1' -opt 'adam', --lr 0.1 --opt=adam, lr=0.1, opt=adam or JSON, say"


def parse_given_settings(text: str, parameters: Sequence[Parameter]) -> dict[str, str]:
    """The settings that a person gives: as for `parse_settings`, with a program in front, or as JSON.

    Of `cd DIR; python3 train.py --epochs 20 --lr 0.1` all before the first parameter is passed over.
    """
    if text.lstrip().startswith("{"):
        return _parse_json(text, parameters)
    start, by_length = _skip(text, 0), _by_length(parameters)
    first = text[start:].split(maxsplit=1)[:1]
    if not first or first[0].startswith("-") or "=" in first[0] or _setting_at(text, start, by_length):
        return parse_settings(text, parameters)
    for word in re.finditer(r"(?<!\S)(?:-|[^\s=]+=)\S", text):
        if _setting_at(text, word.start(), by_length) is not None:
            return parse_settings(text[word.start() :], parameters)
    raise InputError("there are no settings in this", got=text, expected=_FORMS)


def _parse_json(text: str, parameters: Sequence[Parameter]) -> dict[str, str]:
    try:  # numbers stay as they are written
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        remedy = f"{error}; names and texts stand in double quotes"
        raise InputError("the settings are no JSON", got=text, expected=_FORMS, remedy=remedy) from error
    choices = {parameter.name: parameter.choices for parameter in parameters}
    return {
        name: _text_of(value, choices.get(name, ()), text)
        for name, value in found.items()
        if value is not None
    }


def _text_of(value: Any, choices: Sequence[str], text: str) -> str:
    if isinstance(value, bool):
        word = str(value).lower()
        return next((choice for choice in choices if choice.lower() == word), word)
    if isinstance(value, str):
        return value
    raise InputError("a setting is a text, a number, true or false", got=f"{value!r} in {text}")


def parse_settings(text: str, parameters: Sequence[Parameter]) -> dict[str, str]:
    """The settings in `-a '1' -b 'x'`, `a='1', b='x'`, `-Pa=1 -Pb=x` or `--a 1 --b=x --c --no-d`, as text.

    Names may contain any sign, so they are recognised by the declared ones, the longest first.  Raises
    InputError with the column.
    """
    by_length = _by_length(parameters)
    settings: dict[str, str] = {}
    position = _skip(text, 0)
    while position < len(text):
        found = _setting_at(text, position, by_length)
        if found is None:
            raise _unknown_at(text, position, parameters)
        parameter, value, end = found
        if parameter.name in settings:
            place = Place("<settings>", 1, position + 1)
            raise InputError(f"parameter {parameter.name!r} is set twice", place=place, got=text)
        settings[parameter.name], position = value, _skip(text, end)
    return settings


def _by_length(parameters: Sequence[Parameter]) -> list[Parameter]:
    return sorted(parameters, key=lambda parameter: -len(parameter.name))


def _skip(text: str, position: int) -> int:
    while position < len(text) and (text[position].isspace() or text[position] == ","):
        position += 1
    return position


def _setting_at(
    text: str, position: int, by_length: Sequence[Parameter]
) -> tuple[Parameter, str, int] | None:
    """The parameter named at `position`, its value, and where that ends; None where none is named."""
    for parameter in by_length:
        for prefix in ("-P", "--no-", "--", "-", ""):
            for name in dict.fromkeys((parameter.name, parameter.name.replace("_", "-"))):
                if text.startswith(prefix + name, position):
                    end = position + len(prefix) + len(name)
                    found = _switch_at(text, end, parameter, prefix)
                    start = _value_start(text, end, needs_equals=prefix in {"-P", ""})
                    if found is None and start is not None and prefix != "--no-":
                        found = _value_at(text, start, parameter)
                    if found is not None:
                        return parameter, *found
    return None


def _switch_at(text: str, end: int, parameter: Parameter, prefix: str) -> tuple[str, int] | None:
    """`--name` alone is on, `--no-name` off; None where a value follows, or the parameter is no switch."""
    if prefix not in {"--", "--no-"} or parameter.switch is None or not _ends(text, end):
        return None
    on, off = parameter.switch
    if prefix == "--no-":
        return off, end
    start = _skip(text, end)
    return None if text.startswith("=", start) or _choice_at(text, start, parameter) else (on, end)


def _unknown_at(text: str, position: int, parameters: Sequence[Parameter]) -> InputError:
    word = text[position:].split(maxsplit=1)[0].partition("=")[0].lstrip("-")
    names, place = [parameter.name for parameter in parameters], Place("<settings>", 1, position + 1)
    if word in names:
        return InputError(f"no value for parameter {word!r}", place=place, got=text, expected=_FORMS)
    error = unknown_parameter(word, names)
    return InputError(error.what, place=place, got=text, expected=error.expected, remedy=error.remedy)


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
    found = _choice_at(text, start, parameter)
    if found is not None:
        return found
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


def _choice_at(text: str, start: int, parameter: Parameter) -> tuple[str, int] | None:
    for choice in sorted(parameter.choices, key=len, reverse=True):
        for quote in ("", *_QUOTES):
            end = start + len(choice) + 2 * len(quote)
            if text.startswith(quote + choice + quote, start) and _ends(text, end):
                return choice, end
    return None


def _ends(text: str, position: int) -> bool:
    return position >= len(text) or text[position].isspace() or text[position] == ","


def _quoted_end(text: str, start: int) -> int:
    """The end of the text quoted at `start`: the first quote before a blank, a comma or the end; or 0."""
    end = text.find(text[start], start + 1)
    while end >= 0 and not _ends(text, end + 1):
        end = text.find(text[start], end + 1)
    return end + 1
