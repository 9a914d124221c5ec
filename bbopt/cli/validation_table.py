"""A table of what a validation found: a row for each configuration, or each time of a trajectory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from bbopt.exports import ValidationReport
from bbopt.runs import RunStatus
from bbopt.validation.jobs import ValidationJob
from bbopt.validation.messages import notes
from bbopt.validation.validation import ValidationOutcome

__all__ = ["show_validation", "validation_table"]

_LEFT = {"from"}


def validation_table(outcome: ValidationOutcome) -> Table:
    """The rows of all jobs, one after the other."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("from", "time", "config", _measure(outcome), "runs", "timeouts", "crashed"):
        table.add_column(name, justify="left" if name in _LEFT else "right")
    for job, report in zip(outcome.plan.jobs, outcome.reports, strict=True):
        for cells in _rows(job, report, outcome.plan.setup.objective.shown):
            table.add_row(*cells)
    return table


def show_validation(console: Console, outcome: ValidationOutcome) -> None:
    """Print the table, below it the configurations and where the files are."""
    plan = outcome.plan
    n_instances = len({instance for instance, _ in plan.pairs})
    instances = f"{n_instances} instance{'' if n_instances == 1 else 's'}"
    head = f"{instances}, {len(plan.pairs)} run{'' if len(plan.pairs) == 1 else 's'} for each configuration"
    console.print(head, style="dim", soft_wrap=True)
    console.print(validation_table(outcome))
    for job, report, paths in zip(plan.jobs, outcome.reports, outcome.paths, strict=True):
        console.print()
        for configuration, number in report.numbers.items():
            text = f"{job.name}, config {number}: {configuration.call_text()}"
            console.print(text, markup=False, soft_wrap=True)
        console.print(f"Details: {paths[2]}", markup=False, soft_wrap=True)
    for note in notes(outcome):
        console.print(note, markup=False, soft_wrap=True)
    if not outcome.is_complete:
        text = f"Interrupted: {outcome.n_finished} of {outcome.n_planned} runs have finished."
        console.print(text, style="yellow", soft_wrap=True)


def _measure(outcome: ValidationOutcome) -> str:
    """What is measured, in a word where there is one: `PAR10`."""
    label = outcome.plan.setup.objective.label
    return label.partition("(")[2].rstrip(")") or label


def _rows(
    job: ValidationJob, report: ValidationReport, shown: Callable[[float], float]
) -> Iterator[tuple[str, ...]]:
    numbers = report.numbers
    for incumbent in report.incumbents:
        configuration = incumbent.configuration
        statuses = [run.result.status for run in report.runs_of(configuration)]
        yield (
            job.name,
            f"{incumbent.time_s:.6g}",
            str(numbers[configuration]),
            f"{shown(report.cost(configuration)):.6g}" if statuses else "-",
            str(len(statuses)),
            str(statuses.count(RunStatus.TIMEOUT)),
            str(statuses.count(RunStatus.CRASHED)),
        )
