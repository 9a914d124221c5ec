"""What the results of a grid say: regrets, their means, ranks, and which differences are more than luck."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison.cells import CellResult
from benchmarks.tasks.scales import Scale, known_scales

__all__ = ["CHECKPOINTS", "REGRET_FLOOR", "Comparison", "Duel", "compare"]

FloatArray = NDArray[np.float64]

CHECKPOINTS = (25, 50, 100, 200, 500)
"""Numbers of evaluations after which regrets are compared."""

REGRET_FLOOR = 1e-4
"""Smaller regrets count as this in geometric means, ranks and duels: nobody cares, and some optima are
estimates."""


@dataclass(frozen=True, slots=True)
class Duel:
    """One optimizer against another on the same tasks and seeds.

    `p` is the two-sided one of Wilcoxon's signed-rank test on the logarithms of the regrets.
    """

    wins: int
    ties: int
    losses: int
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Results in arrays; what was not computed, or not that far, is NaN.

    `regrets` is (n_optimizers, n_tasks, n_seeds, n_checkpoints), `own_s` (n_optimizers, n_tasks, n_seeds)
    the seconds per evaluation, `is_cut_off` of the same shape.
    """

    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]
    seeds: tuple[int, ...]
    checkpoints: tuple[int, ...]
    regrets: FloatArray
    own_s: FloatArray
    is_cut_off: NDArray[np.bool_]

    def only_common(self) -> Comparison:
        """Without the tasks and seeds that some optimizer lacks."""
        is_everywhere = np.isfinite(self.own_s).all(axis=0)
        regrets = np.where(np.expand_dims(is_everywhere, (0, 3)), self.regrets, np.nan)
        own_s = np.where(is_everywhere, self.own_s, np.nan)
        return Comparison(
            self.optimizers, self.tasks, self.seeds, self.checkpoints, regrets, own_s, self.is_cut_off
        )

    def task_means(self) -> FloatArray:
        """Arithmetic means over seeds (n_optimizers, n_tasks, n_checkpoints)."""
        return _mean(self.regrets, axis=2)

    def task_geometric_means(self) -> FloatArray:
        """Geometric means over seeds (n_optimizers, n_tasks, n_checkpoints)."""
        means: FloatArray = np.exp(_mean(_log(self.regrets), axis=2))
        return means

    def means(self) -> FloatArray:
        """Arithmetic means over the tasks' arithmetic means (n_optimizers, n_checkpoints)."""
        return _mean(self.task_means(), axis=1)

    def geometric_means(self) -> FloatArray:
        """Geometric means over the tasks' arithmetic means (n_optimizers, n_checkpoints).

        So a search that fails counts in its task as much as it is worse, and every task counts alike.
        """
        means: FloatArray = np.exp(_mean(_log(self.task_means()), axis=1))
        return means

    def search_geometric_means(self) -> FloatArray:
        """Geometric means over the tasks' geometric means (n_optimizers, n_checkpoints)."""
        means: FloatArray = np.exp(_mean(np.log(self.task_geometric_means()), axis=1))
        return means

    def mean_ranks(self) -> FloatArray:
        """Mean rank, from 1, over the tasks and seeds that all have (n_optimizers, n_checkpoints)."""
        from scipy.stats import rankdata

        pairs = self._by_pair(np.exp(_log(self.regrets)))
        columns = []
        for one in np.moveaxis(pairs, 2, 0):
            complete = one[:, np.isfinite(one).all(axis=0)]
            columns.append(_mean(rankdata(complete, axis=0), axis=1))
        return np.stack(columns, axis=1)

    def duel(self, one: str, other: str, checkpoint: int) -> Duel | None:
        """How two optimizers compare where both have results; None where they have none in common."""
        from scipy.stats import wilcoxon

        pairs = self._by_pair(_log(self.regrets))[:, :, self.checkpoints.index(checkpoint)]
        first, second = self.optimizers.index(one), self.optimizers.index(other)
        differences = pairs[first] - pairs[second]
        differences = differences[~np.isnan(differences)]
        if not len(differences):
            return None
        p = float(wilcoxon(differences).pvalue) if differences.any() else 1.0
        wins, losses = int((differences < 0).sum()), int((differences > 0).sum())
        return Duel(wins, len(differences) - wins - losses, losses, p)

    def n_searches(self) -> list[int]:
        """How many searches each optimizer has."""
        return [int(count) for count in (~np.isnan(self.own_s)).sum(axis=(1, 2))]

    def n_tasks(self) -> list[int]:
        """On how many tasks each optimizer has a search."""
        return [int(count) for count in (~np.isnan(self.own_s)).any(axis=2).sum(axis=1)]

    def n_cut_off(self) -> list[int]:
        """How many of each optimizer's searches took too long."""
        return [int(count) for count in (self.is_cut_off & ~np.isnan(self.own_s)).sum(axis=(1, 2))]

    def mean_own_s(self) -> FloatArray:
        """Own seconds per evaluation (n_optimizers,), mean over all searches."""
        return _mean(self.own_s.reshape(len(self.optimizers), -1), axis=1)

    def as_dict(self) -> dict[str, Any]:
        """All figures as JSON takes them."""
        means, geometric, ranks = self.means(), self.geometric_means(), self.mean_ranks()
        of_searches = self.search_geometric_means()
        task_means, task_geometric = self.task_means(), self.task_geometric_means()
        return {
            "checkpoints": list(self.checkpoints),
            "optimizers": {
                optimizer: {
                    "searches": self.n_searches()[i],
                    "cut_off": self.n_cut_off()[i],
                    "own_s_per_evaluation": _plain(self.mean_own_s()[i]),
                    "mean": _plain(means[i]),
                    "geometric_mean": _plain(geometric[i]),
                    "geometric_mean_of_searches": _plain(of_searches[i]),
                    "mean_rank": _plain(ranks[i]),
                    "tasks": {
                        task: {
                            "mean": _plain(task_means[i, j]),
                            "geometric_mean": _plain(task_geometric[i, j]),
                        }
                        for j, task in enumerate(self.tasks)
                    },
                }
                for i, optimizer in enumerate(self.optimizers)
            },
            "duels": self._duels(),
        }

    def _duels(self) -> list[dict[str, Any]]:
        found = []
        for i, one in enumerate(self.optimizers):
            for other in self.optimizers[i + 1 :]:
                for checkpoint in self.checkpoints:
                    duel = self.duel(one, other, checkpoint)
                    if duel is not None:
                        entry = {"wins": duel.wins, "ties": duel.ties, "losses": duel.losses, "p": duel.p}
                        found.append({"one": one, "other": other, "evaluations": checkpoint, **entry})
        return found

    def _by_pair(self, values: FloatArray) -> FloatArray:
        """(n_optimizers, n_tasks * n_seeds, n_checkpoints)."""
        return values.reshape(len(self.optimizers), -1, len(self.checkpoints))


