"""What the runs of a record are worth, where the record alone is there to tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bbopt.errors import InputError
from bbopt.exports import TrajectoryRow
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import Objective, Pair, QualityObjective, RuntimeObjective, mean_cost
from bbopt.scenario.metrics import is_maximised
from bbopt.space import Configuration, Space
from bbopt.stores import UNSAT_IS_FAILURE, RecordedRun, RecordedRuns

__all__ = ["objective_of"]

_FACTORS = (10, 1, 1000)
_ROWS = 10
_ONLY_OF_QUALITIES = ("metric", "maximize", "metric-limit", UNSAT_IS_FAILURE)


def objective_of(record: RecordedRuns, trajectory: Sequence[TrajectoryRow], space: Space) -> Objective:
    """The objective under which a search valued the runs, which its record does not tell.

    Where it may have been the runtime, the one is taken whose means come nearest to what is told of the
    incumbents; where nothing is, the runtime, if the programs said nothing of quality.
    """
    identity, runs = record.identity, record.runs
    context = dict(identity.context) if identity else {}
    quality = QualityObjective(
        unsat_is_failure=context.get(UNSAT_IS_FAILURE) == "true",
        metric=context.get("metric", "quality"),
        is_maximised=is_maximised(context),
    )
    is_open = identity is not None and identity.cutoff_s < LARGEST_DOUBLE
    if identity is None or not is_open or any(name in context for name in _ONLY_OF_QUALITIES):
        return quality
    runtimes = [RuntimeObjective(identity.cutoff_s, factor) for factor in _FACTORS]
    told = _estimates(trajectory[-_ROWS:], space) + ([record.incumbent] if record.incumbent else [])
    by_configuration: dict[Configuration, list[RecordedRun]] = {one: [] for one, _ in told}
    for run in runs:
        if run.request.configuration in by_configuration:
            by_configuration[run.request.configuration].append(run)
    known = [(value, by_configuration[one]) for one, value in told if by_configuration[one]]
    if known:
        candidates: list[Objective] = [quality, *runtimes]
        return min(candidates, key=lambda one: _distance(one, known))
    said = {run.result.quality for run in runs if run.result.status.is_solved}
    return runtimes[0] if len(said) == 1 else quality


def _estimates(trajectory: Sequence[TrajectoryRow], space: Space) -> list[tuple[Configuration, float]]:
    found = []
    for row in trajectory:
        if row.performance < LARGEST_DOUBLE:
            try:
                found.append((space.parse_configuration(row.configuration), row.performance))
            except InputError:  # of other parameters
                continue
    return found


def _distance(objective: Objective, known: Sequence[tuple[float, Sequence[RecordedRun]]]) -> float:
    far = 0.0
    for value, runs in known:
        costs: Mapping[Pair, float] = {
            run.request.pair: objective.cost(run.request, run.result) for run in runs
        }
        mean = mean_cost(costs, costs)
        far += abs(mean - value) / max(abs(mean), abs(value), 1e-12)
    return far if math.isfinite(far) else math.inf
