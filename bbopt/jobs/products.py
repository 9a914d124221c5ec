"""Choices in arguments: `{{a,b}}` stands for one argument with `a` and one with `b`."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bbopt.errors import InputError

__all__ = ["LARGEST_PRODUCT", "Product", "product_of", "variants"]

LARGEST_PRODUCT = 1_000_000
"""More argument lists than these are a slip: nobody waits for so many jobs."""

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Product:
    """The argument lists that choices stand for, one for each combination; the first varies slowest.

    `varying` has the same lists, without the arguments that are alike in all; it is empty where none varies.
    """

    lists: tuple[tuple[str, ...], ...]
    varying: tuple[tuple[str, ...], ...]


def product_of(arguments: Sequence[str]) -> Product:
    """Every combination of the choices in all arguments.

    InputError for braces that are not as they should be, and for more lists than LARGEST_PRODUCT.
    """
    alternatives = [variants(argument) for argument in arguments]
    varying = [some for some in alternatives if len(some) > 1]
    _refuse_too_many(math.prod(map(len, varying)), " ".join(arguments))
    return Product(
        tuple(itertools.product(*alternatives)), tuple(itertools.product(*varying)) if varying else ()
    )


def variants(argument: str) -> list[str]:
    """What an argument stands for: itself with each combination of the choices in it.

    A comma within quotes or brackets parts no choices, and quotes stay.  Blanks around a choice do not count.
    """
    parts: list[list[str]] = []
    at = 0
    while (start := argument.find("{{", at)) >= 0:
        choices, end = _choices(argument, start + 2)
        parts += [[_text_beside(argument, at, start)], choices]
        at = end
    parts.append([_text_beside(argument, at, len(argument))])
    _refuse_too_many(math.prod(map(len, parts)), argument)
    return ["".join(some) for some in itertools.product(*parts)]


def _text_beside(argument: str, start: int, end: int) -> str:
    text = argument[start:end]
    if "}}" in text and text.count("{") < text.count("}"):  # else it may be a dictionary
        raise _wrong("braces are closed that were not opened", argument)
    return text


def _choices(argument: str, start: int) -> tuple[list[str], int]:
    """The choices from `start`, just behind `{{`, and where the text behind `}}` begins."""
    choices: list[str] = []
    begin = at = start
    awaited: list[str] = []
    while at < len(argument):
        character = argument[at]
        if argument.startswith("}}", at) and not awaited:
            return [*choices, _choice(argument, begin, at)], at + 2
        if argument.startswith("{{", at):
            raise _wrong("there are choices within choices", argument)
        if character in "'\"" and (awaited or not argument[begin:at].strip()):
            quoted = _QUOTED.match(argument, at)
            if quoted is None:
                raise _wrong(f"a quote {character} in choices is not closed", argument)
            at = quoted.end()
            continue
        if character in _CLOSED_BY:
            awaited.append(_CLOSED_BY[character])
        elif awaited and character == awaited[-1]:
            awaited.pop()
        elif character in _CLOSED_BY.values():
            raise _wrong(f"a {character} in choices was not opened, or closes another bracket", argument)
        elif character == "," and not awaited:
            choices.append(_choice(argument, begin, at))
            begin = at + 1
        at += 1
    raise _wrong("braces are not closed", argument)


def _choice(argument: str, start: int, end: int) -> str:
    choice = argument[start:end].strip()
    if not choice:
        raise _wrong("a choice is empty", argument, 'write "" for an empty text, as in x={{"",a}}')
    return choice


def _wrong(what: str, argument: str, remedy: str | None = None) -> InputError:
    return InputError(
        what, got=argument, expected="choices in braces, as in n_hidden={{20,30}}", remedy=remedy
    )


def _refuse_too_many(number: int, got: str) -> None:
    if number > LARGEST_PRODUCT:
        raise InputError(
            "the choices have too many combinations",
            got=f"{number:,} from {got}",
            expected=f"{LARGEST_PRODUCT:,} at most",
        )
