"""`outer-folds`: double cross-validation, a search for each outer fold, one after the other.

Each search has an output folder of its own and sees nothing of its outer fold; `retrain-command` trains its
winner on all but that fold, and tests it there.  What it says is the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from bbopt.cli.command import Arguments
from bbopt.cli.plain_table import print_table
from bbopt.options import COMMAND_LINE, Assignment, option_table
from bbopt.planning.setup import results_of
from bbopt.runs import spread_over
from bbopt.scenario import Scenario
from bbopt.scenario.call_templates import OUTER_FOLD_FACTS
from bbopt.session.folder_overview import best_in, cross_validation, folder_overview

__all__ = ["tune_outer_folds"]

_OUTER_FOLD = OUTER_FOLD_FACTS[0]


def tune_outer_folds(
    arguments: Arguments, whole: Scenario, tune: Callable[[Arguments, Scenario], int]
) -> int:
    """Do with each outer fold what `tune` does with a scenario, and tell what all have come to.

    The exit code of the first that fails, which is the last one then.
    """
    assert whole.outer_fold is not None
    scenarios = []
    for number in range(whole.outer_fold.count):
        entry = Assignment(option_table()[_OUTER_FOLD], f"--{_OUTER_FOLD}", str(number), COMMAND_LINE)
        given = replace(arguments.given, entries=(*arguments.given.entries, entry))
        one = replace(arguments, given=given)
        scenarios.append(one.scenario())
        code = tune(one, scenarios[-1])
        if code:
            return code
    if not (arguments.own.flag("quiet") or arguments.own.flag("json")):
        _show(scenarios)
    return 0


def _show(scenarios: list[Scenario]) -> None:
    """A row for each outer fold, and what they come to together."""
    console, rows, values = Console(highlight=False), [], []
    metric = ""
    for scenario in scenarios:
        results = results_of(scenario)
        seed, configuration = best_in(folder_overview(results), results)
        found, metric = cross_validation(seed, configuration, results), seed.metric
        value, inner, outer = found.retrained_value, found.over_folds, scenario.outer_fold
        number = "-" if outer is None else str(outer.number)
        mean = seed.best_shown if inner is None else inner.mean
        if value is not None:
            values.append((number, value))
        shown = ["-" if one is None else f"{one:.6g}" for one in (mean, value)]
        rows.append((number, *shown, configuration.call_text()))
    console.print()
    names = ("outer fold", f"inner {metric}", f"outer {metric}", "settings")
    print_table(console, names, rows, frozenset((0, 1, 2)))
    spread = spread_over(values)
    text = spread.text(len(scenarios), "outer folds")
    console.print(f"Double cross-validation: {metric} {text}", markup=False, soft_wrap=True)
