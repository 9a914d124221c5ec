"""What runs cost, and which configuration would be recommended after each."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

from benchmarks.budgeted.kinds import ShownCurves
from benchmarks.budgeted.task import BudgetedTask, FloatArray
from benchmarks.tasks import Settings

__all__ = ["Meter", "Pricing"]

_Key = tuple[tuple[str, object], ...]


class Pricing(enum.Enum):
    """What a run has to be paid for.

    CHECKPOINTS: it goes on from the budget that its configuration has had.  COURSE: it begins anew, but
    prints its losses, and may be ended or, being the latest one, made longer.  ANEW: it begins anew, and
    tells nothing before its end.
    """

    CHECKPOINTS = "checkpoints"
    COURSE = "course"
    ANEW = "anew"

    def of(self, task: BudgetedTask) -> Pricing:
        """What is true of a task, whose program may not be able to do this."""
        return self if task.goes_on else Pricing.ANEW


class Meter:
    """Makes runs; one entry a run in each of its lists.

    `work` is all that was paid so far, in runs in full.  `shown` is the loss that a run showed at its end,
    after `budgets`.  `finals` is the true loss in full of the configuration that was recommended then: the
    one with the largest budget, and of those the one that showed the lowest loss there.
    """

    def __init__(self, task: BudgetedTask, shown: ShownCurves, pricing: Pricing) -> None:
        self.work: list[float] = []
        self.budgets: list[int] = []
        self.shown: list[float] = []
        self.finals: list[float] = []
        self._task, self._shown, self._pricing = task, shown, pricing.of(task)
        self._paid = 0
        self._curves: dict[_Key, tuple[FloatArray, float]] = {}
        self._had: dict[_Key, int] = {}
        self._latest: _Key | None = None
        self._recommended: tuple[int, float, float] | None = None

    @property
    def spent(self) -> float:
        """What was paid so far, in runs in full."""
        return self._paid / self._task.most

    def run(
        self, settings: Settings, budget: int, is_ended: Callable[[Sequence[float]], bool]
    ) -> Sequence[float]:
        """The losses shown at budgets 1, 2, ...; fewer than `budget` where `is_ended` said so of the first.

        It costs one unit at least, so that nobody goes on for ever.
        """
        key = tuple(sorted(settings.items()))
        curve, final = self._curve(key, settings)
        begin = self._begin(key)
        reached = self._reached(curve, begin, budget, is_ended)
        self._paid += max(1, reached - begin)
        self._had[key] = max(self._had.get(key, 0), reached)
        self._latest = key
        losses = [float(loss) for loss in curve[:reached]]
        candidate = (-reached, losses[-1], final)
        if self._recommended is None or candidate < self._recommended:
            self._recommended = candidate
        self.work.append(self.spent)
        self.budgets.append(reached)
        self.shown.append(losses[-1])
        self.finals.append(self._recommended[2])
        return losses

    def _curve(self, key: _Key, settings: Settings) -> tuple[FloatArray, float]:
        if key not in self._curves:
            true = self._task.curve(settings)
            self._curves[key] = self._shown(settings, true), float(true[-1])
        return self._curves[key]

    def _begin(self, key: _Key) -> int:
        had = self._had.get(key, 0)
        match self._pricing:
            case Pricing.CHECKPOINTS:
                return had
            case Pricing.COURSE:
                return had if key == self._latest else 0
            case Pricing.ANEW:
                return 0

    def _reached(
        self, curve: FloatArray, begin: int, budget: int, is_ended: Callable[[Sequence[float]], bool]
    ) -> int:
        if self._pricing is Pricing.COURSE:
            for reached in range(begin + 1, budget):
                if is_ended([float(loss) for loss in curve[:reached]]):
                    return reached
        return budget
