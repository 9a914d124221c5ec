"""Earlier runs for another metric: those that were told it count by it, the others can't."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.planning.setup import build_objective
from bbopt.runs import QualityObjective
from bbopt.scenario import Scenario
from bbopt.scenario.metrics import is_maximised
from bbopt.scenario.result_patterns import QUALITY
from bbopt.stores import RecordedRun

__all__ = ["valued_runs"]


def valued_runs(earlier: EarlierRuns, scenario: Scenario) -> EarlierRuns:
    """The runs with the qualities that they have now, with a remark on those that do not tell the metric."""
    objective, identity = build_objective(scenario), earlier.record.identity
    if identity is None or not isinstance(objective, QualityObjective):
        return earlier
    context = dict(identity.context)
    if (context.get("metric", QUALITY), is_maximised(context)) == (objective.metric, objective.is_maximised):
        return earlier
    runs = tuple(_valued(earlier, objective))
    n_lost = len(earlier.runs) - len(runs)
    remark = f"left out {n_lost} of {len(earlier.runs)} earlier runs that do not tell {objective.metric}"
    return replace(earlier.with_runs(runs), remarks=(*earlier.remarks, *([remark] if n_lost else [])))


def _valued(earlier: EarlierRuns, objective: QualityObjective) -> Iterator[RecordedRun]:
    for run in earlier.runs:
        value = run.result.metrics.get(objective.metric)
        if value is not None and run.result.status.is_solved:
            yield replace(run, result=replace(run.result, quality=objective.shown(value)))
        elif not run.result.status.is_solved:
            yield run
