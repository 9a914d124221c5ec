"""CONSTANT: every run has the same result."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bbopt.executors.evaluators.statuses import status_of
from bbopt.runs import RunRequest, RunResult

__all__ = ["ConstantEvaluator"]


@dataclass(frozen=True, slots=True)
class ConstantEvaluator:
    """Answers every run alike; `status_word` is one that SMAC v2 knows.

    ValueError for a runtime or run length that no run can have.
    """

    status_word: str = "SAT"
    runtime_s: float = 1.0
    runlength: float = 0.0
    quality: float = 0.0
    additional: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.runtime_s) and self.runtime_s >= 0):
            raise ValueError(f"the runtime must be at least 0, got {self.runtime_s:g}")
        if self.runlength < 0 and self.runlength != -1:
            raise ValueError(f"the run length must be -1 or at least 0, got {self.runlength:g}")

    @property
    def description(self) -> str:
        """What it answers, in a few words for the user."""
        return f"always {self.status_word}, runtime {self.runtime_s:g} s, quality {self.quality:g}"

    def evaluate(self, request: RunRequest) -> RunResult:
        """See Evaluator."""
        del request
        status, reason = status_of(self.status_word)
        return RunResult(status, self.runtime_s, self.runlength, self.quality, self.additional, reason=reason)
