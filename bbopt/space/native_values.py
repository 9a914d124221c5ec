"""The values of parameters as Python has them, where a parameter file has texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from bbopt.space.declarations import Parameter, ParameterKind

if TYPE_CHECKING:
    from bbopt.space.configuration import Configuration
    from bbopt.space.space import Space

__all__ = ["NativeValue", "choice_values", "native_settings", "settings_as_text"]

NativeValue: TypeAlias = "bool | int | float | str"


def choice_values(choices: Sequence[str]) -> tuple[NativeValue, ...]:
    """The choices of a parameter: bool where they are true and false, numbers where all are, else texts."""
    words = {"true": True, "false": False}
    if all(choice.lower() in words for choice in choices):
        return tuple(words[choice.lower()] for choice in choices)
    for number in (int, float):
        with suppress(ValueError):
            return tuple(number(choice) for choice in choices)
    return tuple(choices)


def native_settings(configuration: Configuration) -> dict[str, NativeValue]:
    """The values of the active parameters by name: int, float, and choices as `choice_values` has them."""
    active, row = set(configuration.active), configuration.row.tolist()
    pairs = zip(configuration.space.parameters, row, strict=True)
    return {parameter.name: _native(parameter, x) for parameter, x in pairs if parameter.name in active}


def settings_as_text(space: Space, settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings with values of Python, or texts, as `Space.configuration` takes them."""
    return {name: _text(space, name, value) for name, value in settings.items() if value is not None}


def _native(parameter: Parameter, x: float) -> NativeValue:
    if parameter.kind.is_discrete:
        return choice_values(parameter.choices)[int(x)]
    return int(x) if parameter.kind is ParameterKind.INTEGER else x


def _text(space: Space, name: str, value: Any) -> str:
    value = value.item() if hasattr(value, "item") else value  # a scalar of numpy
    choices = space.parameters[space.index[name]].choices if name in space.index else ()
    if not isinstance(value, str):
        for choice, native in zip(choices, choice_values(choices), strict=True):
            if native == value and isinstance(native, bool) == isinstance(value, bool):
                return choice
    return str(value).lower() if isinstance(value, bool) else str(value)
