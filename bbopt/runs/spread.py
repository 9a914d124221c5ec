"""What a configuration comes to over the folds of a cross-validation: a mean, and how far they lie apart."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bbopt.runs.standing import Standing

__all__ = ["Spread", "mean_of", "spread_of", "spread_over"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean over folds that have a value, and their standard deviation.

    There is none for fewer than two, nor where a value is infinite or NaN.
    `n` have a value, `n_failed` have been run without one.
    """

    mean: float | None
    deviation: float | None
    n: int
    n_failed: int = 0

    def text(self, n_folds: int | None = None, noun: str = "folds") -> str:
        """For people, beside the number of folds that there should be."""
        mean = "no result" if self.mean is None else f"{self.mean:.6g}"
        deviation = "" if self.deviation is None else f" +/- {self.deviation:.3g}"
        of = "" if n_folds in (None, self.n) else f" of {n_folds}"
        failed = f", {self.n_failed} failed" if self.n_failed else ""
        return f"{mean}{deviation} over {self.n}{of} {noun}{failed}"


def mean_of(values: Sequence[float]) -> float:
    """The arithmetic mean; NaN where both infinities are there, or the sum is too large."""
    try:
        return statistics.fmean(values)
    except (ValueError, OverflowError):
        return math.nan


def spread_over(values: Iterable[tuple[object, float | None]]) -> Spread:
    """Of values with the fold of each; of several in one fold the mean counts, None is a failure.

    The deviation is that of a sample (n - 1 degrees of freedom).
    """
    by_fold: dict[object, list[float]] = {}
    for fold, value in values:
        by_fold.setdefault(fold, []).extend(() if value is None else (value,))
    means = [mean_of(some) for some in by_fold.values() if some]
    return Spread(
        mean_of(means) if means else None,
        statistics.stdev(means) if len(means) > 1 and all(map(math.isfinite, means)) else None,
        len(means),
        len(by_fold) - len(means),
    )


def spread_of(standing: Standing, shown: Callable[[float], float]) -> Spread:
    """Of a configuration's runs on folds; `shown` makes of a cost what people know."""
    costs, failed = standing.costs, standing.failed
    return spread_over(
        (pair.instance, None if pair in failed else shown(cost)) for pair, cost in costs.items()
    )
