"""Reading a state folder, ours or SMAC v2's: the runs in `runs_and_results`, their configurations beside it.

SMAC v2 writes its fields without quotes, so that the target's additional data may bring commas of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import BboptError, Place, StateError
from bbopt.exports.state_configurations import read_configurations
from bbopt.exports.state_folder import COLUMNS, table_files, table_lines, table_path
from bbopt.java_numbers import LARGEST_INT, parse_double
from bbopt.runs.values import NO_INSTANCE, Instance, Origin, RunRequest, RunResult, RunStatus
from bbopt.scenario.instance_lists import parse_instance_list
from bbopt.space import Configuration, Space
from bbopt.stores import UNKNOWN_ORIGIN, RecordedRun
from bbopt.text_files import read_text

__all__ = ["SavedState", "count_saved_runs", "read_state", "saved_iterations"]

_RUNS = "runs_and_results"
_OPTIONAL = {"Run Result", "Additional Algorithm Run Data", "Wall Clock Time"}  # early versions lack them
_ADDITIONAL = COLUMNS.index("Additional Algorithm Run Data")
_STATUSES = {status.code: status for status in RunStatus}
_ORIGIN = Origin(UNKNOWN_ORIGIN, 0)


@dataclass(frozen=True, slots=True)
class SavedState:
    """The runs in the table `path`, in order, and the instances that they refer to.

    `is_whole` says whether these are all runs of the table.
    """

    path: Path
    instances: tuple[Instance, ...]
    runs: tuple[RecordedRun, ...]
    is_whole: bool


def saved_iterations(folder: Path) -> list[int]:
    """The iterations of which the folder holds the runs and their configurations, in order.

    Raises StateError when it can't be listed.
    """
    try:
        found = {(file.name.partition("-it")[0], iteration) for file, iteration in table_files(folder)}
    except FileNotFoundError:  # a search that was killed before it wrote any
        return []
    except OSError as error:
        raise StateError(f"cannot look into {folder}: {error.strerror or error}") from error
    with_configurations = {iteration for table, iteration in found if table != _RUNS}
    with_runs = {iteration for table, iteration in found if table == _RUNS}
    return sorted(with_runs & with_configurations)


def count_saved_runs(folder: Path) -> int:
    """How many runs the folder's last table lists; 0 when there is no table."""
    iterations = saved_iterations(folder)
    if not iterations:
        return 0
    return max(0, len(table_lines(table_path(folder, _RUNS, iterations[-1]))) - 1)


def read_state(
    folder: Path,
    space: Space,
    instances: Sequence[Instance],
    iteration: int | None = None,
    *,
    must_reach: bool = True,
) -> SavedState:
    """The runs up to and including those of `iteration`, by default all; the state `must_reach` it.

    They are on the instances of the folder's own list (without features), or of `instances` where it keeps
    none.  Raises StateError, with the line, for what is missing, torn or contradicts itself, and when a
    configuration is none of `space`.
    """
    path, saved = _table(folder, iteration, must_reach)
    known = _own_instances(folder) or tuple(instances)
    configurations = read_configurations(folder, saved, space)
    table = _Table(path, configurations, known)
    runs: list[RecordedRun] = []
    for run, made_in in table.runs():
        if iteration is not None and made_in > iteration:
            return SavedState(path, known, tuple(runs), is_whole=False)
        runs.append(run)
    return SavedState(path, known, tuple(runs), is_whole=True)


def _table(folder: Path, iteration: int | None, must_reach: bool) -> tuple[Path, int]:
    """The table to read for `iteration`, and its own: the first that reaches it."""
    iterations = saved_iterations(folder)
    if not iterations:
        raise StateError(
            "there is no state in this folder",
            place=Place(folder),
            expected=f"files named {_RUNS}-itN.csv and paramstrings-itN.txt",
        )
    reaching = [saved for saved in iterations if iteration is None or saved >= iteration]
    if not reaching and must_reach:
        raise StateError(
            f"the state does not reach iteration {iteration}",
            place=Place(folder),
            expected=f"an iteration up to {iterations[-1]}",
        )
    saved = iterations[-1] if iteration is None or not reaching else reaching[0]
    return table_path(folder, _RUNS, saved), saved


def _own_instances(folder: Path) -> tuple[Instance, ...]:
    """The instances of the list that the folder keeps; none when it keeps no list."""
    path = folder / "instances.txt"
    if not os.path.lexists(path):
        return ()
    try:
        listed = parse_instance_list(
            read_text(path, "file of instances", is_named=False), str(path)
        ).instances
    except BboptError as error:
        raise StateError(f"the state's list of instances can't be used\n{error}") from error
    return tuple(Instance(entry.name, entry.info) for entry in listed)


