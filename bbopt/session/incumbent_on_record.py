"""The incumbent, told to the store: who looks there from another machine has no trajectory to read."""

from __future__ import annotations

from bbopt.stores import Recorder
from bbopt.tuning import Observer, Outcome, Progress

__all__ = ["IncumbentOnRecord"]


class IncumbentOnRecord(Observer):
    """Tells what stands in the trajectory's last row; an Observer."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def take_over(self, progress: Progress) -> None:
        """Start from the runs of an earlier life."""
        if (incumbent := progress.incumbent) is not None:
            self._recorder.stand_by(incumbent.configuration, incumbent.cost)

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        self.take_over(progress)

    def finished(self, outcome: Outcome) -> None:
        """See Observer."""
        self.take_over(outcome.progress)
