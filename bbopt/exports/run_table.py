"""All runs in an output folder as one table, and the forms in which it is given to other programs."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from bbopt.errors import BboptError, InputError, Place, StateError
from bbopt.exports.state_reader import read_state
from bbopt.output_folder import SeedFile
from bbopt.runs import Row, aligned, row_of, run_cells
from bbopt.scenario.state_folders import is_state_folder, state_folder_seed
from bbopt.space import Configuration, read_pcs
from bbopt.stores import (
    UNKNOWN_ORIGIN,
    UNSAT_IS_FAILURE,
    RecordedRun,
    RecordedRuns,
    Results,
    results_at,
    retrained_runs,
    validation_records_in,
)
from bbopt.target.answers import NO_QUALITY

__all__ = ["FORMS", "RunTable", "read_records", "read_run_table"]


@dataclass(frozen=True, slots=True)
class RunTable:
    """A row a run, seed by seed, all with the same columns; `problems` say what could not be read.

    settings: the columns that hold them; `further` ones may tell apart what has equal settings.  fold: the
    column that tells a run's fold, None without a cross-validation, which has `n_folds`.  metric: the column
    of what is optimised.  unsat_is_failure: what UNSAT says of a run.  identities: for each row, where
    columns do not say which rows belong together.
    """

    rows: tuple[Row, ...]
    problems: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    further: tuple[str, ...] = ("budget",)
    fold: str | None = None
    n_folds: int | None = None
    metric: str = "quality"
    unsat_is_failure: bool = False
    identities: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns; none without any run."""
        return tuple(self.rows[0]) if self.rows else ()


def read_run_table(place: str | PathLike[str] | Results, *, validations: bool = False) -> RunTable:
    """The runs of all seeds with this output folder, running or finished, or of one state folder.

    Also those in a database, by its address.  A seed's record tells more than its state folder, which stands
    in where there is none, as after a move.  Winners that were trained on all data come behind.  With
    `validations` it is the runs of these, and none of the
    searches'.  InputError when there is neither, StateError when nothing can be read.
    """
    results = place if isinstance(place, Results) else results_at(os.fspath(place))
    records = list(validation_records_in(results) if validations else read_records(results))
    if not records:
        raise _no_validation(results) if validations else results.no_seed_here()
    spaces = (record.runs[0].request.configuration.space for _, record in records if record.runs)
    parameters = tuple(dict.fromkeys(name for space in spaces for name in space.names))
    rows = tuple(aligned(_all_rows(results, records, parameters, with_trained=not validations)))
    problems = tuple(f"{record.source}: {problem}" for _, record in records for problem in record.problems)
    if problems and not rows:
        where = Place(results.shown)
        raise StateError("none of the runs in this folder can be read", place=where, got=problems[0])
    contexts = [dict(record.identity.context) for _, record in records if record.identity is not None]
    folds = {context.get("folds") for context in contexts}
    n_folds = next(iter(folds)) if len(folds) == 1 else None
    return RunTable(
        rows,
        problems,
        settings=parameters,
        fold=None if n_folds is None else "instance",
        n_folds=None if n_folds is None else int(n_folds),
        metric=next((context["metric"] for context in contexts if "metric" in context), "quality"),
        unsat_is_failure=any((UNSAT_IS_FAILURE, "true") in context.items() for context in contexts),
    )


def _all_rows(
    results: Results,
    records: Sequence[tuple[int | None, RecordedRuns]],
    parameters: tuple[str, ...],
    *,
    with_trained: bool,
) -> Iterator[Row]:
    for seed, record in records:
        yield from _rows(seed, [run for run in record.runs if not run.request.is_retraining], parameters)
    if with_trained and (results.study is not None or not is_state_folder(results.folder)):
        for seed, run in retrained_runs(results):
            yield from _rows(seed, [run], parameters)


def _no_validation(results: Results) -> InputError:
    in_files = f"files named {SeedFile.VALIDATION_RECORD.name_of('N')}"
    return InputError(
        "no run of a validation is on record here",
        place=Place(results.shown),
        expected=None if results.study else in_files,
        remedy="a validation may have made no run, because the search's own answered it",
    )


def read_records(results: Results) -> Iterator[tuple[int | None, RecordedRuns]]:
    """The records of all seeds, open and hidden ones; state folders for those without a record.

    A state folder itself has one, whose seed may be unknown.  One that can't be read has no runs, and
    `problems`.
    """
    folder = results.folder
    if results.study is None and is_state_folder(folder):
        yield state_folder_seed(folder), _of_state_folder(folder)
        return
    found = dict(results.store(is_hidden=True).records()) | dict(results.store().records())
    states = results.output.files(SeedFile.STATE) if results.study is None else {}
    for seed in sorted(found.keys() | states.keys()):
        yield seed, found[seed] if seed in found else _of_state_folder(states[seed][0])


def _of_state_folder(folder: Path) -> RecordedRuns:
    try:
        state = read_state(folder, read_pcs(folder / "param.pcs"), ())
    except BboptError as error:
        return RecordedRuns(str(folder), (), None, (), (str(error),), 1)
    return RecordedRuns(str(state.path), state.instances, None, state.runs)


def _rows(seed: int | None, runs: Sequence[RecordedRun], parameters: tuple[str, ...]) -> Iterator[Row]:
    numbers: dict[Configuration, int] = {}
    for number, run in enumerate(runs, start=1):
        configuration = run.request.configuration
        place: Row = {
            "run_id": run.name(seed or 0),
            "search_seed": seed,
            "run": number,
            "configuration": numbers.setdefault(configuration, len(numbers) + 1),
        }
        yield row_of(configuration, _cells(run) | place, parameters)


def _cells(run: RecordedRun) -> Row:
    cells, elapsed = run_cells(run.request, run.result), run.elapsed
    if run.request.origin.kind == UNKNOWN_ORIGIN:
        cells |= {"origin": None, "proposal": None}
    if run.request.is_retraining and run.result.additional == NO_QUALITY:
        cells["quality"] = None
    return cells | {
        "elapsed_s": None if elapsed is None else elapsed.wallclock_s,
        "own_cpu_s": None if elapsed is None else elapsed.own_cpu_s,
        "reused_from": run.reused_from,
    }


def _csv(table: RunTable) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, table.columns, lineterminator="\n")
    if table.rows:
        writer.writeheader()
    writer.writerows(table.rows)
    return text.getvalue()


FORMS: Mapping[str, Callable[[RunTable], str]] = {"csv": _csv}
"""The forms, by the words of `--to`."""
