"""What comes before training: the dependent variable one-hot, numbers divided by a constant, rows packed.

As MADlib's training_preprocessor_dl and validation_preprocessor_dl do it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbopt.automl.kinds import Kind, cell_text
from bbopt.automl.number_arrays import Floats, stacked
from bbopt.automl.packed import PackedSummary, buffer_size, read_packed_summary, write_packed
from bbopt.automl.tables import Tables, derived_name
from bbopt.errors import InputError, Place

__all__ = ["Preparation", "prepare"]

_MOST_SHOWN = 10
_CLASS_KINDS = {
    Kind.TEXT: Kind.TEXT_ARRAY,
    Kind.BOOLEAN: Kind.TEXT_ARRAY,
    Kind.INTEGER: Kind.INTEGER_ARRAY,
    Kind.TIMESTAMP: Kind.TEXT_ARRAY,
}
"""What dependent variables are classes, and the arrays of them."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is packed into `output_table`, and how.

    Numbers of the independent variable are divided by `normalizing_const`.  A buffer has `buffer_size` rows,
    by default all there are, or as many as make 100 MB.  With `num_classes` there may be more classes than
    the table has.  `training_table`, a packed one, is that whose classes and constant hold for this one, too.
    """

    source_table: str
    output_table: str
    dependent_varname: str
    independent_varname: str
    normalizing_const: float = 1.0
    buffer_size: int | None = None
    num_classes: int | None = None
    training_table: str | None = None


def prepare(tables: Tables, wanted: Preparation, *, overwrite: bool = False) -> PackedSummary:
    """Pack a table; what its summary says.

    InputError where inputs have different shapes, or not numbers; where a class is missing, or, of data for
    validation, is none of the training's.
    """
    names = (wanted.output_table, derived_name(wanted.output_table, "_summary"))
    tables.refuse_taken(*names, overwrite=overwrite)
    kind = tables.columns(wanted.source_table).get(wanted.dependent_varname, Kind.TEXT)
    rows = tables.read(wanted.source_table, [wanted.independent_varname, wanted.dependent_varname])
    where = Place(f"{wanted.source_table} in {tables.shown_of(wanted.source_table)}")
    if not rows:
        raise InputError("the table has no rows", place=where)
    training = None if wanted.training_table is None else _training(tables, wanted.training_table)
    x = stacked([row[wanted.independent_varname] for row in rows], wanted.independent_varname, where)
    y, classes = _dependent(wanted, kind, [row[wanted.dependent_varname] for row in rows], training, where)
    if training is not None:
        _refuse_other_shapes(x, y, training, where)
    constant = wanted.normalizing_const if training is None else training.summary.normalizing_const
    if not (math.isfinite(constant) and constant != 0):
        raise InputError("numbers can't be divided by this constant", got=f"{constant:g}")
    x /= np.float32(constant)
    summary = PackedSummary(
        wanted.source_table,
        wanted.output_table,
        wanted.dependent_varname,
        wanted.independent_varname,
        kind.value,
        classes,
        wanted.buffer_size or buffer_size(x, y),
        constant,
        None if kind is Kind.REAL else y.shape[-1],
    )
    write_packed(tables, summary, x, y, _CLASS_KINDS.get(kind, Kind.TEXT_ARRAY), overwrite=overwrite)
    return summary


def _dependent(
    wanted: Preparation, kind: Kind, values: Sequence[Any], training: _Training | None, where: Place
) -> tuple[NDArray[Any], tuple[Any, ...] | None]:
    """The dependent variable as an array, and the classes where it has any."""
    if kind not in _CLASS_KINDS:
        return stacked(values, wanted.dependent_varname, where), None
    named = [value if kind is Kind.INTEGER or value is None else cell_text(value) for value in values]
    if None in named:
        raise InputError(
            f"row {named.index(None) + 1} has no class",
            place=where,
            got=f"NULL in the column {wanted.dependent_varname}",
        )
    classes = _classes(wanted, named, where) if training is None else training.summary.class_values or ()
    return _one_hot(wanted, named, classes, where), classes


def _classes(wanted: Preparation, values: Sequence[Any], where: Place) -> tuple[Any, ...]:
    found = sorted(set(values))
    n_classes = wanted.num_classes or len(found)
    if n_classes < len(found):
        raise InputError(
            f"the column {wanted.dependent_varname} has more classes than are wanted",
            place=where,
            got=f"{len(found)}: {_listed(found)}",
            expected=f"at most {n_classes}",
        )
    return (*found, *[None] * (n_classes - len(found)))


def _one_hot(
    wanted: Preparation, values: Sequence[Any], classes: Sequence[Any], where: Place
) -> NDArray[np.int16]:
    numbers = {value: number for number, value in enumerate(classes) if value is not None}
    unknown = sorted({value for value in values if value not in numbers}, key=str)
    if unknown:
        raise InputError(
            f"training lacks {'a class' if len(unknown) == 1 else 'classes'} that the table has",
            place=where,
            got=f"{_listed(unknown)} in the column {wanted.dependent_varname}",
            expected=_listed(list(numbers)),
            remedy="split with --strata so that all classes are in both parts",
        )
    return np.eye(len(classes), dtype=np.int16)[[numbers[value] for value in values]]


def _listed(values: Sequence[Any]) -> str:
    shown = ", ".join(map(str, values[:_MOST_SHOWN]))
    return shown if len(values) <= _MOST_SHOWN else f"{shown} and {len(values) - _MOST_SHOWN} more"


@dataclass(frozen=True, slots=True)
class _Training:
    summary: PackedSummary
    x_shape: tuple[int, ...]
    y_shape: tuple[int, ...]


def _training(tables: Tables, name: str) -> _Training:
    summary = read_packed_summary(tables, name)
    (first,) = tables.read(name, ["independent_var_shape", "dependent_var_shape"], limit=1)
    return _Training(
        summary, tuple(first["independent_var_shape"][1:]), tuple(first["dependent_var_shape"][1:])
    )


def _refuse_other_shapes(x: Floats, y: NDArray[Any], training: _Training, where: Place) -> None:
    pairs = (("independent", x, training.x_shape), ("dependent", y, training.y_shape))
    for variable, array, expected in pairs:
        if array.shape[1:] != expected:
            raise InputError(
                f"the {variable} variable has another shape than in training",
                place=where,
                got=str(array.shape[1:]),
                expected=f"{expected}, as in {training.summary.output_table}",
            )
