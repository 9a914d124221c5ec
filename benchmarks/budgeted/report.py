"""What the searches found, as tables."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence

from benchmarks.budgeted.cells import BudgetedCell, BudgetedResult
from benchmarks.comparison.statistics import REGRET_FLOOR
from benchmarks.comparison.tables import figure, table
from benchmarks.tasks import Scale

__all__ = ["after_runs_table", "regret_table", "task_table"]

Results = Sequence[BudgetedResult]


def regret_table(results: Iterable[BudgetedResult], scales: dict[str, Scale], work: Sequence[float]) -> str:
    """Mean regrets, with geometric means, by kind and method, after runs that cost so much."""
    rows = []
    for (kind, method), group in _groups(results, lambda cell: (cell.kind, cell.method)).items():
        columns = [[_regret(result, scales, paid) for result in group] for paid in work]
        own_s = statistics.fmean(sum(result.own_s) for result in group)
        n_tasks, n_seeds = len({r.cell.task for r in group}), len({r.cell.seed for r in group})
        row = [kind, method, *map(_with_geometric, columns)]
        rows.append([*row, f"{own_s:.1f}", str(n_tasks), str(n_seeds), str(len(group))])
    heading = ["kind", "regret: mean (geometric)", *(f"{paid:g}" for paid in work)]
    return table([*heading, "own CPU s", "tasks", "seeds", "searches"], rows)


def task_table(results: Iterable[BudgetedResult], scales: dict[str, Scale], work: Sequence[float]) -> str:
    """Mean regrets task by task, a column a method."""
    by_method = _groups(results, lambda cell: (cell.method,))
    by_row = _groups(results, lambda cell: (cell.kind, cell.task))
    rows = []
    for (kind, task), group in by_row.items():
        of_methods = _groups(group, lambda cell: (cell.method,))
        cells = [_means(of_methods.get(method, []), scales, work) for method in by_method]
        rows.append([kind, task, *cells])
    after = " / ".join(f"{paid:g}" for paid in work)
    return table(["kind", f"mean regret after {after}", *(method for (method,) in by_method)], rows)


def after_runs_table(results: Iterable[BudgetedResult], n_runs: Sequence[int]) -> str:
    """After so many runs, at whatever budget: the lowest loss shown, as DEHB's own tables have it; the true
    loss in full of who is recommended; the work.
    """
    rows = []
    by_row = _groups(results, lambda cell: (cell.kind, cell.task, cell.method))
    for names, group in by_row.items():
        measures: dict[str, Callable[[BudgetedResult, int], float]] = {
            "lowest shown": BudgetedResult.lowest_after_runs,
            "recommended": BudgetedResult.final_after_runs,
            "work": BudgetedResult.work_after_runs,
        }
        for name, measure in measures.items():
            means = [statistics.fmean(measure(result, n) for result in group) for n in n_runs]
            rows.append([*names, name, *map(figure, means), str(len(group))])
    return table(["kind", "task", "method", "after so many runs", *map(str, n_runs), "searches"], rows)


def _groups(
    results: Iterable[BudgetedResult], key: Callable[[BudgetedCell], tuple[str, ...]]
) -> dict[tuple[str, ...], list[BudgetedResult]]:
    groups: dict[tuple[str, ...], list[BudgetedResult]] = {}
    for result in results:
        groups.setdefault(key(result.cell), []).append(result)
    return groups


def _regret(result: BudgetedResult, scales: dict[str, Scale], work: float) -> float:
    return scales[result.cell.task].regret(result.final_after(work))


def _means(group: Results, scales: dict[str, Scale], work: Sequence[float]) -> str:
    if not group:
        return "-"
    means = (statistics.fmean(_regret(result, scales, paid) for result in group) for paid in work)
    return " / ".join(map(figure, means))


def _with_geometric(regrets: Sequence[float]) -> str:
    geometric = statistics.geometric_mean(max(regret, REGRET_FLOOR) for regret in regrets)
    return f"{figure(statistics.fmean(regrets))} ({figure(geometric)})"
