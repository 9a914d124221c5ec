"""Tables as files for other programs: comma-separated values, and Parquet."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bbopt.automl.csv_tables import csv_text
from bbopt.automl.kinds import Kind, cell_text
from bbopt.automl.tables import Tables
from bbopt.durable_files import atomic_write, output_exists
from bbopt.errors import InputError, Place

__all__ = ["export_table"]

_FORMS = (".csv", ".parquet")


def export_table(tables: Tables, name: str, path: Path) -> int:
    """Write a table to a new file, `.csv` (arrays as JSON) or `.parquet`; the number of its rows.

    InputError for a file that exists, or of another form; StateError where it can't be written.
    """
    form = path.suffix.lower()
    if form not in _FORMS:
        raise InputError("this is no form of a table", place=Place(path), expected=" or ".join(_FORMS))
    if os.path.lexists(path):
        raise output_exists(path, "an export")
    columns, rows = tables.columns(name), tables.read(name)
    atomic_write(path, csv_text(columns, rows) if form == ".csv" else _parquet(columns, rows))
    return len(rows)


def _parquet(columns: Mapping[str, Kind], rows: Sequence[Mapping[str, Any]]) -> bytes:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            f"Parquet can't be written without the library pyarrow ({error})",
            remedy="pip install 'bbopt-smac[parquet]', or write a .csv file",
        ) from error
    types = {
        Kind.INTEGER: arrow.int64(),
        Kind.REAL: arrow.float64(),
        Kind.BOOLEAN: arrow.bool_(),
        Kind.BYTES: arrow.large_binary(),
        Kind.ARRAY: arrow.float64(),
        Kind.INTEGER_ARRAY: arrow.int64(),
        Kind.TIMESTAMP: arrow.timestamp("us"),
    }
    fields, arrays = [], []
    for column, kind in columns.items():
        values = [row[column] for row in rows]
        if kind is Kind.JSON:
            values = [None if value is None else cell_text(value) for value in values]
        data_type = types.get(kind, arrow.string())
        for _ in range(_depth(values) if kind.is_array else 0):
            data_type = arrow.list_(data_type)
        fields.append(arrow.field(column, data_type))
        arrays.append(arrow.array(values, type=data_type))
    sink = arrow.BufferOutputStream()
    parquet.write_table(arrow.Table.from_arrays(arrays, schema=arrow.schema(fields)), sink)
    return bytes(sink.getvalue())


def _depth(values: Sequence[Any]) -> int:
    """How deep lists are in lists."""
    value: Any = next((value for value in values if value), [])
    depth = 0
    while isinstance(value, list):
        value, depth = (value[0] if value else None), depth + 1
    return depth
