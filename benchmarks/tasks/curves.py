"""Learning curves: what LCBench's networks lose after each epoch, as it is and made to mislead.

plain: as the surrogate has them.  reversed: in the first half the good ones look bad and the bad ones good.
crossing: the same, fading evenly.  random: until the last epoch a loss that says nothing.  noisy: with noise
at every epoch.  ushape: in the first half every loss is near the best one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tasks.settings import Settings, settings_of
from benchmarks.tasks.yahpo import LCBENCH, Yahpo

__all__ = ["KINDS", "N_EPOCHS", "FloatArray", "LearningCurves"]

FloatArray = NDArray[np.float64]

N_EPOCHS = 52
_EPOCHS = np.arange(1, N_EPOCHS + 1)
_IS_EARLY = _EPOCHS < N_EPOCHS // 2
_N_SAMPLED = 200


class LearningCurves:
    """The curves of one data set; what is drawn by chance depends on the settings and `seed` only."""

    def __init__(self, instance: str, kind: str, data: Path, seed: int = 0) -> None:
        self.task = Yahpo(LCBENCH, instance, data)
        self.scale = self.task.scale
        self._bend = KINDS[kind]
        self._seed = seed
        space = self.task.space
        rows = space.sample(_N_SAMPLED, np.random.default_rng(3))
        final = self.task.losses([settings_of(configuration) for configuration in space.configurations(rows)])
        self.median = float(np.median(final))
        self.spread = float(np.subtract(*np.quantile(final, [0.75, 0.25])))

    def curve(self, settings: Settings) -> tuple[FloatArray, float]:
        """The losses after each epoch (N_EPOCHS,), and what the last one is without noise."""
        plain = np.array(self.task.course(settings, "epoch", _EPOCHS.tolist()))
        text = json.dumps([self._seed, sorted(settings.items())])
        digest = hashlib.sha256(text.encode()).digest()
        return self._bend(self, plain, np.random.default_rng(list(digest))), float(plain[-1])


def _crossing(task: LearningCurves, plain: FloatArray, rng: np.random.Generator) -> FloatArray:
    share: FloatArray = _EPOCHS / N_EPOCHS
    return plain[-1] * share + (2 * task.median - plain[-1]) * (1 - share)


def _random(task: LearningCurves, plain: FloatArray, rng: np.random.Generator) -> FloatArray:
    return np.where(_EPOCHS < N_EPOCHS, task.median + task.spread * rng.normal(), plain)


def _noisy(task: LearningCurves, plain: FloatArray, rng: np.random.Generator) -> FloatArray:
    noise: FloatArray = rng.normal(size=N_EPOCHS) * 0.5 * (task.scale.rs25 - task.scale.optimum)
    return plain + noise


KINDS: dict[str, Callable[[LearningCurves, FloatArray, np.random.Generator], FloatArray]] = {
    "plain": lambda task, plain, rng: plain,
    "reversed": lambda task, plain, rng: np.where(_IS_EARLY, 2 * task.median - plain, plain),
    "crossing": _crossing,
    "random": _random,
    "noisy": _noisy,
    "ushape": lambda task, plain, rng: np.where(
        _IS_EARLY, task.scale.optimum + 0.3 * (plain - task.scale.optimum), plain
    ),
}
