"""BLACKHOLE: runs that never end."""

from __future__ import annotations

from bbopt.runs import RunRequest

__all__ = ["BlackHole"]


class BlackHole:
    """Takes runs and never answers: they end, KILLED, only when they are cancelled."""

    @property
    def description(self) -> str:
        """What it answers, in a few words for the user."""
        return "nothing: its runs never end"

    def evaluate(self, request: RunRequest) -> None:
        """See Evaluator."""
        del request
