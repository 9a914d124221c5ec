"""The configurations of a state folder: `paramstrings` has them as text, `uniq_configurations` as numbers.

The text is exact, so it is preferred; the numbers, which went through a logarithm, do where it is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bbopt.errors import InputError, Place, StateError
from bbopt.exports.state_folder import table_lines, table_path
from bbopt.java_numbers import parse_double
from bbopt.space import Configuration, Space

__all__ = ["read_configurations"]

_KEY = re.compile(r"[0-9]{1,18}")
_ROUNDING = 1e-9
"""So far a value of the unit interval may be outside of it."""


def read_configurations(folder: Path, iteration: int, space: Space) -> dict[int, Configuration]:
    """The configurations in the tables of `iteration`, by the numbers that runs refer to.

    Raises StateError, with the line, for what can't be read or is no configuration of `space`.
    """
    path = table_path(folder, "paramstrings", iteration)
    if path.exists():
        return _from_texts(path, space)
    return _from_numbers(table_path(folder, "uniq_configurations", iteration), space)


def _numbered_lines(path: Path, separator: str) -> Iterator[tuple[int, int, str]]:
    """Of each line its place, the number of its configuration, and what follows the separator."""
    seen: set[int] = set()
    for place, line in enumerate(table_lines(path), start=1):
        key, found, rest = line.rstrip("\r").partition(separator)
        if not found or not _KEY.fullmatch(key):
            raise _wrong(path, place, "the line is no configuration", line, f"NUMBER{separator}SETTINGS")
        if int(key) in seen:
            raise _wrong(path, place, f"configuration {int(key)} is listed twice", line)
        seen.add(int(key))
        yield place, int(key), rest


def _from_texts(path: Path, space: Space) -> dict[int, Configuration]:
    places, keys, many = [], [], []
    for place, key, text in _numbered_lines(path, ":"):
        places.append(place)
        keys.append(key)
        many.append(_settings(path, place, text.strip(), space))
    made = space.complete_configurations(many)
    return {
        key: configuration or _configuration(path, place, settings, space)
        for place, key, settings, configuration in zip(places, keys, many, made, strict=True)
    }


def _settings(path: Path, place: int, text: str, space: Space) -> dict[str, str]:
    """The settings in `a='1', b='x'`; any text that this simple view does not fit is read with care."""
    parts = [part.partition("='") for part in text.removesuffix("'").split("', ")]
    settings = {name: value for name, _, value in parts}
    if text.endswith("'") and len(settings) == len(parts) and settings.keys() == set(space.names):
        return settings
    try:
        return space.parse_settings(text)
    except InputError as error:
        raise _refused(path, place, error, text) from error


def _configuration(path: Path, place: int, settings: dict[str, str], space: Space) -> Configuration:
    try:
        return space.configuration(settings)
    except InputError as error:
        raise _refused(path, place, error, str(settings)) from error


def _refused(path: Path, place: int, error: InputError, got: str) -> StateError:
    first = error.errors[0]
    return _wrong(path, place, f"no configuration of this parameter space: {first.what}", got, first.expected)


def _from_numbers(path: Path, space: Space) -> dict[int, Configuration]:
    keys, rows = [], []
    for place, key, text in _numbered_lines(path, ","):
        keys.append(key)
        rows.append(_row(path, place, text, space))
    if not keys:
        return {}
    return dict(zip(keys, space.configurations(_natives(np.array(rows), space)), strict=True))


def _row(path: Path, place: int, text: str, space: Space) -> list[float]:
    """A row of SMAC v2's numeric form, see `Configuration.smac2_row`."""
    try:
        row = [parse_double(field) for field in text.split(",")]
    except ValueError as error:
        raise _wrong(path, place, str(error), text) from error
    if len(row) != space.n_params:
        raise _wrong(
            path, place, f"the line has {len(row)} values", text, f"{space.n_params}, one a parameter"
        )
    for parameter, size, value in zip(space.parameters, space.category_sizes.tolist(), row, strict=True):
        is_inside = value in range(1, size + 1) if size else -_ROUNDING <= value <= 1.0 + _ROUNDING
        if not is_inside:
            domain = f"1 to {size}" if size else "0 to 1"
            raise _wrong(path, place, f"the value of {parameter.name} is out of range", f"{value}", domain)
    return row


def _natives(rows: NDArray[np.float64], space: Space) -> NDArray[np.float64]:
    is_categorical = space.category_sizes > 0
    unit = np.where(is_categorical, 0.5, rows)
    return np.where(is_categorical, rows - 1.0, space.decode(unit))


def _wrong(path: Path, place: int, what: str, got: str, expected: str | None = None) -> StateError:
    return StateError(what, place=Place(path, place), got=got, expected=expected)
