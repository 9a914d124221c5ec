"""Learning curves from YAHPO Gym's networks: epochs of LCBench, shares of the training set of rbv2_rpart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.budgeted.task import BudgetedTask, FloatArray
from benchmarks.tasks import Settings
from benchmarks.tasks.yahpo import LCBENCH, RPART, Scenario, Yahpo

__all__ = ["epochs", "training_shares"]

_EPOCHS = 52
_SHARES = 27


class _Curves(BudgetedTask):
    """A scenario on one data set, with one of the numbers that it holds as the budget."""

    def __init__(self, yahpo: Yahpo, scenario: Scenario, varied: str, values: Sequence[float]) -> None:
        super().__init__(yahpo.name, scenario.pcs)
        self._yahpo, self._varied, self._values = yahpo, varied, values
        self.most = len(values)

    def losses(self, many: Sequence[Settings]) -> list[float]:
        """See Task."""
        return self._yahpo.losses(many)

    def curve(self, settings: Settings) -> FloatArray:
        """See BudgetedTask."""
        return np.array(self._yahpo.course(settings, self._varied, self._values))


def epochs(instance: str, data: Path) -> BudgetedTask:
    """Networks trained up to 52 epochs."""
    task = _Curves(Yahpo(LCBENCH, instance, data), LCBENCH, "epoch", range(1, _EPOCHS + 1))
    task.goes_on = True
    return task


def training_shares(instance: str, data: Path) -> BudgetedTask:
    """Trees on 1 to 27 parts of 27 of the training set; each has to be grown anew."""
    shares = [n / _SHARES for n in range(1, _SHARES + 1)]
    task = _Curves(Yahpo(RPART, instance, data), RPART, "trainsize", shares)
    task.goes_on = False
    return task
