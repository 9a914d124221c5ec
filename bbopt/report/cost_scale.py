"""The scale of costs in all figures of a study, and of the responses that its model learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bbopt.report.facts import Study
from bbopt.report.svg import Axis, number_axis
from bbopt.surrogate import FloatArray

__all__ = ["CostScale", "cost_scale"]

_LOG_FROM = 30.0  # times from the least to the most from which a linear axis shows nothing of the least
_BEYOND = 0.95  # of the runs are within the axis; outliers are drawn at its end


@dataclass(frozen=True, slots=True)
class CostScale:
    """From `low` to `high` as people know the metric; `sign` is -1 where more is better.

    `n_beyond`: how many runs lie beyond, and are drawn (and count for models) as at the end.
    """

    label: str
    low: float
    high: float
    is_log: bool
    sign: float
    n_beyond: int

    @property
    def axis(self) -> Axis:
        """The axis of it."""
        label = f"{self.label}, log scale" if self.is_log else self.label
        return number_axis(label, self.low, self.high, log=self.is_log)

    def of(self, shown: FloatArray) -> FloatArray:
        """On the scale: logarithms, if it is one of these; failures (NaN) as the worst."""
        worst = self.high if self.sign > 0 else self.low
        inside = np.clip(np.where(np.isnan(shown), worst, shown), self.low, self.high)
        found: FloatArray = np.log10(inside) if self.is_log else inside
        return found

    def shown(self, on_scale: FloatArray | float) -> FloatArray:
        """The inverse of `of`."""
        found: FloatArray = np.power(10.0, on_scale) if self.is_log else np.asarray(on_scale, dtype=float)
        return found


def cost_scale(study: Study) -> CostScale:
    """The scale for what has worked: with the incumbents on it, and logarithmic where that shows more."""
    worked = study.shown_costs[~np.isnan(study.shown_costs)]
    shown = study.objective.shown
    stood_by = np.array([shown(one.cost) for seed in study.seeds for one in seed.incumbents[-1:]])
    sign = -1.0 if study.is_maximised else 1.0
    if not len(worked):
        return CostScale(study.cost_label, 0.0, 1.0, False, sign, 0)
    everything = np.concatenate([worked, stood_by])
    low, high = float(everything.min()), float(everything.max())
    is_log = low > 0 and high / low >= _LOG_FROM and not study.is_maximised
    if not is_log:
        inner = np.quantile(worked, [1 - _BEYOND, _BEYOND])
        room = 0.5 * float(inner[1] - inner[0])
        if sign > 0 and high > inner[1] + room:
            high = float(inner[1]) + room
        elif sign < 0 and low < inner[0] - room:
            low = float(inner[0]) - room
    if low == high:
        low, high = low - (abs(low) * 0.1 or 1.0), high + (abs(high) * 0.1 or 1.0)
    beyond = int(((worked < low) | (worked > high)).sum())
    return CostScale(study.cost_label, low, high, is_log, sign, beyond)
