"""Curves that mislead: what a program shows before a run is made in full says too little, or the contrary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from benchmarks.budgeted.task import BudgetedTask, FloatArray
from benchmarks.tasks import Scale, Settings, settings_of
from benchmarks.tasks.task import stream_of

__all__ = ["KINDS", "ShownCurves"]

_N_SAMPLED = 200
_NOISE_IN_UNITS = 0.5
_FLATTENED = 0.3


@dataclass(frozen=True, slots=True)
class _Losses:
    """The losses in full of random configurations, and the unit of regret."""

    median: float
    spread: float
    scale: Scale


Kind = Callable[[FloatArray, _Losses, np.random.Generator], FloatArray]


def _budgets(curve: FloatArray) -> FloatArray:
    """From 1 / n to 1 (n,)."""
    n = len(curve)
    return np.arange(1, n + 1) / n


def _plain(curve: FloatArray, known: _Losses, rng: np.random.Generator) -> FloatArray:
    return curve


def _reversed(curve: FloatArray, known: _Losses, rng: np.random.Generator) -> FloatArray:
    """Below half of the budget the worst look best."""
    return np.where(_budgets(curve) < 0.5, 2 * known.median - curve, curve)


def _crossing(curve: FloatArray, known: _Losses, rng: np.random.Generator) -> FloatArray:
    """Straight lines that all meet half-way: who begins best ends worst."""
    return curve[-1] + 2 * (1 - _budgets(curve)) * (known.median - curve[-1])


def _random(curve: FloatArray, known: _Losses, rng: np.random.Generator) -> FloatArray:
    """A number that has nothing to do with the end, up to the last step."""
    shown = np.full(len(curve), known.median + known.spread * rng.standard_normal())
    shown[-1] = curve[-1]
    return shown


def _noisy(curve: FloatArray, known: _Losses, rng: np.random.Generator) -> FloatArray:
    """Noise at every step, the last one included."""
    unit = known.scale.rs25 - known.scale.optimum
    return curve + _NOISE_IN_UNITS * unit * rng.standard_normal(len(curve))


def _ushape(curve: FloatArray, known: _Losses, rng: np.random.Generator) -> FloatArray:
    """Below half of the budget all look far better than they end."""
    optimum = known.scale.optimum
    return np.where(_budgets(curve) < 0.5, optimum + _FLATTENED * (curve - optimum), curve)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "plain": _plain,
        "reversed": _reversed,
        "crossing": _crossing,
        "random": _random,
        "noisy": _noisy,
        "ushape": _ushape,
    }
)
"""What becomes of a curve (most,) in each kind; `plain` shows it as it is."""


class ShownCurves:
    """What runs of a task show, which depends on the kind, the seed and the settings only."""

    def __init__(self, task: BudgetedTask, kind: str, seed: int) -> None:
        """ValueError when there is no such kind."""
        if kind not in KINDS:
            raise ValueError(f"no kind {kind!r}; there are: {', '.join(KINDS)}")
        self._task, self._kind, self._seed = task, kind, seed
        rows = task.space.sample(_N_SAMPLED, np.random.default_rng(0))
        losses = task.losses([settings_of(one) for one in task.space.configurations(rows)])
        low, median, high = np.quantile(losses, [0.25, 0.5, 0.75])
        self._known = _Losses(float(median), float(high - low), task.scale)

    def __call__(self, settings: Settings, curve: FloatArray) -> FloatArray:
        """What a run with these settings shows, whose true curve this is."""
        rng = stream_of(settings, self._task.name, self._kind, self._seed)
        return KINDS[self._kind](curve, self._known, rng)
