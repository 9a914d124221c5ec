"""Instances that nobody has solved, and how often that was tried."""

from __future__ import annotations

from collections import Counter

from bbopt.runs import Run

__all__ = ["Attempts"]


class Attempts:
    """Counts runs with the whole cutoff by instance, `cutoff_s`; costs are runtimes and penalties."""

    def __init__(self, cutoff_s: float) -> None:
        self._cutoff_s = cutoff_s
        self._in_vain: Counter[str] = Counter()
        self._solved: set[str] = set()

    def add(self, run: Run) -> None:
        """Count a finished run; one that was capped says nothing."""
        name = run.pair.instance
        if name in self._solved or not run.is_complete:
            return
        if run.cost < self._cutoff_s:
            self._solved.add(name)
            del self._in_vain[name]
        else:
            self._in_vain[name] += 1

    @property
    def in_vain(self) -> Counter[str]:
        """How often each instance was run that no run has solved; must not be changed."""
        return self._in_vain
