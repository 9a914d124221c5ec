"""All that a search over Keras models is asked for, read and checked, but for what only Keras can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bbopt.automl.arguments import AutomlArguments
from bbopt.automl.grids import Grid, read_grid
from bbopt.automl.methods import Method, read_method
from bbopt.automl.packed import PackedData, read_packed
from bbopt.automl.tables import Tables
from bbopt.automl.training_plan import Architecture
from bbopt.errors import InputError, Place, Problems, did_you_mean, nearest

__all__ = ["AutomlInputs", "read_inputs"]

_LARGEST_STATE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AutomlInputs:
    """What the arguments name; `architectures` by model id, `object_files` as absolute paths."""

    arguments: AutomlArguments
    tables: Tables
    method: Method
    grid: Grid
    training: PackedData
    validation: PackedData | None
    architectures: dict[str, Architecture]
    object_files: tuple[str, ...]


def read_inputs(arguments: AutomlArguments, cwd: Path, problems: Problems) -> AutomlInputs:
    """Read them; InputErrors with what can't be used, and with the `problems` that are known already."""
    problems.extend(_of_numbers(arguments))
    method = problems.attempt(lambda: read_method(arguments.automl_method, arguments.automl_params))
    grid = problems.attempt(
        lambda: read_grid(arguments.model_id_list, arguments.compile_params_grid, arguments.fit_params_grid)
    )
    objects = problems.attempt(lambda: _object_files(arguments.object_table, cwd))
    tables = problems.attempt(lambda: Tables.open(arguments.database, cwd))
    if tables is None:
        raise _all(problems)
    names = arguments.output_tables.values()
    problems.extend(_of_names(arguments))
    problems.attempt(lambda: tables.refuse_taken(*names, overwrite=arguments.overwrite))
    training = problems.attempt(lambda: read_packed(tables, arguments.source_table))
    validation_table = arguments.validation_table
    validation = validation_table and problems.attempt(lambda: read_packed(tables, validation_table))
    architectures = problems.attempt(lambda: _architectures(tables, arguments))
    if training and validation:
        problems.attempt(lambda: _refuse_other_data(training, validation, arguments))
    if problems or not (method and grid and training and architectures):
        raise _all(problems)
    return AutomlInputs(
        arguments, tables, method, grid, training, validation or None, architectures, objects or ()
    )


def _all(problems: Problems) -> InputError:
    try:
        problems.raise_if_any()
    except InputError as error:
        return error
    raise AssertionError("something is missing, and nobody has said what")


def _of_numbers(arguments: AutomlArguments) -> Iterator[InputError]:
    every, state = arguments.metrics_compute_frequency, arguments.random_state
    if every is not None and every < 1:
        yield InputError(
            "metrics can't be computed so often",
            place=Place("metrics_compute_frequency"),
            got=str(every),
            expected="every so many iterations: an integer of at least 1",
        )
    if state is not None and not 0 <= state <= _LARGEST_STATE:
        yield InputError(
            "this is no random state",
            place=Place("random_state"),
            got=str(state),
            expected=f"an integer in [0, {_LARGEST_STATE}]",
        )
    if not arguments.model_id_list:
        yield InputError("no model is named", place=Place("model_id_list"), expected="1,2")


def _of_names(arguments: AutomlArguments) -> Iterator[InputError]:
    """SQLite takes names for the same that differ in capitals only."""
    inputs = (arguments.source_table, arguments.validation_table or "", arguments.model_arch_table)
    taken = {name.lower() for name in inputs}
    for name in arguments.output_tables.values():
        if name.lower() in taken:
            yield InputError(
                f"the name {name} is meant for two tables",
                place=Place("model_output_table"),
                expected="five new tables, none of which is read: model_output_table with its _info and "
                "_summary, model_selection_table with its _summary",
            )
        taken.add(name.lower())


def _object_files(files: tuple[str, ...], cwd: Path) -> tuple[str, ...]:
    paths = [cwd / file for file in files]
    for path in paths:
        if not path.is_file():
            raise InputError(
                "there is no such file of Python objects",
                place=Place("object_table"),
                got=str(path),
                expected="Python files that define the losses and metrics of the grid",
            )
    return tuple(map(str, paths))


def _architectures(tables: Tables, arguments: AutomlArguments) -> dict[str, Architecture]:
    name = arguments.model_arch_table
    rows = tables.read(name, ["model_id", "model_arch", "model_weights"])
    by_id = {row["model_id"]: row for row in rows}
    for number in arguments.model_id_list:
        if number not in by_id:
            known = list(map(str, by_id))
            raise InputError(
                f"the table {name} has no model {number}",
                place=Place("model_id_list"),
                expected=f"of {', '.join(known)}" if known else "a model in it",
                remedy=did_you_mean(nearest(str(number), known)),
            )
    return {
        str(number): Architecture(
            by_id[number]["model_arch"],
            by_id[number]["model_weights"] and by_id[number]["model_weights"].hex(),
        )
        for number in arguments.model_id_list
    }


def _refuse_other_data(training: PackedData, validation: PackedData, arguments: AutomlArguments) -> None:
    for what in ("x", "y"):
        here, there = getattr(validation, what).shape[1:], getattr(training, what).shape[1:]
        if here != there:
            raise InputError(
                f"{arguments.validation_table} was not prepared as {arguments.source_table}",
                place=Place("validation_table"),
                got=f"{'inputs' if what == 'x' else 'labels'} of the shape {here}",
                expected=str(there),
                remedy="bbopt keras-automl prepare with the training table prepares it with its classes",
            )
    if validation.summary.class_values != training.summary.class_values:
        raise InputError(
            f"{arguments.validation_table} has other classes than {arguments.source_table}",
            place=Place("validation_table"),
            got=str(validation.summary.class_values),
            expected=str(training.summary.class_values),
        )
