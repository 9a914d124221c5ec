"""SMAC3 by ask and tell."""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any

from benchmarks.optimizers.protocol import Trial
from benchmarks.tasks import Settings, Task, settings_of

__all__ = ["FacadeOptimizer"]


class FacadeOptimizer:
    """A facade with its defaults, told whether there is noise (then it races over seeds); an Optimizer."""

    def __init__(
        self, facade: Any, task: Task, seed: int, budget: int, lengths: tuple[int, int] | None = None
    ) -> None:
        """`lengths`: the least and the most that a run may take, where the facade chooses that too."""
        from smac import Scenario

        logging.getLogger("smac").setLevel(logging.ERROR)
        self._space = task.space
        self._is_noisy = bool(task.noise)
        self._folder = tempfile.TemporaryDirectory(prefix="smac3-")
        least, most = (None, None) if lengths is None else lengths
        scenario = Scenario(
            task.space.to_configspace(seed),
            n_trials=budget,
            deterministic=not self._is_noisy,
            output_directory=Path(self._folder.name),
            seed=seed,
            min_budget=least,
            max_budget=most,
        )
        target = _never_called if lengths is None else _never_called_with_budget
        self._smac = facade(scenario, target, overwrite=True, logging_level=False)
        self._info: Any = None

    def ask(self) -> Trial | None:
        """See Optimizer."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # it averages over empty lists
                self._info = self._smac.ask()
        except StopIteration:
            return None
        return Trial(self._settings(self._info.config), self._info.seed if self._is_noisy else None)

    @property
    def length(self) -> float:
        """How long the run asked for last is to be, where that is chosen."""
        return float(self._info.budget)

    def tell(self, loss: float) -> None:
        """See Optimizer."""
        from smac.runhistory.dataclasses import TrialValue

        self._smac.tell(self._info, TrialValue(cost=loss))

    def incumbent(self) -> Settings | None:
        """See Optimizer."""
        found = self._smac.intensifier.get_incumbent()
        return None if found is None else self._settings(found)

    def _settings(self, theirs: Any) -> Settings:
        return settings_of(self._space.configuration_from_configspace(theirs))


def _never_called(config: Any, seed: int = 0) -> float:
    raise RuntimeError("trials are told")


def _never_called_with_budget(config: Any, seed: int, budget: float) -> float:
    raise RuntimeError("trials are told")
