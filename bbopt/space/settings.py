"""Settings as text to rows of native values, with every problem reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bbopt.errors import InputError, Problems, did_you_mean
from bbopt.space.compiled import CompiledSpace
from bbopt.space.declarations import DomainError, Parameter, ParameterKind, unknown_parameter

__all__ = ["complete_row", "fixed_columns", "quick_native", "row_of_settings"]

_DEFAULT = "<DEFAULT>"
"""Stands for a parameter's default where parameters are fixed for a search, as in SMAC v2."""

_USUAL_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE]-?\d+)?", re.ASCII)


def _illegal_value(parameter: Parameter, error: DomainError) -> InputError:
    return InputError(
        f"illegal value for parameter {parameter.name!r}",
        got=repr(error.text),
        expected=error.expected,
        remedy=did_you_mean(error.near),
    )


def row_of_settings(space: CompiledSpace, settings: Mapping[str, str]) -> NDArray[np.float64]:
    """The row (1, n_params) of native values; parameters left out must be inactive and get the default."""
    natives = _natives(space, settings)
    row: NDArray[np.float64] = space.default_row.copy()
    row[0, list(natives)] = list(natives.values())
    problems = Problems(
        InputError(f"no value for the active parameter {parameter.name!r}", expected=parameter.domain)
        for parameter, is_active in zip(space.parameters, space.active(row)[0], strict=True)
        if is_active and parameter.name not in settings
    )
    problems.raise_if_any()
    return row


def fixed_columns(space: CompiledSpace, fixed: Mapping[str, str]) -> dict[int, float]:
    """Native values by column for parameters that a search must not vary."""
    defaults = {parameter.name: parameter.default_text for parameter in space.parameters}
    texts = {name: defaults.get(name, text) if text == _DEFAULT else text for name, text in fixed.items()}
    return _natives(space, texts)


def _natives(space: CompiledSpace, settings: Mapping[str, str]) -> dict[int, float]:
    """The native values of settings by column."""
    problems = Problems()
    found: dict[int, float] = {}
    for name, text in settings.items():
        column = space.index.get(name)
        if column is None:
            problems.append(unknown_parameter(name, space.names))
            continue
        try:
            found[column] = space.parameters[column].native(text)
        except DomainError as error:
            problems.append(_illegal_value(space.parameters[column], error))
    problems.raise_if_any()
    return found


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
    return _QuickNumber(parameter) if parameter.grid is None else parameter.native


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
