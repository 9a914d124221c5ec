"""What values an argument takes: choices as texts, and what the functions behind types make of texts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["described_choices", "described_type", "plain"]

_PROBES = (-1, 0, 1e-06, 0.5, 1, 2, 10, 100, 1000)
"""Numbers that the function behind a type is tried with."""

_MOST_CHOICES = 200


def described_choices(choices: Any, function: Callable[[str], Any], default: Any) -> dict[str, Any]:
    """The texts that stand for the choices, and what type they have."""
    if isinstance(choices, range) and choices.step == 1 and function is int and len(choices) > 1:
        return {"kind": "integer", "low": choices[0], "high": choices[-1], "exact": True}
    texts: dict[str, Any] = {}
    for choice in itertools.islice(choices, _MOST_CHOICES):
        for text in _texts(choice):
            try:
                value = function(text)
            except Exception:
                continue
            if value == choice:
                texts[text] = choice
                break
    mine = [text for text, choice in texts.items() if choice == default]
    are_numbers = texts and all(type(choice) in {int, float} for choice in texts.values())
    kind = "number_choice" if are_numbers else "choice"
    return {"kind": kind, "choices": list(texts), "default": mine[0] if mine else plain(default)}


def _texts(choice: Any) -> Iterator[str]:
    yield str(choice)
    for name in ("value", "name"):
        if isinstance(getattr(choice, name, None), (str, int, float)):
            yield str(getattr(choice, name))


def described_type(function: Callable[[str], Any] | None) -> dict[str, Any]:
    """What the function behind `type` makes of texts."""
    plain = {None: "text", str: "text", float: "real", int: "integer"}
    if function in plain:
        return {"kind": plain[function]}
    if function is bool:
        return {"kind": "truth", "words": ["True", ""]}
    assert function is not None
    for words in (["true", "false"], ["True", "False"], ["yes", "no"], ["1", "0"]):
        found = [_tried(function, word) for word in words]
        is_truth = found == [True, False] and isinstance(found[0], bool)
        if is_truth and not _is_number(_tried(function, "3")):
            return {"kind": "truth", "words": words}
    if not isinstance(_tried(function, "neither-of-them"), _Refused):
        return {"kind": "text"}
    numbers = [(probe, _tried(function, str(probe))) for probe in _PROBES]
    taken = [(probe, value) for probe, value in numbers if _is_number(value)]
    if not taken:
        return {"kind": "text"}
    is_whole = all(float(value).is_integer() for _, value in taken)
    refused = [probe for probe, value in numbers if not _is_number(value)]
    if is_whole:
        refused = [probe for probe in refused if float(probe).is_integer()]
    return {"kind": "integer" if is_whole else "real", **_limits([probe for probe, _ in taken], refused)}


def _limits(taken: list[float], refused: list[float]) -> dict[str, Any]:
    """Numbers that bound what is taken, where something beyond them was refused."""
    below = [probe for probe in refused if probe < min(taken)]
    above = [probe for probe in refused if probe > max(taken)]
    return {"low": min(taken) if below else None, "high": max(taken) if above else None}


class _Refused:
    """What an error stands for."""


def _tried(function: Callable[[str], Any], text: str) -> Any:
    try:
        return function(text)
    except (Exception, SystemExit):
        return _Refused()


def _is_number(value: Any) -> bool:
    if isinstance(value, (bool, str, _Refused)) or value is None:
        return False
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return not hasattr(value, "__len__")


def plain(value: Any) -> Any:
    """The value as JSON has it; what JSON lacks as an object with its text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return getattr(value, "value", value)  # of an enumeration, too
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if _is_number(value):
        return float(value)
    of_enumeration = getattr(value, "value", None)
    if isinstance(of_enumeration, (bool, int, float, str)):
        return of_enumeration
    return {"text": str(value)}
