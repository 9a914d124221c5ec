"""One search, evaluation by evaluation, with the optimizer's own time apart from the task's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from benchmarks.optimizers.registry import make_optimizer
from benchmarks.tasks import Settings, Task, make_task

__all__ = ["TimedSearch", "warm_up"]

T = TypeVar("T")

_WARM_UP_EVALUATIONS = 24  # beyond every optimizer's initial design on Branin


class TimedSearch:
    """A search under way, and what it did so far, one entry an evaluation.

    `observed` is what the optimizer was told, `losses` the same without noise, `incumbents` the loss
    without noise of the incumbent afterwards.  `own_s` and `own_cpu_s` are the optimizer's seconds on the
    wall clock and of its CPU; what it takes to be built is part of the first evaluation's.
    """

    def __init__(self, name: str, task: Task, seed: int, budget: int) -> None:
        self.observed: list[float] = []
        self.losses: list[float] = []
        self.incumbents: list[float] = []
        self.own_s: list[float] = []
        self.own_cpu_s: list[float] = []
        self.has_ended = False
        self._task = task
        self._seed = seed
        self._spent_s = self._spent_cpu_s = 0.0
        self._optimizer = self._timed(lambda: make_optimizer(name, task, seed, budget))

    def __len__(self) -> int:
        return len(self.losses)

    def step(self) -> None:
        """One evaluation; `has_ended` is set instead when the optimizer asks for none."""
        trial = self._timed(self._optimizer.ask)
        if trial is None:
            self.has_ended = True
            return
        loss = self._task.loss(trial.settings)
        observed = self._task.observed(trial.settings, loss, self._noise_seed(trial.seed))
        self._timed(lambda: self._optimizer.tell(observed))
        self.observed.append(observed)
        self.losses.append(loss)
        self.incumbents.append(self._incumbent_loss(self._optimizer.incumbent()))
        self.own_s.append(self._spent_s)
        self.own_cpu_s.append(self._spent_cpu_s)
        self._spent_s = self._spent_cpu_s = 0.0

    def _timed(self, call: Callable[[], T]) -> T:
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        self._spent_s += time.perf_counter() - wall
        self._spent_cpu_s += time.process_time() - cpu
        return result

    def _noise_seed(self, asked: int | None) -> int:
        """The target's seed; optimizers that ask for none meet another one in each evaluation."""
        if asked is not None:
            return asked
        return int(np.random.default_rng([self._seed, len(self)]).integers(2**31))

    def _incumbent_loss(self, chosen: Settings | None) -> float:
        if chosen is not None:
            return self._task.loss(chosen)
        return self.losses[int(np.argmin(self.observed))]


def warm_up(name: str) -> None:
    """Import all that the optimizer needs sooner or later, so that no search is charged with it."""
    search = TimedSearch(name, make_task("branin", None), seed=0, budget=_WARM_UP_EVALUATIONS)
    while len(search) < _WARM_UP_EVALUATIONS and not search.has_ended:
        search.step()
