"""The figures of a report, one function each: what it shows, how to read it, its data and its drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bbopt.report.analysis import Analysis
from bbopt.report.figures.budgets import brackets, curves
from bbopt.report.figures.figure import Figure
from bbopt.report.figures.instances import cumulated, default_and_best, instance_table, spread, tested
from bbopt.report.figures.parallel import parallel
from bbopt.report.figures.parameters import ablation, effects, importance, surface
from bbopt.report.figures.progress import comparison, progress
from bbopt.report.figures.runs import distribution, failures, scatter, time_spent

__all__ = ["INSTANCES", "SECTIONS", "Figure", "comparison"]

INSTANCES = "Instances"
"""The title of a section, which folds have in their name."""

SECTIONS: Mapping[str, Mapping[str, Callable[[Analysis], Figure | None]]] = {
    "The search": {"progress": progress, "time": time_spent},
    "Parameters": {
        "importance": importance,
        "ablation": ablation,
        "effects": effects,
        "surface": surface,
        "parallel": parallel,
    },
    INSTANCES: {
        "instances": default_and_best,
        "cumulated": cumulated,
        "spread": spread,
        "tests": tested,
        "instance-table": instance_table,
    },
    "Budgets and curves": {"curves": curves, "brackets": brackets},
    "Runs": {"failures": failures, "scatter": scatter, "distribution": distribution},
}
"""By the titles of sections and the names of figures; a function gives None where it has nothing to show."""
