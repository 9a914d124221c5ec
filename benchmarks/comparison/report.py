"""A comparison as text."""

from __future__ import annotations

import math

from benchmarks.comparison.statistics import Comparison
from benchmarks.comparison.tables import figure, table

__all__ = ["report"]


def report(comparison: Comparison) -> str:
    """Four tables: means, tasks, ranks and duels; a line that says so when there are no results."""
    if not comparison.optimizers:
        return "no results"
    parts = [_summary(comparison)]
    if len(set(zip(comparison.n_tasks(), comparison.n_searches(), strict=True))) > 1:
        parts.append("The optimizers' means are over different searches; --common takes those that all have.")
    parts.append(_by_task(comparison))
    if len(comparison.optimizers) > 1:
        parts.append(_duels(comparison))
    return "\n\n".join(parts)


def _summary(comparison: Comparison) -> str:
    """Means after each number of evaluations, ranks, own time."""
    means, ranks = comparison.means(), comparison.mean_ranks()
    over_tasks, over_searches = comparison.geometric_means(), comparison.search_geometric_means()
    after = [f"after {n}" for n in comparison.checkpoints]
    heading = [
        "regret: mean (geometric: tasks, searches)",
        *after,
        "mean ranks",
        "own ms",
        "tasks",
        "searches",
        "cut off",
    ]
    columns = [comparison.n_tasks(), comparison.n_searches(), comparison.n_cut_off()]
    rows = []
    for i, optimizer in enumerate(comparison.optimizers):
        columns_of_means = zip(means[i], over_tasks[i], over_searches[i], strict=True)
        row = [f"{figure(a)} ({figure(t)}, {figure(s)})" for a, t, s in columns_of_means]
        row.append(" / ".join(figure(rank, 2) for rank in ranks[i]))
        row.append(figure(1000 * comparison.mean_own_s()[i], 2))
        rows.append([optimizer, *row, *(str(column[i]) for column in columns)])
    return table(heading, rows)


def _by_task(comparison: Comparison) -> str:
    """Mean regrets, those after each number of evaluations side by side; `*`: searches were cut off."""
    means = comparison.task_means()
    after = " / ".join(map(str, comparison.checkpoints))
    rows = []
    for j, task in enumerate(comparison.tasks):
        row = [task]
        for i in range(len(comparison.optimizers)):
            mark = " *" if comparison.is_cut_off[i, j].any() else ""
            row.append(" / ".join(map(figure, means[i, j])) + mark)
        rows.append(row)
    return table([f"mean regret after {after}", *comparison.optimizers], rows)


def _duels(comparison: Comparison) -> str:
    """Wins, ties and losses of the first optimizer against the second over tasks and seeds."""
    heading = ["won - tied - lost (p)", *(f"after {n}" for n in comparison.checkpoints)]
    rows = []
    for i, one in enumerate(comparison.optimizers):
        for other in comparison.optimizers[i + 1 :]:
            row = [f"{one} against {other}"]
            for n in comparison.checkpoints:
                duel = comparison.duel(one, other, n)
                row.append("-" if duel is None else f"{duel.wins}-{duel.ties}-{duel.losses} ({_p(duel.p)})")
            rows.append(row)
    return table(heading, rows)


def _p(p: float) -> str:
    return "-" if math.isnan(p) else f"{p:.2g}"
