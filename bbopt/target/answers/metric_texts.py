"""Metrics as a program writes them down: lines of names and values, or a JSON object."""

from __future__ import annotations

import json
from typing import Any

from bbopt.java_numbers import parse_double
from bbopt.target.found_numbers import UnusableError

__all__ = ["metrics_in", "metrics_in_lines"]

_SHOWN_CHARS = 200
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}


def metrics_in(text: str) -> dict[str, float]:
    """The metrics in a results file, a JSON object or lines; UnusableError says what can't be read.

    Of an object, numbers only: programs write down much else.  Values may be NaN or infinite.
    """
    return _metrics_in_json(text) if text.lstrip().startswith("{") else metrics_in_lines(text)


def metrics_in_lines(text: str) -> dict[str, float]:
    """The metrics in lines of a name, a tab and a number, in their order; UnusableError, as above.

    Blank lines say nothing.  Values may be NaN or infinite.
    """
    found: dict[str, float] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, tab, value = line.strip().partition("\t")
        name = name.strip()
        if not tab or not name:
            raise UnusableError(
                f"line {number} is no metric: {_shown(line)}", "write a name, a tab and a number on each line"
            )
        if name in found:
            raise UnusableError(
                f"the metric {name} is there twice, the second time in line {number}", "write each one once"
            )
        found[name] = _number(name, value.strip(), number)
    return found


def _number(name: str, text: str, line: int) -> float:
    signless = text.lstrip("+-")
    try:
        return parse_double(text.replace(signless, _NOT_FINITE.get(signless.lower(), signless)))
    except ValueError:
        raise UnusableError(f"the metric {name} is no number in line {line}: {_shown(text)}") from None


def _metrics_in_json(text: str) -> dict[str, float]:
    try:
        values: dict[str, Any] = json.loads(text, object_pairs_hook=_each_once)
    except UnusableError:
        raise
    except (ValueError, RecursionError) as error:
        raise UnusableError(
            f"the JSON can't be read ({error})", "write one object, when all is known"
        ) from None
    numbers = {name: value for name, value in values.items() if type(value) in {int, float}}
    try:
        return {name: float(value) for name, value in numbers.items()}
    except OverflowError as error:
        raise UnusableError(f"the JSON can't be read ({error})") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnusableError(f"the name {twice} is there twice", "write each one once")
    return found


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}...")
