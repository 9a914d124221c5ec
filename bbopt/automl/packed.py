"""Tables that training reads, with MADlib's columns: rows packed into buffers, and a summary.

A buffer is a row with the bytes of two arrays (little-endian: float32, and int16 where the dependent variable
is one-hot) and their shapes, whose first number counts the inputs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.automl.kinds import Kind
from bbopt.automl.number_arrays import Floats
from bbopt.automl.tables import Tables, derived_name
from bbopt.errors import InputError, Place

__all__ = ["PackedData", "PackedSummary", "buffer_size", "read_packed", "read_packed_summary", "write_packed"]

PACKED_COLUMNS = {
    "independent_var": Kind.BYTES,
    "dependent_var": Kind.BYTES,
    "independent_var_shape": Kind.INTEGER_ARRAY,
    "dependent_var_shape": Kind.INTEGER_ARRAY,
    "buffer_id": Kind.INTEGER,
}
_LARGEST_BUFFER = 100_000_000
"""Bytes: well below what a field of either database may have (1 GB)."""


@dataclass(frozen=True, slots=True)
class PackedSummary:
    """The row of a packed table's summary, `<table>_summary`.

    `class_values` are None where the dependent variable is numbers or arrays already; None among them stands
    for classes that are in no row.
    """

    source_table: str
    output_table: str
    dependent_varname: str
    independent_varname: str
    dependent_vartype: str
    class_values: tuple[Any, ...] | None
    buffer_size: int
    normalizing_const: float
    num_classes: int | None


@dataclass(frozen=True, slots=True)
class PackedData:
    """A packed table as arrays: `x` (n, ...) float32, normalised, and `y` (n, ...), int16 where one-hot."""

    x: Floats
    y: NDArray[Any]
    summary: PackedSummary


def buffer_size(x: Floats, y: NDArray[Any]) -> int:
    """As many buffers of one size as are needed for none to be too large."""
    most = max(1, _LARGEST_BUFFER * len(x) // max(1, x.nbytes + y.nbytes))
    return math.ceil(len(x) / math.ceil(len(x) / most))


def _buffers(x: Floats, y: NDArray[Any], size: int) -> Iterator[dict[str, Any]]:
    for number, start in enumerate(range(0, len(x), size)):
        parts = x[start : start + size], y[start : start + size]
        inputs, outputs = (part.astype(part.dtype.newbyteorder("<")) for part in parts)
        yield {
            "independent_var": inputs.tobytes(),
            "dependent_var": outputs.tobytes(),
            "independent_var_shape": list(inputs.shape),
            "dependent_var_shape": list(outputs.shape),
            "buffer_id": number,
        }


def write_packed(
    tables: Tables, summary: PackedSummary, x: Floats, y: NDArray[Any], classes: Kind, *, overwrite: bool
) -> None:
    """Make the two tables of a packed one; `classes` is the kind of the summary's array of them."""
    columns = {
        "source_table": Kind.TEXT,
        "output_table": Kind.TEXT,
        "dependent_varname": Kind.TEXT,
        "independent_varname": Kind.TEXT,
        "dependent_vartype": Kind.TEXT,
        "class_values": classes,
        "buffer_size": Kind.INTEGER,
        "normalizing_const": Kind.REAL,
        "num_classes": Kind.INTEGER,
    }
    name = summary.output_table
    tables.create(name, PACKED_COLUMNS, _buffers(x, y, summary.buffer_size), overwrite=overwrite)
    row = {one: getattr(summary, one) for one in columns}
    tables.create(derived_name(name, "_summary"), columns, [row], overwrite=overwrite)


def read_packed_summary(tables: Tables, name: str) -> PackedSummary:
    """Of a packed table; InputError where there is none."""
    summary = derived_name(name, "_summary")
    if not tables.exists(summary):
        raise InputError(
            f"the table {name} is not one that was prepared",
            place=Place(tables.shown_of(name)),
            got=f"no table {summary}",
            remedy="bbopt keras-automl prepare makes one of it",
        )
    (row,) = tables.read(summary, limit=1) or [{}]
    try:
        return PackedSummary(
            **{one: row[one] for one in PackedSummary.__slots__ if one != "class_values"},
            class_values=None if row["class_values"] is None else tuple(row["class_values"]),
        )
    except KeyError as error:
        raise InputError(
            f"the table {summary} is no summary of a packed table",
            place=Place(tables.shown_of(summary)),
            got=f"no column {error.args[0]}" if row else "no row",
        ) from error


def read_packed(tables: Tables, name: str) -> PackedData:
    """All of a packed table; InputError where it is none."""
    summary = read_packed_summary(tables, name)
    rows = tables.read(name, list(PACKED_COLUMNS), ["buffer_id"])
    x = [_array(row["independent_var"], row["independent_var_shape"]) for row in rows]
    y = [_array(row["dependent_var"], row["dependent_var_shape"]) for row in rows]
    return PackedData(np.concatenate(x), np.concatenate(y), summary)


def _array(data: bytes, shape: Sequence[int]) -> NDArray[Any]:
    dtype = "<i2" if len(data) == 2 * math.prod(shape) else "<f4"
    return np.frombuffer(data, dtype=dtype).reshape(shape)
