"""Settings as text to rows of native values, with every problem reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bbopt.errors import InputError, InputErrors, nearest
from bbopt.space.declarations import DomainError, Parameter, ParameterKind

if TYPE_CHECKING:
    from bbopt.space.space import Space

__all__ = [
    "DEFAULT_VALUE",
    "complete_row",
    "fixed_columns",
    "quick_native",
    "row_of_settings",
    "unknown_parameter",
]

DEFAULT_VALUE = "<DEFAULT>"
"""Stands for a parameter's default where parameters are fixed for a search, as in SMAC v2."""

_MOST_SHOWN = 10
_USUAL_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE]-?\d+)?", re.ASCII)


def unknown_parameter(name: str, names: Iterable[str]) -> InputError:
    """The error for a name that no parameter has."""
    known = list(names)
    near = nearest(name, known)
    shown = list(near) or known[:_MOST_SHOWN] + ["..."] * (len(known) > _MOST_SHOWN)
    return InputError(
        f"unknown parameter {name!r}",
        got=name or "nothing",
        expected="one of " + ", ".join(shown) if shown else "a declared parameter; there are none",
        remedy=f"did you mean {near[0]}?" if near else None,
    )


def _illegal_value(parameter: Parameter, error: DomainError) -> InputError:
    return InputError(
        f"illegal value for parameter {parameter.name!r}",
        got=repr(error.text),
        expected=error.expected,
        remedy=f"did you mean {error.near[0]}?" if error.near else None,
    )


def _raise_all(problems: list[InputError]) -> None:
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)


def row_of_settings(space: Space, settings: Mapping[str, str]) -> NDArray[np.float64]:
    """The row (n_params,) of native values; parameters left out must be inactive and get the default."""
    problems: list[InputError] = []
    row = np.array([parameter.default for parameter in space.parameters])
    for name, text in settings.items():
        if name not in space.index:
            problems.append(unknown_parameter(name, space.names))
            continue
        parameter = space.parameters[space.index[name]]
        try:
            row[space.index[name]] = parameter.native(text)
        except DomainError as error:
            problems.append(_illegal_value(parameter, error))
    if not problems:
        active = space.active(row[None, :])[0]
        missing = [name for name, is_active in zip(space.names, active, strict=True) if is_active]
        problems += [
            InputError(f"no value for the active parameter {name!r}", expected=space.parameters[index].domain)
            for name, index in ((name, space.index[name]) for name in missing if name not in settings)
        ]
    _raise_all(problems)
    return row


def complete_row(
    natives: Mapping[str, Callable[[str], float]], settings: Mapping[str, str]
) -> list[float] | None:
    """The native values of settings that give each parameter, and nothing else, a legal value; else None.

    `natives` has the `quick_native` of each parameter, in the order of the columns.
    """
    if len(settings) != len(natives):
        return None
    try:
        return [native(settings[name]) for name, native in natives.items()]
    except (KeyError, DomainError):
        return None


def quick_native(parameter: Parameter) -> Callable[[str], float]:
    """`parameter.native` for many texts, but it may raise KeyError for an illegal one.

    It can be pickled, as spaces are.
    """
    if parameter.kind.is_discrete:
        return {choice: float(place) for place, choice in enumerate(parameter.choices)}.__getitem__
    return _QuickNumber(parameter)


class _QuickNumber:
    """Reads numbers; where one may have to be rounded or refused, the parameter is asked."""

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter
        self._is_whole = parameter.kind is ParameterKind.INTEGER
        self._default = parameter.default
        self._margin = max(map(parameter.rounding, (parameter.low, parameter.default, parameter.high)))
        self._above = parameter.low + self._margin
        self._below = parameter.high - self._margin

    def __call__(self, text: str) -> float:
        if _USUAL_NUMBER.fullmatch(text):
            value = float(text)
            is_clear = self._above < value < self._below and abs(value - self._default) > self._margin
            if is_clear and (value.is_integer() or not self._is_whole):
                return value + 0.0
        return self._parameter.native(text)


def fixed_columns(space: Space, fixed: Mapping[str, str]) -> dict[int, float]:
    """Native values by column for parameters that a search must not vary."""
    problems: list[InputError] = []
    columns: dict[int, float] = {}
    for name, text in fixed.items():
        if name not in space.index:
            problems.append(unknown_parameter(name, space.names))
            continue
        parameter = space.parameters[space.index[name]]
        try:
            value = parameter.default if text == DEFAULT_VALUE else parameter.native(text)
        except DomainError as error:
            problems.append(_illegal_value(parameter, error))
        else:
            columns[space.index[name]] = value
    _raise_all(problems)
    return columns
