"""Tables out of files: of comma-separated values, and of numpy's arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.automl.csv_tables import read_csv
from bbopt.automl.kinds import Kind, cell_text
from bbopt.automl.tables import Tables
from bbopt.errors import InputError, Place, did_you_mean, nearest

__all__ = ["load_table"]

Columns = dict[str, Kind]
Rows = list[dict[str, Any]]

_ID = "id"
_KINDS = {"b": Kind.BOOLEAN, "i": Kind.INTEGER, "u": Kind.INTEGER, "f": Kind.REAL, "U": Kind.TEXT}
"""Of the elements of numpy's arrays, by the letters that it has for them."""


def load_table(
    tables: Tables,
    path: Path,
    name: str,
    *,
    arrays: Mapping[str, Sequence[str]] | None = None,
    overwrite: bool = False,
) -> int:
    """Make the table `name` of a file; the number of its rows.

    A CSV file has the names of the columns in its first line; what they hold is found from the cells, which
    may be arrays in JSON.  Columns of numbers that `arrays` lists become one with an array.  In an `.npz`
    file each array is a column, and its first dimension counts the rows; they get numbers, `id`, if they have
    none.  InputError where the file is no such table.
    """
    tables.refuse_taken(name, overwrite=overwrite)
    columns, rows = _read_npz(path) if path.suffix.lower() == ".npz" else read_csv(path)
    for column, parts in (arrays or {}).items():
        columns, rows = _gathered(columns, rows, column, parts, path)
    if not rows:
        raise InputError("the file has no rows", place=Place(path), expected="at least one below the names")
    tables.create(name, columns, rows, overwrite=overwrite)
    return len(rows)


def _gathered(
    columns: Columns, rows: Rows, name: str, parts: Sequence[str], path: Path
) -> tuple[Columns, Rows]:
    """The same with the columns `parts` as one array, in the place of the first."""
    for part in parts:
        if part not in columns:
            raise InputError(
                f"there is no column {part} for the array {name}",
                place=Place(path),
                expected=f"of {', '.join(columns)}",
                remedy=did_you_mean(nearest(part, columns)),
            )
        for number, row in enumerate(rows, start=1):
            if columns[part] not in {Kind.INTEGER, Kind.REAL} and _is_no_number(row[part]):
                raise _no_number(path, number, part, row[part])
            if row[part] is None:
                raise _no_number(path, number, part, None)
    if name in columns and name not in parts:
        raise InputError(f"two columns have the name {name}", place=Place(path))
    changed: Columns = {}
    for column, kind in columns.items():
        if column not in parts:
            changed[column] = kind
        elif column == parts[0]:
            changed[name] = Kind.ARRAY
    values = [
        {**{c: row[c] for c in changed if c != name}, name: [float(row[p]) for p in parts]} for row in rows
    ]
    return changed, values


def _is_no_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return True
    return False


def _no_number(path: Path, number: int, column: str, value: Any) -> InputError:
    return InputError(
        f"row {number} has no number in the column {column}",
        place=Place(path),
        got="an empty cell" if value is None else cell_text(value),
        expected="a number in each row",
    )


def _read_npz(path: Path) -> tuple[Columns, Rows]:
    arrays = _arrays(path)
    lengths = {name: array.shape[0] for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(
            "the arrays have not as many rows as each other",
            place=Place(path),
            got=", ".join(f"{name}: {length}" for name, length in lengths.items()),
        )
    if _ID not in arrays:
        (n_rows,) = set(lengths.values())
        arrays = {_ID: np.arange(1, n_rows + 1), **arrays}
    columns = {name: _kind(name, array, path) for name, array in arrays.items()}
    lists = (array.tolist() for array in arrays.values())
    return columns, [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        # Arrays of Python's objects are among these: to load them would execute what is in the file.
        raise InputError(
            "the arrays can't be read",
            place=Place(path),
            got=str(error),
            expected="what numpy.savez has written, of numbers or texts",
        ) from error
    if not arrays or any(array.ndim == 0 for array in arrays.values()):
        raise InputError(
            "an array has no rows", place=Place(path), expected="arrays with a row for each input"
        )
    return arrays


def _kind(name: str, array: NDArray[Any], path: Path) -> Kind:
    kind = _KINDS.get(array.dtype.kind)
    if array.ndim > 1 and kind is not None:
        kind = {Kind.INTEGER: Kind.INTEGER_ARRAY, Kind.REAL: Kind.ARRAY}.get(kind)
    if kind is None:
        raise InputError(
            f"no column can be made of the array {name}",
            place=Place(path),
            got=f"{array.dtype} of shape {array.shape}",
            expected="numbers, or one text a row",
        )
    return kind
