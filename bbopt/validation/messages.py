"""What SMAC v2 says about a validation, word for word where programs parse it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from signal import Signals

from bbopt.exports import VALIDATION_TABLES, ValidationReport
from bbopt.exports.shown_time import shown_time
from bbopt.java_numbers import format_double
from bbopt.runs import Objective, QualityObjective
from bbopt.scenario import IncumbentChoice
from bbopt.validation.jobs import ValidationPlan
from bbopt.validation.validation import ValidationOutcome

__all__ = ["announce_validation", "notes", "short_summary", "summary", "tell_validation"]

_LOG = logging.getLogger(__name__)
_RULE = "-" * 172
_LONGEST_CUTOFF_S = 1e10  # beyond it, SMAC v2 says nothing of the end
_OVERHEAD = 1.1

_WRITTEN = {
    "validationCallStrings": "Validation Call Strings",
    "validationPerformanceDebug": "Instance performance (for debug)",
    "validationResults": "Main validation results file",
    "validationObjectiveMatrix": "Validation matrix of objectives for cross-product of configurations and "
    "(instance,seed) pairs",
    "validationRunResultLineMatrix": "Validation matrix of complete run result line for cross-product of "
    "configurations and (instance,seed) pairs",
}


def announce_validation(plan: ValidationPlan, n_parallel: int, now: datetime) -> None:
    """Log what will be done, and how long it may take."""
    n_configurations, n_pairs = len(plan.configurations), len(plan.pairs)
    n_runs = n_configurations * n_pairs
    _LOG.info(
        "Validation needs %d algorithm runs to validate %d configurations found, each on %d problem instance "
        "seed pairs",
        n_runs, n_configurations, n_pairs,
    )  # fmt: skip
    seconds = plan.setup.scenario.cutoff_s * n_runs / n_parallel
    end_time = _end_time(seconds, plan.setup.scenario.cutoff_s, now)
    _LOG.info("Validation start time: %s. Approximate worst-case end time%s", shown_time(now), end_time)


def _end_time(seconds: float, cutoff_s: float, now: datetime) -> str:
    if cutoff_s <= _LONGEST_CUTOFF_S:
        try:
            return f": {shown_time(now + timedelta(seconds=_OVERHEAD * seconds))}"
        except OverflowError:  # a year of five digits
            pass
    return " is unknown."


def tell_validation(outcome: ValidationOutcome) -> None:
    """Log where the files are, and what ended the validation early."""
    for note in notes(outcome):
        _LOG.info("%s", note)
    for paths in outcome.paths:
        for table, path in zip(VALIDATION_TABLES, paths, strict=True):
            _LOG.info("%s written to: %s", _WRITTEN[table], path)
    if not outcome.is_complete:
        by = f" by {Signals(outcome.signal).name}" if outcome.signal is not None else ""
        _LOG.info(
            "Validation was interrupted%s: %d of %d runs have finished.",
            by, outcome.n_finished, outcome.n_planned,
        )  # fmt: skip


def notes(outcome: ValidationOutcome) -> list[str]:
    """Which runs were not made, and where earlier files are, in sentences."""
    known = [
        f"{n_runs} of {outcome.n_planned} runs were on record in {source} and not made again"
        for n_runs, source in outcome.on_record
    ]
    return known + [f"Earlier validation files were moved to {folder}" for folder in outcome.moved_to]


def summary(outcome: ValidationOutcome, config_name: str, label: str, sample_call: str) -> str:
    """The block between lines of `-` that ends a search with a validation.

    `config_name` is the final incumbent's, `sample_call` the call of one of its runs.
    """
    plan, report, scenario = outcome.plan, outcome.reports[0], outcome.plan.setup.scenario
    if plan.settings.incumbents.choice is IncumbentChoice.LAST:
        lines = [_quality(report, config_name, plan.setup.objective)]
    else:
        lines = [f"Estimated {label} on test set over time:", *_over_time(report, plan.setup.objective)]
    return "\n".join(
        [
            _RULE,
            *lines,
            "Sample call for the final incumbent:",
            f"{sample_call} ",
            f"Additional information about run {scenario.num_run} in:{scenario.output_root}",
            _RULE,
        ]
    )


def short_summary(outcome: ValidationOutcome, label: str) -> str:
    """What the last incumbent is worth, in one line."""
    report = outcome.reports[0]
    runs = report.runs_of(report.incumbents[-1].configuration)
    n_instances = len({run.request.instance for run in runs})
    cost = outcome.plan.setup.objective.shown(report.cost(report.incumbents[-1].configuration))
    done = "" if outcome.is_complete else f" ({outcome.n_finished} of {outcome.n_planned} runs have finished)"
    if outcome.plan.setup.scenario.instances.is_black_box:
        return f"Validated by {len(runs)} run(s): {label} {cost:.6g}{done}"
    return f"On the test instances: {label} {cost:.6g}, {len(runs)} run(s) on {n_instances} instance(s){done}"


def _quality(report: ValidationReport, config_name: str, objective: Objective) -> str:
    """SMAC v2 says "mean quality" whatever the objective is, and knows no names of metrics."""
    label = objective.label if isinstance(objective, QualityObjective) else "mean quality"
    configuration = report.incumbents[-1].configuration
    runs = report.runs_of(configuration)
    if not runs:
        return f"No validation run of the final incumbent {config_name} has finished."
    return (
        f"Estimated {label} of final incumbent {config_name} on test set: "
        f"{format_double(objective.shown(report.cost(configuration)))}, based on {len(runs)} run(s) on "
        f"{len({run.request.instance for run in runs})} test instance(s)."
    )


def _over_time(report: ValidationReport, objective: Objective) -> list[str]:
    """A line for each time, but for those at which nothing is other than before."""
    numbers = report.numbers
    lines: list[str] = []
    previous = None
    for incumbent in report.incumbents:
        configuration = incumbent.configuration
        if configuration != previous:
            lines.append(
                f"From {format_double(incumbent.time_s)} s on, validation config {numbers[configuration]}: "
                f"{format_double(objective.shown(report.cost(configuration)))}"
            )
        previous = configuration
    return lines
