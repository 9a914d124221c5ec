"""Earlier runs of which nobody knows how long they were: they count for nothing where there are budgets."""

from __future__ import annotations

from dataclasses import replace

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.runs import NO_BUDGET
from bbopt.scenario import Scenario

__all__ = ["with_known_budgets"]


def with_known_budgets(earlier: EarlierRuns, scenario: Scenario) -> EarlierRuns:
    """The same, with a remark on runs without a budget where the scenario has budgets."""
    n = sum(run.request.runlength == NO_BUDGET for run in earlier.runs)
    if scenario.budgets is None or n == 0:
        return earlier
    remark = f"{n} runs count for nothing here: nobody knows their budgets"
    return replace(earlier, remarks=(*earlier.remarks, remark))
