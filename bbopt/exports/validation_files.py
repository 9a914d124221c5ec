"""SMAC v2's five files about a validation: calls, results over time, two matrices, means by instance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bbopt.durable_files import atomic_write
from bbopt.java_numbers import format_double
from bbopt.output_folder import OutputFolder
from bbopt.runs import NO_BUDGET, Instance, Pair, Run, RunKey, mean_cost
from bbopt.space import Configuration

__all__ = [
    "VALIDATION_TABLES",
    "ValidatedIncumbent",
    "ValidationReport",
    "validation_paths",
    "write_validation",
]

VALIDATION_TABLES = (
    "validationCallStrings",
    "validationPerformanceDebug",
    "validationResults",
    "validationObjectiveMatrix",
    "validationRunResultLineMatrix",
)
"""What the names of the files begin with, in the order in which SMAC v2 mentions them."""


@dataclass(frozen=True, slots=True)
class ValidatedIncumbent:
    """A configuration, and what the search knew of it.

    `time_s` is the wall-clock or tuner time from which it stands for the search, `training_cost` the search's
    estimate then, `overhead_s` the CPU time that the optimizer itself had used.
    """

    time_s: float
    training_cost: float
    overhead_s: float
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was to be run, and the runs that have finished, by configuration and pair.

    incumbents: in order of time; a configuration may come several times.
    pairs: what each is run on, instance by instance.
    calls: a sample call of each configuration.
    is_quality_objective: which of a run's numbers is shown as its objective.
    runlength: the budget of the runs, all of which are in full.
    """

    incumbents: tuple[ValidatedIncumbent, ...]
    pairs: tuple[tuple[Instance, int], ...]
    runs: Mapping[RunKey, Run]
    calls: Mapping[Configuration, str]
    is_quality_objective: bool
    runlength: int = NO_BUDGET

    @property
    def numbers(self) -> dict[Configuration, int]:
        """The number of each configuration, counted from 1, in order of its first appearance."""
        numbers: dict[Configuration, int] = {}
        for incumbent in self.incumbents:
            numbers.setdefault(incumbent.configuration, len(numbers) + 1)
        return numbers

    def pair(self, instance: Instance, seed: int) -> Pair:
        """What a run in full of that instance and seed is made on."""
        return Pair(instance.name, seed, self.runlength)

    def runs_of(self, configuration: Configuration) -> list[Run]:
        """The finished runs of a configuration, in the order of the pairs."""
        found = (self.runs.get((configuration, self.pair(instance, seed))) for instance, seed in self.pairs)
        return [run for run in found if run is not None]

    def cost(self, configuration: Configuration) -> float:
        """The mean over instances of the mean over seeds of the finished runs; NaN when there are none."""
        costs = {run.pair: run.cost for run in self.runs_of(configuration)}
        return mean_cost(costs, costs) if costs else math.nan


_Show: TypeAlias = Callable[[ValidationReport, "Run | None"], str]


def validation_paths(output: OutputFolder, name: str) -> tuple[Path, ...]:
    """Where the five files are, or would be, in the order of `VALIDATION_TABLES`."""
    return tuple(output.validation(table, name) for table in VALIDATION_TABLES)


def write_validation(
    output: OutputFolder, name: str, report: ValidationReport, *, headers: bool = True
) -> tuple[Path, ...]:
    """Write the five files, replacing them; their paths.

    Without `headers` the lines with the columns' names are left out, but for those between the parts of the
    performance file, which say what configuration each part is about.  Raises StateError.
    """
    first = 0 if headers else 1
    texts = (
        _text(list(_calls(report))[first:]),
        _text(_performance(report)),
        "".join(line + "\n" for line in list(_results(report))[first:]),
        _text(list(_matrix(report, "Objective", _shown_objective))[first:]),
        _text(list(_matrix(report, "Run result line", _result_line))[first:]),
    )
    paths = validation_paths(output, name)
    for path, text in zip(paths, texts, strict=True):
        atomic_write(path, text)
    return paths


def _text(rows: Iterable[Iterable[str]]) -> str:
    return "".join(",".join(map(_quoted, row)) + "\n" for row in rows)


def _quoted(field: str) -> str:
    escaped = field.replace('"', '""')
    return f'"{escaped}"'


def _calls(report: ValidationReport) -> Iterable[tuple[str, ...]]:
    yield "Validation Configuration ID", "Configuration ", "Sample Call String"
    for configuration, number in report.numbers.items():
        yield str(number), configuration.call_text(), report.calls[configuration] + " "


def _results(report: ValidationReport) -> Iterable[str]:
    yield (
        '"Time","Training (Empirical) Performance","Test Set Performance","AC Overhead Time",'
        '"Validation Configuration ID",'
    )
    numbers = report.numbers
    costs = {configuration: report.cost(configuration) for configuration in numbers}
    for incumbent in report.incumbents:
        fields = (
            incumbent.time_s,
            incumbent.training_cost,
            costs[incumbent.configuration],
            incumbent.overhead_s,
        )
        yield ",".join(map(format_double, fields)) + f',"{numbers[incumbent.configuration]}",'


def _performance(report: ValidationReport) -> Iterable[list[str]]:
    for configuration, number in report.numbers.items():
        by_instance: dict[str, list[Run]] = {}
        for run in report.runs_of(configuration):
            by_instance.setdefault(run.request.instance.name, []).append(run)
        most = max(map(len, by_instance.values()), default=0)
        columns = [f"Run #{i}" for i in range(1, most + 1)]
        yield [f"Validation Configuration ID:{number}", "Instance", "OverallObjective", *columns]
        for instance, runs in by_instance.items():
            mean = math.fsum(run.cost for run in runs) / len(runs)
            shown = [format_double(_objective(report, run)) for run in runs]
            yield ["", instance, format_double(mean), *shown]
        yield ["", "Overall Objective On Test Set", format_double(report.cost(configuration))]


def _matrix(report: ValidationReport, title: str, show: _Show) -> Iterable[list[str]]:
    """A row for each pair, sorted by instance and seed, with a column for each configuration."""
    numbers = report.numbers
    yield ["Problem Instance", "Seed", *(f"{title} of validation config #{n}" for n in numbers.values())]
    places: dict[str, int] = {}
    for instance, _ in report.pairs:
        places.setdefault(instance.name, len(places))
    for instance, seed in sorted(report.pairs, key=lambda pair: (places[pair[0].name], pair[1])):
        pair = report.pair(instance, seed)
        cells = (show(report, report.runs.get((configuration, pair))) for configuration in numbers)
        yield [instance.name, str(seed), *cells]


def _objective(report: ValidationReport, run: Run) -> float:
    """The number of the run that is aggregated, before any penalty."""
    if report.is_quality_objective:
        return run.result.quality
    return run.result.runtime_s if run.result.status.is_solved else run.request.cutoff_s


def _shown_objective(report: ValidationReport, run: Run | None) -> str:
    return format_double(math.nan if run is None else _objective(report, run))


def _result_line(report: ValidationReport, run: Run | None) -> str:
    """What the target answered; nothing for a run that was not finished."""
    del report
    if run is None:
        return ""
    result = run.result
    numbers = (result.runtime_s, result.runlength, result.quality)
    fields = (result.status.value, *map(format_double, numbers), str(run.request.seed))
    return ", ".join(fields) + (f",{result.additional}" if result.additional else "")