class _Table:
    """One `runs_and_results` file."""

    def __init__(
        self, path: Path, configurations: Mapping[int, Configuration], instances: Sequence[Instance]
    ) -> None:
        self._path = path
        self._configurations = configurations
        self._instances = instances or (NO_INSTANCE,)

    def runs(self) -> Iterator[tuple[RecordedRun, int]]:
        """The runs in order, each with the iteration that made it."""
        lines = table_lines(self._path)
        if not lines:
            raise StateError("the file is empty", place=Place(self._path), expected="a line of column names")
        head = lines[0].rstrip("\r").split(",")
        names = [name.strip() for name in head if name.strip()]
        if names != [name for name in COLUMNS if name in names] or set(COLUMNS) - set(names) - _OPTIONAL:
            raise self._wrong(1, "the columns are not those of a state", lines[0], ",".join(COLUMNS))
        for number, line in enumerate(lines[1:], start=2):
            row = dict(zip(names, self._fields(number, line, head), strict=False))
            run = self._run(number, row)
            if run is not None:
                yield run

    def _fields(self, number: int, line: str, head: list[str]) -> list[str]:
        fields = line.rstrip("\r").split(",")
        surplus = len(fields) - len(head)
        if surplus < 0:
            raise self._wrong(number, "the line is cut off", line, f"{len(head)} fields")
        if not surplus:
            return fields
        if len(head) <= _ADDITIONAL + 1:
            raise self._wrong(number, "the line has too many fields", line, f"{len(head)} fields")
        end = _ADDITIONAL + surplus + 1
        return [*fields[:_ADDITIONAL], ",".join(fields[_ADDITIONAL:end]), *fields[end:]]

    def _run(self, number: int, row: dict[str, str]) -> tuple[RecordedRun, int] | None:
        """None for a run without any time: SMAC v2 records some that it capped to nothing and never made."""
        try:
            self._check_number(number, row)
            if _double(row, "Cutoff Time Used") == 0:
                return None
            request = RunRequest(
                configuration=self._configuration(row),
                instance=self._instance(row),
                seed=_integer(row, "Seed"),
                cutoff_s=_double(row, "Cutoff Time Used"),
                runlength=LARGEST_INT,
                origin=_ORIGIN,
            )
            result = RunResult(
                status=_status(row),
                runtime_s=_double(row, "Runtime"),
                runlength=_double(row, "Run Length"),
                quality=_double(row, "Run Quality"),
                additional=row.get("Additional Algorithm Run Data", ""),
                wallclock_s=_double(row, "Wall Clock Time") if "Wall Clock Time" in row else 0.0,
            )
            return RecordedRun(request, result), _integer(row, "SMAC Iteration")
        except ValueError as error:
            raise self._wrong(number, str(error), ",".join(row.values())) from error

    def _check_number(self, number: int, row: dict[str, str]) -> None:
        run_number = _integer(row, "Run Number")
        if run_number != number - 1:
            raise ValueError(f"the line is of run {run_number}, where run {number - 1} should stand")

    def _configuration(self, row: dict[str, str]) -> Configuration:
        key = _integer(row, "Run History Configuration ID")
        if key not in self._configurations:
            raise ValueError(f"the run is of configuration {key}, which the folder does not list")
        return self._configurations[key]

    def _instance(self, row: dict[str, str]) -> Instance:
        key = _integer(row, "Instance ID")
        if not 1 <= key <= len(self._instances):
            raise ValueError(f"the run is on instance {key}; there are {len(self._instances)} instances")
        return self._instances[key - 1]

    def _wrong(self, number: int, what: str, got: str, expected: str | None = None) -> StateError:
        return StateError(what, place=Place(self._path, number), got=got, expected=expected)


def _status(row: dict[str, str]) -> RunStatus:
    code, word = _integer(row, "Run Result Code"), row.get("Run Result")
    status = _STATUSES.get(code)
    if status is None:
        raise ValueError(f"Run Result Code is {code}, none of {', '.join(map(str, sorted(_STATUSES)))}")
    if word is not None and word != status.value:
        raise ValueError(f"Run Result is {word}, but Run Result Code {code} means {status.value}")
    return status


def _integer(row: dict[str, str], name: str) -> int:
    try:
        return int(row[name])
    except ValueError:
        raise ValueError(f"{name} should be a whole number, it is {row[name]!r}") from None


def _double(row: dict[str, str], name: str) -> float:
    try:
        return parse_double(row[name])
    except ValueError:
        raise ValueError(f"{name} should be a number, it is {row[name]!r}") from None