def compare(results: Iterable[CellResult], scales: dict[str, Scale] | None = None) -> Comparison:
    """The results of one budget in arrays, optimizers and tasks in order of appearance.

    The checkpoints are those that some search has reached; where none has, how far the longest one came.

    KeyError for a task that has no scale.
    """
    found = list(results)
    scales = known_scales() if scales is None else scales
    optimizers = _distinct([result.cell.optimizer for result in found])
    tasks = _distinct([result.cell.task for result in found])
    seeds = sorted({result.cell.seed for result in found})
    largest = max((len(result.incumbents) for result in found), default=0)
    checkpoints = tuple(n for n in CHECKPOINTS if n <= largest) or (largest,)
    shape = (len(optimizers), len(tasks), len(seeds))
    regrets = np.full((*shape, len(checkpoints)), np.nan)
    own_s, is_cut_off = np.full(shape, np.nan), np.zeros(shape, dtype=np.bool_)
    for result in found:
        cell = result.cell
        place = optimizers.index(cell.optimizer), tasks.index(cell.task), seeds.index(cell.seed)
        for column, n in enumerate(checkpoints):
            if 0 < n <= len(result.incumbents):
                regrets[place][column] = scales[cell.task].regret(result.incumbents[n - 1])
        own_s[place], is_cut_off[place] = result.mean_own_s, result.is_cut_off
    return Comparison(tuple(optimizers), tuple(tasks), tuple(seeds), checkpoints, regrets, own_s, is_cut_off)


def _distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _log(regrets: FloatArray) -> FloatArray:
    logarithms: FloatArray = np.log(np.maximum(regrets, REGRET_FLOOR))
    return logarithms


def _mean(values: FloatArray, axis: int) -> FloatArray:
    """The mean of what is not NaN, without numpy's warning where that is nothing."""
    count = (~np.isnan(values)).sum(axis=axis)
    means: FloatArray = np.where(count > 0, np.nansum(values, axis=axis) / np.maximum(count, 1), np.nan)
    return means


def _plain(values: Any) -> Any:
    """Numbers as JSON has them; NaN as null."""
    if np.ndim(values):
        return [_plain(value) for value in values]
    return None if np.isnan(values) else float(values)
