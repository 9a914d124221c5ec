"""What a built-in evaluator is."""

from __future__ import annotations

from typing import Protocol

from bbopt.runs import RunRequest, RunResult

__all__ = ["UNKNOWN_RUNLENGTH", "Evaluator"]

UNKNOWN_RUNLENGTH = -1.0
"""What SMAC v2's evaluators report where there is no run length."""


class Evaluator(Protocol):
    """Answers runs at once, without starting anything."""

    @property
    def description(self) -> str:
        """What it answers, in a few words for the user."""

    def evaluate(self, request: RunRequest) -> RunResult | None:
        """The result of a run as if it had no cutoff; None for a run that never ends.

        Called once for each run, in the order of their start.
        """
