"""DEHB: Hyperband with differential evolution (Awad, Mallik and Hutter, 2021), by ask and tell."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

from benchmarks.budgeted.metering import Pricing
from benchmarks.budgeted.methods.method import ETA, Method, Run
from benchmarks.budgeted.task import BudgetedTask
from benchmarks.tasks import settings_of

__all__ = ["make"]


class _Dehb(Method):
    """With its defaults, in the unit cube, to which it brings every space anyway."""

    def __init__(self, task: BudgetedTask, seed: int) -> None:
        from dehb import DEHB
        from loguru import logger

        self._space = task.space
        self._folder = tempfile.TemporaryDirectory(prefix="dehb-")
        self._dehb = DEHB(
            dimensions=task.space.n_params,
            min_fidelity=1,
            max_fidelity=task.most,
            eta=ETA,
            seed=seed,
            n_workers=1,
            save_freq="end",
            output_path=self._folder.name,
        )
        logger.remove()
        self._job: Any = None

    def ask(self) -> Run:
        self._job = self._dehb.ask()
        row = self._space.from_unit(self._job["config"][None])
        return Run(settings_of(self._space.configurations(row)[0]), round(self._job["fidelity"]))

    def tell(self, losses: Sequence[float]) -> None:
        self._dehb.tell(self._job, {"fitness": losses[-1], "cost": float(len(losses))})


def make(base: str, variant: str, task: BudgetedTask, seed: int, pricing: Pricing) -> Method:
    """DEHB."""
    return _Dehb(task, seed)
