"""Columns of numbers, and of arrays of them, as numpy's arrays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.automl.kinds import cell_text
from bbopt.errors import InputError, Place

__all__ = ["Floats", "stacked"]

Floats = NDArray[np.float32]


def stacked(values: Sequence[Any], name: str, where: Place) -> Floats:
    """The arrays of a column as one, (n, ...); a number is an array of one, and a text may be one in JSON.

    InputError, which names the row, for what is no array of numbers, and for one of another shape.
    """
    arrays = [_json_array(value) for value in values]
    try:
        found = np.asarray(arrays)
    except ValueError:  # of different shapes
        found = np.empty(0, dtype=object)
    if found.dtype.kind not in "iuf":
        raise _first_wrong(values, arrays, name, where)
    return found.astype(np.float32).reshape(len(values), *(found.shape[1:] or (1,)))


def _json_array(value: Any) -> Any:
    """The value, read where it is the text of an array in JSON."""
    if not (isinstance(value, str) and value.startswith("[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _first_wrong(values: Sequence[Any], arrays: Sequence[Any], name: str, where: Place) -> InputError:
    """What is wrong with the first row that does not go with those before."""
    shapes: list[tuple[int, ...]] = []
    for number, (value, one) in enumerate(zip(values, arrays, strict=True), start=1):
        try:
            array = np.asarray(one)
        except ValueError:
            array = np.empty(0, dtype=object)
        if array.dtype.kind not in "iuf":
            return InputError(
                f"row {number} has no array of numbers in the column {name}",
                place=where,
                got="NULL" if value is None else _shortened(cell_text(value)),
                expected="numbers, as many in each part of an array",
            )
        shapes.append(array.shape)
        if array.shape != shapes[0]:
            break
    return InputError(
        f"row {len(shapes)} has another shape than the rows before in the column {name}",
        place=where,
        got=str(shapes[-1]),
        expected=str(shapes[0]),
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
