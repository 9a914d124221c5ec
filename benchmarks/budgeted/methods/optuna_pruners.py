"""Optuna's pruners, which stop runs instead of promoting them: each looks on at the budgets of its rungs.

A run is asked for up to the first rung, and again up to the next one while it is not pruned.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from bbopt.engines.racers import hyperband_schedule
from benchmarks.budgeted.metering import Pricing
from benchmarks.budgeted.methods.method import ETA, Method, Run
from benchmarks.budgeted.task import BudgetedTask
from benchmarks.optimizers.optuna_study import suggested_settings
from benchmarks.tasks import Settings

__all__ = ["make"]


class _PrunedStudy(Method):
    """A study whose pruner has rungs at `budgets`, the last of which is a run in full."""

    def __init__(self, task: BudgetedTask, sampler: Any, pruner: Any, budgets: Sequence[int]) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._walk, self._budgets = task.walk, budgets
        # Its name decides who is in which bracket.
        self._study = optuna.create_study(study_name=task.name, sampler=sampler, pruner=pruner)
        self._trial: Any = None
        self._settings: Settings = {}
        self._rung = 0

    def ask(self) -> Run:
        if self._trial is None:
            self._trial = self._study.ask()
            self._settings = suggested_settings(self._trial, self._walk)
            self._rung = 0
        return Run(self._settings, self._budgets[self._rung])

    def tell(self, losses: Sequence[float]) -> None:
        from optuna.trial import TrialState

        self._trial.report(losses[-1], self._budgets[self._rung])
        self._rung += 1
        if self._rung == len(self._budgets):
            self._study.tell(self._trial, losses[-1])
        elif self._trial.should_prune():
            self._study.tell(self._trial, state=TrialState.PRUNED)
        else:
            return
        self._trial = None


def make(base: str, variant: str, task: BudgetedTask, seed: int, pricing: Pricing) -> Method:
    """Its Hyperband over TPE, or successive halving over random search; rungs from Hyperband's lowest on."""
    import optuna

    least = hyperband_schedule(task.most, ETA)[0].rungs[0].budget
    rungs = takewhile(lambda budget: budget < task.most, (least * ETA**k for k in range(task.most)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        if variant == "hyperband":
            sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=task.walk.is_conditional)
            pruner = optuna.pruners.HyperbandPruner(least, task.most, ETA)
        else:
            sampler = optuna.samplers.RandomSampler(seed=seed)
            pruner = optuna.pruners.SuccessiveHalvingPruner(least, ETA)
    return _PrunedStudy(task, sampler, pruner, [*rungs, task.most])
