"""Writes scales.json: each task's optimum and unit of regret.

    python -m benchmarks.tasks.estimate heldout
    python -m benchmarks.tasks.estimate --data DIR lcbench_126026

The unit follows from many random configurations.  Where the optimum is not known, the best of them are
mutated in rounds with ever smaller steps; their agreement says whether it was found.  Deterministic.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tasks.catalog import choose_tasks, data_folder, make_task
from benchmarks.tasks.scales import Scale, known_scales, save_scales
from benchmarks.tasks.settings import settings_of
from benchmarks.tasks.task import Task

__all__ = ["Estimate", "estimate"]

FloatArray = NDArray[np.float64]

_SEED = 20
_BEST_OF = 25
_PARENTS = 20
_CHILDREN = 25
_ROUNDS = 100
_FIRST_STEP = 0.3
_SHRINK = 0.93


@dataclass(frozen=True, slots=True)
class Estimate:
    """A scale; `n_agreeing` searches ended within 1 % of the unit; None: the optimum is known."""

    scale: Scale
    n_agreeing: int | None


def estimate(task: Task, n_random: int) -> Estimate:
    """The scale of a task."""
    rng = np.random.default_rng(_SEED)
    unit = rng.random((n_random, task.space.n_params))
    losses = _losses(task, unit)
    # The median of the best of k is the quantile that one draw stays above with probability 0.5^(1/k).
    rs25 = float(np.quantile(losses, 1 - 0.5 ** (1 / _BEST_OF)))
    if task.optimum is not None:
        return Estimate(Scale(task.optimum, rs25), None)
    first = np.argsort(losses)[:_PARENTS]
    ends = _climbed(task, unit[first], losses[first], rng)
    best = float(ends.min())
    return Estimate(Scale(best, rs25), int((ends - best < 0.01 * (rs25 - best)).sum()))


def _losses(task: Task, unit: FloatArray) -> FloatArray:
    configurations = task.space.configurations(task.space.from_unit(unit))
    return np.array(task.losses([settings_of(configuration) for configuration in configurations]))


def _climbed(task: Task, points: FloatArray, losses: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The losses (n,) that mutation reaches from each of the points (n, n_params) of the unit cube."""
    points, losses = points.copy(), losses.copy()
    for number in range(_ROUNDS):
        children = _mutated(np.repeat(points, _CHILDREN, axis=0), _FIRST_STEP * _SHRINK**number, rng)
        found = _losses(task, children).reshape(len(points), _CHILDREN)
        winners = found.argmin(axis=1)
        better = found.min(axis=1) < losses
        chosen = children.reshape(len(points), _CHILDREN, -1)[np.arange(len(points)), winners]
        points[better], losses[better] = chosen[better], found.min(axis=1)[better]
    return losses


def _mutated(points: FloatArray, step: float, rng: np.random.Generator) -> FloatArray:
    """A quarter of the coordinates or more, at least one, moved; some drawn anew, some put at an end."""
    n, n_params = points.shape
    moves = rng.random(points.shape) < max(1.5 / n_params, 0.25)
    moves[np.arange(n), rng.integers(n_params, size=n)] = True
    moved = points + moves * step * rng.standard_normal(points.shape)
    moved = np.where(moves & (rng.random(points.shape) < 0.05), rng.random(points.shape), moved)
    moved = np.where(rng.random(points.shape) < 0.01, np.round(moved), moved)
    return np.clip(moved, 0.0, 1.0)


def main() -> None:
    """Estimate, print and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", nargs="+", help="names or groups")
    parser.add_argument("--data", type=Path, help="folder of the YAHPO networks")
    parser.add_argument("--random", type=int, default=20_000, help="random configurations")
    given = parser.parse_args()
    data = data_folder(given.data)
    choice = choose_tasks(given.tasks, data)
    if choice.left_out:
        print(f"left out, no data: {', '.join(choice.left_out)}", file=sys.stderr)
    print("| task | optimum | median best of 25 | searches that agree |\n|---|---|---|---|")
    for name in choice.names:
        found = estimate(make_task(name, data), given.random)
        agreeing = "known" if found.n_agreeing is None else f"{found.n_agreeing} of {_PARENTS}"
        print(f"| {name} | {found.scale.optimum:.6g} | {found.scale.rs25:.6g} | {agreeing} |", flush=True)
        save_scales({**known_scales(), name: found.scale})


if __name__ == "__main__":
    main()
