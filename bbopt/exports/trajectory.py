"""The incumbent's trajectory in SMAC v2's two files: `traj-run-N.txt` and `detailed-traj-run-N.csv`."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from bbopt.append_file import AppendFile
from bbopt.errors import InputError, Place, StateError
from bbopt.java_numbers import LARGEST_DOUBLE, format_double, parse_double
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.text_files import numbered_lines, read_text

__all__ = ["TrajectoryRow", "TrajectoryWriter", "first_row", "read_trajectory"]

_HEADER = (
    '"CPU Time Used","Estimated Training Performance","Wallclock Time","Incumbent ID",'
    '"Automatic Configurator (CPU) Time","Configuration..."'
)
_DETAILED_HEADER = (
    '"CPU Time Used","Estimated Training Performance","Wallclock Time","Incumbent ID",'
    '"Automatic Configurator (CPU) Time","Full Configuration","Predicted Performance (if available)",'
)
_NUMBER_COLUMNS = 5
_SEPARATOR = re.compile(r",[ \t]*")


@dataclass(frozen=True, slots=True)
class TrajectoryRow:
    """The incumbent at one time.

    `cpu_time_s` is the tuner time used so far (of the runs and, where it counts, of the optimizer),
    `optimizer_cpu_s` the optimizer's own part; `incumbent` is the configuration's number in the state files;
    `configuration` has all parameters as text (`alpha='0.9', beta='50'`), inactive ones too; `predicted` is
    the model's estimate, NaN when there is none; `line` is where a row that was read stands in its file.
    """

    cpu_time_s: float
    performance: float
    wallclock_s: float
    incumbent: int
    optimizer_cpu_s: float
    configuration: str
    predicted: float = float("nan")
    line: int | None = field(default=None, compare=False, repr=False)

    def text(self) -> str:
        """The row of `traj-run-N.txt`."""
        return ", ".join([*self._numbers(), f" {self.configuration}"])

    def detailed_text(self) -> str:
        """The row of `detailed-traj-run-N.csv`."""
        time_used, performance, *rest = self._numbers()
        quoted = ",".join(f'"{field}"' for field in (time_used, " " + performance, *rest))
        configuration = self.configuration.replace('"', '""')
        return f'{quoted}, " {configuration}","{format_double(self.predicted)}"'

    def _numbers(self) -> tuple[str, str, str, str, str]:
        return (
            format_double(self.cpu_time_s),
            format_double(self.performance),
            format_double(self.wallclock_s),
            str(self.incumbent),
            format_double(self.optimizer_cpu_s),
        )


def first_row(configuration: str) -> TrajectoryRow:
    """The row before any run: the first incumbent at time 0, its cost the largest double."""
    return TrajectoryRow(0.0, LARGEST_DOUBLE, 0.0, 1, 0.0, configuration)


class TrajectoryWriter:
    """Appends rows to both files of a seed as they happen; files that exist are continued.

    Opening repairs what a crash left: a torn last row is set aside (as AppendFile does), and rows that only
    reached the detailed file are completed in the other.
    """

    def __init__(self, output: OutputFolder, seed: int) -> None:
        self._plain_path = output.file(SeedFile.TRAJECTORY, seed)
        self._detailed = AppendFile(output.file(SeedFile.DETAILED_TRAJECTORY, seed))
        try:
            self._plain = AppendFile(self._plain_path)
        except BaseException:
            self._detailed.close()
            raise
        try:
            self._start_or_complete()
        except BaseException:
            self.close()
            raise

    def _start_or_complete(self) -> None:
        if _is_empty(self._detailed.path):
            self._detailed.append(_DETAILED_HEADER)
        if _is_empty(self._plain_path):
            self._plain.append(_HEADER)
        self._rows = list(_read_as_state(self._detailed.path))
        for row in self._rows[len(_read_as_state(self._plain_path)) :]:
            self._plain.append(row.text())

    @property
    def rows(self) -> Sequence[TrajectoryRow]:
        """All rows of the files, oldest first."""
        return self._rows

    def add(self, row: TrajectoryRow) -> None:
        """Record `row`; StateError when it can't be written."""
        self._detailed.append(row.detailed_text())
        self._plain.append(row.text())
        self._rows.append(row)

    def close(self) -> None:
        """Sync and close both files; a second call does nothing."""
        self._detailed.close()
        self._plain.close()

    def __enter__(self) -> TrajectoryWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_trajectory(path: Path) -> tuple[TrajectoryRow, ...]:
    """The rows of either of the two files; InputError with the line of what can't be read."""
    lines = list(numbered_lines(read_text(path, "trajectory", undecodable="surrogateescape")))
    number, header = lines[0] if lines else (1, "")
    if "CPU Time Used" not in header:
        raise InputError(
            "this is no trajectory file",
            place=Place(path, number),
            got=header or "an empty file",
            expected=f"the header {_HEADER[:40]}...",
        )
    return tuple(_parse_row(line, Place(path, number)) for number, line in lines[1:])


def _parse_row(line: str, place: Place) -> TrajectoryRow:
    predicted = "NaN"
    if line.lstrip().startswith('"'):
        fields = next(csv.reader([line], skipinitialspace=True))
        if len(fields) > _NUMBER_COLUMNS + 1:
            predicted = fields[_NUMBER_COLUMNS + 1]
    else:
        fields = _SEPARATOR.split(line, maxsplit=_NUMBER_COLUMNS)
    try:
        time_used, performance, wallclock, incumbent, optimizer, configuration = fields[: _NUMBER_COLUMNS + 1]
        return TrajectoryRow(
            cpu_time_s=parse_double(time_used),
            performance=parse_double(performance),
            wallclock_s=parse_double(wallclock),
            incumbent=int(incumbent),
            optimizer_cpu_s=parse_double(optimizer),
            configuration=configuration.strip(),
            predicted=parse_double(predicted),
            line=place.line,
        )
    except ValueError as error:
        raise InputError(
            f"this is no row of a trajectory: {error}",
            place=place,
            got=line,
            expected="time, performance, wall-clock time, incumbent, optimizer time, configuration",
        ) from error


def _read_as_state(path: Path) -> tuple[TrajectoryRow, ...]:
    try:
        return read_trajectory(path)
    except InputError as error:
        raise StateError(f"cannot continue {path}: {error.what}", place=error.place, got=error.got) from error


def _is_empty(path: Path) -> bool:
    return path.stat().st_size == 0
