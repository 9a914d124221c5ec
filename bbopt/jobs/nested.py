"""States as experiments see them, nested with attributes, and flat, with dots in the keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bbopt.errors import InputError, did_you_mean, nearest

__all__ = ["DD", "expand", "flatten"]


class DD(dict[str, Any]):
    """A dictionary whose items are its attributes, too, as Jobman's; it is shown as any other dictionary."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(self._lack_of(name)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(dict, name):  # or what is read later would be the method
            raise AttributeError(f"{name!r} is a method of dictionaries: write state[{name!r}] = ...")
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(self._lack_of(name)) from None

    def _lack_of(self, name: str) -> str:
        remedy = did_you_mean(nearest(name, map(str, self)))
        return f"the state has no {name!r}" + (f": {remedy}" if remedy else "")


def flatten(state: Mapping[str, Any]) -> dict[str, Any]:
    """`state` with dots in its keys in place of dictionaries; only empty dictionaries stay.

    InputError for keys that are no texts, and where two items come to one key.
    """
    flat: dict[str, Any] = {}
    _flatten_into(flat, state, "")
    return flat


def _flatten_into(flat: dict[str, Any], state: Mapping[Any, Any], prefix: str) -> None:
    for name, value in state.items():
        if not isinstance(name, str):
            raise InputError(
                f"a key of the dictionary {prefix.rstrip('.') or 'of the state'} is no text",
                got=repr(name),
                expected="a text",
                remedy=f"write '{name}' in place of {name!r}",
            )
        key = prefix + name
        if isinstance(value, dict) and value:
            _flatten_into(flat, value, f"{key}.")
        elif key in flat:
            raise _two_values(key)
        else:
            flat[key] = value


def expand(flat: Mapping[str, Any]) -> DD:
    """The inverse of `flatten`: nested at each dot.

    InputError for a key with nothing before, between or behind dots, and for one that is both a value and the
    beginning of others.
    """
    state = DD()
    for key, value in flatten(flat).items():
        _put(state, key, value)
    return state


def _put(state: DD, key: str, value: Any) -> None:
    *above, name = key.split(".")
    if not all([*above, name]):
        raise InputError("a key of the state lacks a name", got=repr(key), expected="names joined by dots")
    for part in above:
        state = state.setdefault(part, DD())
        if not isinstance(state, DD):
            raise _two_values(key)
    if isinstance(value, dict):  # an empty one
        value = state.get(name, DD())
        if not isinstance(value, DD):
            raise _two_values(key)
    elif name in state:
        raise _two_values(key)
    state[name] = value


def _two_values(key: str) -> InputError:
    return InputError(
        "a key of the state has two values, or is both a value and the beginning of other keys",
        got=key,
        expected="a value, or keys below it",
    )
