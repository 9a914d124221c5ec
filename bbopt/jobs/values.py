"""What a state may hold, and how it is kept as a text.

Numbers, also inf and nan, texts, True, False, None, and lists, tuples and dictionaries of these.  What is
read back is equal, and of the same types.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from bbopt.errors import InputError, StateError
from bbopt.jobs.nested import DD, flatten

__all__ = ["HELD", "canonical", "checked", "fingerprint", "from_json", "to_json"]

HELD = "a number, text, True, False, None, or a list, tuple or dictionary of these"
_TUPLE, _NUMBER = "__tuple__", "__number__"
"""What JSON has no form for is a dictionary with this one key."""

_DEEPEST = 50


def checked(value: object, where: str, depth: int = 0) -> Any:
    """`value`, a copy of it where it holds others; numbers of numpy become Python's.

    InputError, naming the place in the state as `where`, for what no state may hold.
    """
    if depth > _DEEPEST:
        raise _unfit(where, "values nested too deeply, or a value that holds itself")
    if isinstance(value, dict):
        return DD(
            {_key(key, where): checked(item, f"{where}.{key}", depth + 1) for key, item in value.items()}
        )
    if isinstance(value, (list, tuple)):
        items = [checked(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
        return tuple(items) if isinstance(value, tuple) else items
    if getattr(value, "shape", None) == () and hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # without what a subclass adds
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    raise _unfit(where, f"a value of type {type(value).__name__}", value)


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise InputError("a key of a dictionary is no text", got=f"{key!r} in {where}", expected="a text")
    if key in {_TUPLE, _NUMBER}:
        raise InputError(
            "this key has a meaning of its own", got=f"{key} in {where}", expected="another name"
        )
    return str.__str__(key)


def _unfit(where: str, got: str, value: object = None) -> InputError:
    remedy = "record its .tolist()" if hasattr(value, "tolist") else None
    return InputError(f"{where} can't be recorded", got=got, expected=HELD, remedy=remedy)


def to_json(state: Mapping[str, Any]) -> str:
    """A state, nested or flat, as a text of ASCII characters in JSON.

    InputError for what no state may hold.
    """
    return _json_of(checked(dict(state), "state"))


def _json_of(value: Any, *, sort_keys: bool = False) -> str:
    try:
        return json.dumps(_tagged(value), sort_keys=sort_keys, allow_nan=False)
    except ValueError as error:  # Python writes no more than some thousands of digits
        raise InputError("a whole number in the state is too long", got=str(error)) from error


def from_json(text: str) -> DD:
    """What `to_json` was given, nested or flat as it was; StateError for another text."""
    try:
        state = json.loads(text, object_hook=_untagged)
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable(str(error)) from error
    if not isinstance(state, DD):
        raise _unreadable(type(state).__name__)
    return state


def _unreadable(got: str) -> StateError:
    return StateError(
        "the state of a job can't be read back", got=got, expected="JSON that bbopt has written"
    )


def canonical(value: object) -> str:
    """A text that is equal for equal values.

    1 and 1.0 are equal, as are a list and a tuple of equal items, and dictionaries in any order, nested or
    flat; nan equals itself; True is not 1.  InputError for what no state may hold.
    """
    return _json_of(_without_differences(checked(value, "state")), sort_keys=True)


def fingerprint(settings: Mapping[str, Any]) -> str:
    """A short text that is equal for settings with equal canonical forms."""
    return hashlib.sha256(canonical(dict(settings)).encode()).hexdigest()


def _without_differences(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, (list, tuple)):
        return list(map(_without_differences, value))
    if isinstance(value, dict):
        return {key: _without_differences(item) for key, item in flatten(value).items()}
    return value


def _tagged(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {_NUMBER: repr(value)}
    if isinstance(value, tuple):
        return {_TUPLE: list(map(_tagged, value))}
    if isinstance(value, list):
        return list(map(_tagged, value))
    if isinstance(value, dict):
        return {key: _tagged(item) for key, item in value.items()}
    return value


def _untagged(found: dict[str, Any]) -> Any:
    if found.keys() == {_TUPLE}:
        return tuple(found[_TUPLE])
    if found.keys() == {_NUMBER}:
        return float(found[_NUMBER])
    return DD(found)
