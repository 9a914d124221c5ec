"""SMAC v2's state folder `state-runN/`: all runs and configurations so far, as tables.

bbopt restores from the record of runs where there is one; the tables serve SMAC v2, the programs that read
its folders, and a folder that was moved without its record (`state_reader`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.durable_files import atomic_write
from bbopt.errors import InputError, StateError
from bbopt.java_numbers import format_double
from bbopt.runs.values import Instance, RunRequest, RunResult, RunStatus
from bbopt.scenario import Scenario
from bbopt.space import Configuration
from bbopt.text_files import read_text

__all__ = [
    "COLUMNS",
    "TABLES",
    "StateInputs",
    "StateRun",
    "StateSnapshot",
    "StateWriter",
    "table_files",
    "table_lines",
    "table_path",
    "write_state",
]

COLUMNS = (
    "Run Number",
    "Run History Configuration ID",
    "Instance ID",
    "Response Value (y)",
    "Censored?",
    "Cutoff Time Used",
    "Seed",
    "Runtime",
    "Run Length",
    "Run Result Code",
    "Run Quality",
    "SMAC Iteration",
    "SMAC Cumulative Runtime",
    "Run Result",
    "Additional Algorithm Run Data",
    "Wall Clock Time",
)
"""The columns of `runs_and_results`."""

TABLES = {"runs_and_results": "csv", "paramstrings": "txt", "uniq_configurations": "csv"}
"""The tables of an iteration, with the endings of their names."""

_TABLE_FILE = re.compile(
    r"(?P<table>runs_and_results-it(?P<runs>\d+)\.csv"
    r"|paramstrings-it(?P<strings>\d+)\.txt"
    r"|uniq_configurations-it(?P<rows>\d+)\.csv)"
)
_SAFE_IN_A_COLUMN = str.maketrans({",": ";", '"': "'", "\n": "\\n", "\r": "\\r", "\x00": " "})


@dataclass(frozen=True, slots=True)
class StateRun:
    """A finished run and the iteration in which it was made."""

    request: RunRequest
    result: RunResult
    iteration: int


@dataclass(frozen=True, slots=True)
class StateSnapshot:
    """What the tables show: all runs in their order, of a scenario with these instances and cutoff.

    `is_quality_objective` says which of a run's numbers is its response.
    """

    runs: Sequence[StateRun]
    instances: tuple[Instance, ...]
    cutoff_s: float
    is_quality_objective: bool


@dataclass(frozen=True, slots=True)
class StateInputs:
    """The contents of the input files of which the folder keeps copies; None for a file there is none of."""

    pcs: bytes
    scenario: bytes
    instances: bytes | None = None
    features: bytes | None = None

    @classmethod
    def of(cls, scenario: Scenario, pcs_text: str) -> StateInputs:
        """Those of a scenario."""
        files = scenario.instance_files
        return cls(pcs_text.encode("utf-8"), scenario.text.encode("utf-8"), files.instances, files.features)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The name of each copy, and its content."""
        yield "param.pcs", self.pcs
        yield "scenario.txt", self.scenario
        if self.instances is not None:
            yield "instances.txt", self.instances
        if self.features is not None:
            yield "instance-features.txt", self.features


class StateWriter:
    """Keeps a state folder up to date: the copies of the inputs at once, the tables at each `write`."""

    def __init__(self, path: Path, inputs: StateInputs | None) -> None:
        """Create the folder where needed, without copies when there are no `inputs` to keep.

        Raises StateError when it can't be written.
        """
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(f"cannot create the state folder {path}: {error.strerror}") from error
        for name, content in inputs.files() if inputs else ():
            atomic_write(path / name, content)

    def write(self, iteration: int, snapshot: StateSnapshot) -> None:
        """Write the tables of `iteration`, then drop those of the others."""
        write_state(self.path, iteration, snapshot)


def write_state(path: Path, iteration: int, snapshot: StateSnapshot) -> None:
    """Write the three tables of `iteration` into the folder `path`, then remove those of other iterations.

    A crash on the way leaves at least one complete set.  Raises StateError when something can't be written.
    """
    configurations = _numbered(snapshot.runs)
    for table, lines in (
        ("paramstrings", [f"{i}: {c.state_text()}" for c, i in configurations.items()]),
        ("uniq_configurations", [_row_text(i, c) for c, i in configurations.items()]),
        ("runs_and_results", _run_lines(snapshot, configurations)),
    ):
        atomic_write(table_path(path, table, iteration), "".join(line + "\n" for line in lines))
    for file, other in table_files(path):
        if other != iteration:
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise StateError(f"cannot remove {file}: {error.strerror}") from error


def table_path(path: Path, table: str, iteration: int) -> Path:
    """The file of a table in the state folder `path`."""
    return path / f"{table}-it{iteration}.{TABLES[table]}"


def table_files(path: Path) -> list[tuple[Path, int]]:
    """The tables that are in the folder `path`, each with its iteration."""
    matches = ((file, _TABLE_FILE.fullmatch(file.name)) for file in path.iterdir())
    return [(file, int(next(filter(None, match.groups()[1:])))) for file, match in matches if match]


def table_lines(path: Path) -> list[str]:
    """The lines of a table, in which a target's words may be any bytes; StateError when it can't be read."""
    try:
        text = read_text(path, "state's table", undecodable="surrogateescape", is_named=False)
    except InputError as error:
        raise StateError(error.what, place=error.place, got=error.got, remedy=error.remedy) from error
    return text.removesuffix("\n").split("\n") if text else []


def _numbered(runs: Sequence[StateRun]) -> dict[Configuration, int]:
    numbers: dict[Configuration, int] = {}
    for run in runs:
        numbers.setdefault(run.request.configuration, len(numbers) + 1)
    return numbers


def _row_text(number: int, configuration: Configuration) -> str:
    return ",".join([str(number), *map(format_double, configuration.smac2_row().tolist())])


def _run_lines(snapshot: StateSnapshot, configurations: dict[Configuration, int]) -> list[str]:
    instance_numbers = {instance: i for i, instance in enumerate(snapshot.instances, start=1)}
    lines = [",".join(COLUMNS) + ","]
    cumulative_s = 0.0
    for number, run in enumerate(snapshot.runs, start=1):
        request, result = run.request, run.result
        cumulative_s += result.runtime_s
        fields = (
            str(number),
            str(configurations[request.configuration]),
            str(instance_numbers[request.instance]),
            format_double(_response(snapshot, request, result)),
            "1" if _is_censored(snapshot, request, result) else "0",
            format_double(request.cutoff_s),
            str(request.seed),
            format_double(result.runtime_s),
            format_double(result.runlength),
            str(result.status.code),
            format_double(result.quality),
            str(run.iteration),
            format_double(cumulative_s),
            result.status.value,
            result.additional.translate(_SAFE_IN_A_COLUMN),
            format_double(result.wallclock_s),
        )
        lines.append(",".join(fields) + ",")
    return lines


def _response(snapshot: StateSnapshot, request: RunRequest, result: RunResult) -> float:
    if snapshot.is_quality_objective:
        return result.quality
    if result.status is RunStatus.TIMEOUT:
        return request.cutoff_s
    if result.status.is_failure:
        return snapshot.cutoff_s
    return result.runtime_s


def _is_censored(snapshot: StateSnapshot, request: RunRequest, result: RunResult) -> bool:
    if result.status is RunStatus.TIMEOUT:
        return request.cutoff_s < snapshot.cutoff_s
    return result.status is RunStatus.KILLED
