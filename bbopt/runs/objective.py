"""What a run is worth: an objective turns a run's result into the number that is minimised.

The quality objective takes the target's reported quality, the runtime objective its runtime with a penalty
for runs that reach the cutoff (PAR-k).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs.curve import NO_CURVE, Curve
from bbopt.runs.values import RunRequest, RunResult, RunStatus

__all__ = [
    "SHORTEST_TUNER_TIME_S",
    "WORST_QUALITY",
    "Objective",
    "QualityObjective",
    "RuntimeObjective",
    "tuner_time",
]

SHORTEST_TUNER_TIME_S = 0.1
"""SMAC v2 counts a run that says it took less as this long against the tuner time limit."""

WORST_QUALITY = 1e9
"""SMAC v2's quality of a crash, where none is given.  It stands for "worse than anything", and qualities of
that size (squared errors in dollars) make it no less so: see `Objective.failures_first`."""

_LARGEST_QUALITY = LARGEST_DOUBLE / 2**31  # so that the costs of 2^31 runs can be added up

_TAKES: dict[str, Callable[[float, float], float]] = {
    "last": lambda _, value: value,
    "first": lambda value, _: value,
    "min": min,
    "max": max,
}
"""Which of a metric's values counts, by `metric-take`: what counted before and the next value."""


class Objective(Protocol):
    """Values runs; lower costs are better."""

    @property
    def label(self) -> str:
        """What SMAC v2 calls the estimate in its messages."""

    def shown(self, cost: float) -> float:
        """A cost, or a quality, as people know it: not negated where it is for being maximised."""

    @property
    def unknown_quality(self) -> float:
        """The quality of a run that reported none."""

    @property
    def failures_first(self) -> bool:
        """Whether of two configurations the one with fewer failures is better, whatever they cost.

        Otherwise a failure counts by its cost (see Standing).
        """

    def settled(self, result: RunResult) -> RunResult:
        """The result as it goes on record."""

    def cost(self, request: RunRequest, result: RunResult) -> float:
        """The run's cost; of a censored run the largest lower bound that is known."""

    def course(self, curve: Curve) -> Curve:
        """At each step what the run would cost if it ended there; empty where the metric is not the cost."""

    def is_failure(self, result: RunResult) -> bool:
        """Whether the run says nothing about its configuration but that it failed."""

    def is_censored(self, request: RunRequest, result: RunResult) -> bool:
        """Whether the run was ended before its cost was known, so that `cost` is a lower bound."""

    def is_estimated(self, result: RunResult) -> bool:
        """Whether the run was ended before its cost was known, and `cost` is what somebody expects of it."""


@dataclass(frozen=True, slots=True)
class QualityObjective:
    """Minimise the reported quality; a crashed run costs at least `crashed_quality` when that is given.

    A smaller `crashed_quality` than WORST_QUALITY is in the target's own units, and says how much a failure
    counts in the mean of several runs.  `unsat_is_failure`: as where UNSAT marks settings that are invalid.
    `metric` is what people call the quality; of one that `is_maximised`, qualities are the negated values.
    `take`: which of many values counts, as `metric-take` says.
    """

    crashed_quality: float | None = WORST_QUALITY
    unsat_is_failure: bool = False
    metric: str = "quality"
    is_maximised: bool = False
    take: str = "last"

    @property
    def label(self) -> str:
        """See Objective."""
        return f"mean {self.metric}"

    def shown(self, cost: float) -> float:
        """See Objective."""
        return 0.0 - cost if self.is_maximised else cost

    @property
    def failures_first(self) -> bool:
        """See Objective."""
        return self.crashed_quality is not None and self.crashed_quality >= WORST_QUALITY

    @property
    def unknown_quality(self) -> float:
        """See Objective."""
        return LARGEST_DOUBLE if self.crashed_quality is None else self.crashed_quality

    def settled(self, result: RunResult) -> RunResult:
        """SMAC v2 writes the crashed quality over a smaller one.

        A hopeless run has the quality that it had come to.
        """
        if result.is_hopeless and self.metric in result.metrics:
            return replace(result, quality=self.shown(result.metrics[self.metric]))
        if result.status is not RunStatus.CRASHED or self.crashed_quality is None:
            return result
        return replace(result, quality=max(result.quality, self.crashed_quality))

    def cost(self, request: RunRequest, result: RunResult) -> float:
        """See Objective."""
        quality = result.quality
        if self.is_failure(result) and self.crashed_quality is not None:
            quality = max(quality, self.crashed_quality)
        return min(max(quality, -_LARGEST_QUALITY), _LARGEST_QUALITY)

    def course(self, curve: Curve) -> Curve:
        """See Objective."""
        steps, values = [step for step, _ in curve], [value for _, value in curve]
        return Curve(steps, map(self.shown, itertools.accumulate(values, _TAKES[self.take])))

    def is_failure(self, result: RunResult) -> bool:
        """See Objective; a run that was ended early is one unless its quality is known."""
        if result.status in (RunStatus.TIMEOUT, RunStatus.KILLED):
            return result.quality == self.unknown_quality
        return result.status.has_failed(unsat_is_failure=self.unsat_is_failure)

    def is_censored(self, request: RunRequest, result: RunResult) -> bool:
        """A quality is known or not, never bounded."""
        return False

    def is_estimated(self, result: RunResult) -> bool:
        """See Objective: what was ended as hopeless, and has a quality all the same."""
        return result.status is RunStatus.KILLED and not self.is_failure(result)


@dataclass(frozen=True, slots=True)
class RuntimeObjective:
    """Minimise the runtime; a run that reaches `cutoff_s`, the scenario's, or crashes costs `factor` of it.

    The factor 10 gives PAR10, the penalised average runtime (`intra-obj` MEAN10).
    """

    cutoff_s: float
    factor: int = 10

    @property
    def label(self) -> str:
        """See Objective."""
        return "mean runtime" if self.factor == 1 else f"penalized average runtime (PAR{self.factor})"

    def shown(self, cost: float) -> float:
        """See Objective."""
        return cost

    @property
    def unknown_quality(self) -> float:
        """Qualities mean nothing here."""
        return 0.0

    @property
    def failures_first(self) -> bool:
        """A failure costs the penalty, and no run costs more."""
        return False

    @property
    def penalty(self) -> float:
        """What a run that solved nothing costs."""
        return self.factor * self.cutoff_s

    def settled(self, result: RunResult) -> RunResult:
        """See Objective."""
        return result

    def course(self, curve: Curve) -> Curve:
        """See Objective."""
        return NO_CURVE

    def cost(self, request: RunRequest, result: RunResult) -> float:
        """See Objective."""
        if self.is_failure(result):
            return self.penalty
        if self.is_censored(request, result):
            return request.cutoff_s
        return (
            result.runtime_s if result.status.is_solved and result.runtime_s < self.cutoff_s else self.penalty
        )

    def is_failure(self, result: RunResult) -> bool:
        """See Objective."""
        return result.status is RunStatus.CRASHED

    def is_censored(self, request: RunRequest, result: RunResult) -> bool:
        """See Objective."""
        return result.status in (RunStatus.TIMEOUT, RunStatus.KILLED) and request.cutoff_s < self.cutoff_s

    def is_estimated(self, result: RunResult) -> bool:
        """See Objective."""
        return False


def tuner_time(result: RunResult) -> float:
    """Seconds that the run counts against `cputime-limit` (tuner time)."""
    if result.status.is_solved:
        return max(result.runtime_s, SHORTEST_TUNER_TIME_S)
    return result.runtime_s
