"""All runs of a study by columns, as the page's table shows them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bbopt.report.analysis import Analysis
from bbopt.report.figures.figure import evenly
from bbopt.runs import NO_BUDGET, Cell, Run
from bbopt.space import Parameter, ParameterKind

__all__ = ["Columns", "run_columns", "wanted_runs"]

_DIGITS = 7

Columns = dict[str, list[Cell]]


def wanted_runs(analysis: Analysis, most: int) -> NDArray[np.intp]:
    """The numbers of at most so many runs: the best half, and others evenly chosen."""
    study = analysis.study
    if len(study.runs) <= most:
        return np.arange(len(study.runs))
    order = np.argsort(np.nan_to_num(study.shown_costs * analysis.scale.sign, nan=np.inf), kind="stable")
    best, rest = order[: most // 2], np.sort(order[most // 2 :])
    return np.sort(np.concatenate([best, rest[evenly(len(rest), most - len(best))]]))


def run_columns(analysis: Analysis, numbers: NDArray[np.intp]) -> Columns:
    """What people look at of these runs, named as in `bbopt table`; numbers of seven digits."""
    study = analysis.study
    runs = [study.runs[n] for n in numbers]
    seeds = np.repeat([seed.seed for seed in study.seeds], [len(seed.runs) for seed in study.seeds])
    names = study.names
    columns: Columns = {"run": [names[n] for n in numbers]}
    if len(study.seeds) > 1:
        columns["search_seed"] = [int(seeds[n]) for n in numbers]
    columns["status"] = [run.result.shown_status for run in runs]
    costs = study.shown_costs[numbers]
    columns[_free(study.metric, study.space.names)] = [_rounded(cost) for cost in costs]
    for metric in dict.fromkeys(name for run in runs for name in run.result.metrics):
        if metric != study.metric:
            values: list[Cell] = [_rounded(run.result.metrics.get(metric)) for run in runs]
            columns[_free(metric, (*study.space.names, *columns))] = values
    for column, parameter in enumerate(study.space.parameters):
        if parameter.size > 1:
            columns[parameter.name] = _settings(
                parameter, study.values[numbers, column], study.active[numbers, column]
            )
    return columns | _others(runs, len(study.instances) > 1, set(columns))


def _others(runs: list[Run], has_instances: bool, taken: set[str]) -> Columns:
    found: Columns = {}
    if has_instances:
        found["instance"] = [run.request.instance.name for run in runs]
    if len({run.request.seed for run in runs}) > 1:
        found["seed"] = [run.request.seed for run in runs]
    if any(run.request.runlength != NO_BUDGET for run in runs):
        found["budget"] = [
            None if run.request.runlength == NO_BUDGET else run.request.runlength for run in runs
        ]
    found["wallclock_s"] = [_rounded(run.result.wallclock_s) for run in runs]
    found["origin"] = [run.request.origin.kind for run in runs]
    if any(run.result.reason for run in runs):
        found["reason"] = [run.result.reason.strip().partition("\n")[0][:200] or None for run in runs]
    return {_free(name, taken): cells for name, cells in found.items()}


def _free(name: str, taken: tuple[str, ...] | set[str]) -> str:
    return _free(f"run_{name}", taken) if name in taken else name


def _settings(parameter: Parameter, values: NDArray[np.float64], active: NDArray[np.bool_]) -> list[Cell]:
    if parameter.kind.is_discrete:
        return [parameter.choices[int(v)] if a else None for v, a in zip(values, active, strict=True)]
    if parameter.kind is ParameterKind.INTEGER:
        return [int(v) if a else None for v, a in zip(values, active, strict=True)]
    return [_rounded(v) if a else None for v, a in zip(values, active, strict=True)]


def _rounded(value: float | None) -> Cell:
    if value is None or not np.isfinite(value):
        return None
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
