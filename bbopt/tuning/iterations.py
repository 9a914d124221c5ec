"""Iterations, as SMAC v2 counts them: a fit of its model, and the challengers that it races then."""

from __future__ import annotations

from bbopt.engines.proposers.initial_design import GIVEN_KINDS
from bbopt.runs import RunRequest, RunResult, tuner_time
from bbopt.space import Configuration

__all__ = ["Iterations"]

_FEWEST_CHALLENGERS = 2
_LEAST_S = 1.0
"""SMAC v2 gives runs as long as its model took, in whole seconds: one where it is as fast as here."""


class Iterations:
    """Numbers runs, in the order of a record.

    Iteration 0 has the first configuration, and the initial challengers.  Each further one has at least two
    challengers, and as many more as begin before its runs have taken over a second.
    """

    def __init__(self) -> None:
        self.number = 0
        self._seen: set[Configuration] = set()
        self._challengers: set[Configuration] = set()
        self._total_s = self._begun_at_s = 0.0

    def add(self, request: RunRequest, result: RunResult) -> int:
        """Count a run; the iteration that it belongs to."""
        if self._begins_another(request):
            self.number += 1
            self._challengers.clear()
            self._begun_at_s = self._total_s
        if request.configuration not in self._seen:
            self._seen.add(request.configuration)
            self._challengers.add(request.configuration)
        self._total_s += tuner_time(result)
        return self.number

    def number_for(self, request: RunRequest) -> int:
        """The iteration that the run would belong to if it came next."""
        return self.number + self._begins_another(request)

    def _begins_another(self, request: RunRequest) -> bool:
        """A new challenger may, and a run of the incumbent, which gets one before a challenger does."""
        if self.number == 0:
            is_new = bool(self._seen) and request.configuration not in self._seen
            return is_new and request.origin.kind not in GIVEN_KINDS
        is_over = self._total_s - self._begun_at_s > _LEAST_S
        is_over = is_over and len(self._challengers) >= _FEWEST_CHALLENGERS
        return is_over and request.configuration not in self._challengers
