"""RANDOM: results drawn from a uniform distribution."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bbopt.executors.evaluators.evaluator import UNKNOWN_RUNLENGTH
from bbopt.runs import RunRequest, RunResult, RunStatus
from bbopt.seeding import stream

__all__ = ["RandomEvaluator"]

_SMALLEST = 0.01  # SMAC v2 rounds smaller responses up to this


@dataclass(frozen=True, slots=True)
class RandomEvaluator:
    """Answers with a number between `low` and `high`, which is the runtime and the quality of the run.

    The number hangs on `seed` and the run's configuration, instance and seed, and on nothing else (SMAC v2
    draws from its seed and the run's alone, so that all configurations of a deterministic target are
    equal).  Configuration number N, as the engine proposed them, gets N times `trend` on top.  ValueError
    when `high` is below `low`.
    """

    low: float = 0.0
    high: float = 10.0
    trend: float = 0.0
    seed: int = 0
    additional: str = ""

    def __post_init__(self) -> None:
        if self.high < self.low:
            raise ValueError(f"the largest response {self.high:g} is below the smallest, {self.low:g}")

    @property
    def description(self) -> str:
        """What it answers, in a few words for the user."""
        trend = f", {self.trend:+g} with each configuration" if self.trend else ""
        return f"random numbers from {self.low:g} to {self.high:g}{trend}"

    def evaluate(self, request: RunRequest) -> RunResult:
        """See Evaluator."""
        share = stream(self.seed % 2**64, "random evaluator", _fingerprint(request)).random()
        drawn = self.low + (self.high - self.low) * share + self.trend * request.origin.proposal
        value = max(_SMALLEST, drawn)
        return RunResult(RunStatus.SAT, value, UNKNOWN_RUNLENGTH, value, self.additional)


def _fingerprint(request: RunRequest) -> int:
    """A number for the run's configuration, instance and seed."""
    parts = (request.configuration.call_text(), request.instance.name, str(request.seed))
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big")
