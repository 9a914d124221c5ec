"""What a search may spend, and what it has spent."""

from __future__ import annotations

import os

from bbopt.java_numbers import format_double
from bbopt.runs import Elapsed, RunRequest
from bbopt.scenario import Limits
from bbopt.scenario.patience import Patience
from bbopt.tuning.ledger import Ledger
from bbopt.tuning.tuner_settings import Clocks

__all__ = ["Budget"]


class Budget:
    """Holds the clocks and a ledger against the limits.

    The clocks stand still between two looks, so that all that is said of one moment agrees, and the system is
    not asked at every turn.
    """

    def __init__(self, limits: Limits, ledger: Ledger, clocks: Clocks) -> None:
        self._limits = limits
        self._ledger = ledger
        self._clocks = clocks
        self._earlier = self.elapsed = Elapsed()
        self._improved_at = (0, 0.0)
        self._started_at = clocks.wall()
        self._cpu_at_start = clocks.cpu()

    def resume(self, elapsed: Elapsed) -> None:
        """Go on from what an earlier life has spent."""
        self._earlier = self.elapsed = elapsed

    @property
    def has_patience(self) -> bool:
        """Whether it matters when there was a better incumbent."""
        return self._limits.patience != Patience()

    def improved(self, wallclock_s: float | None = None) -> None:
        """There is a better incumbent, now or so far into the search."""
        at_s = self.elapsed.wallclock_s if wallclock_s is None else wallclock_s
        self._improved_at = (self._ledger.n_executed, at_s)

    def look(self) -> None:
        """See how late it is."""
        self.elapsed = Elapsed(
            self._earlier.wallclock_s + self._clocks.wall() - self._started_at,
            self._earlier.own_cpu_s + self._clocks.cpu() - self._cpu_at_start,
        )

    @property
    def tuner_time_s(self) -> float:
        """What counts against `cputime-limit`."""
        counted = self.elapsed.own_cpu_s if self._limits.count_own_cpu_time else 0.0
        return self._ledger.target_time_s + counted

    @property
    def left_to_runs_s(self) -> float | None:
        """How long runs under way may go on; None where they are waited for."""
        limits = self._limits
        if not (limits.wallclock_ends_runs and limits.has_wallclock_limit):
            return None
        return max(0.0, limits.wallclock_s - self.elapsed.wallclock_s)

    def used_up(self, n_under_way: int) -> str | None:
        """Why no further run may be started beside those under way, in SMAC v2's words where it has them."""
        self.look()
        limits, ledger = self._limits, self._ledger
        if self.elapsed.wallclock_s >= limits.wallclock_s:
            spent = format_double(round(self.elapsed.wallclock_s, 3))
            return f"wall-clock time limit ({spent} s) has been reached."
        if ledger.n_executed + n_under_way >= limits.runcount:
            return f"algorithm run limit ({limits.runcount} runs) has been reached."
        if self.tuner_time_s >= limits.cputime_s:
            return f"total CPU time limit ({format_double(limits.cputime_s)} s) has been reached."
        if limits.delete_file is not None and not os.path.exists(limits.delete_file):
            return f"file being watched {limits.delete_file} was deleted on disk."
        return self._patience_used_up()

    @property
    def is_final(self) -> bool:
        """Whether not even one more run fits: the number is reached, people said stop, or runs are ended."""
        limits = self._limits
        is_deleted = limits.delete_file is not None and not os.path.exists(limits.delete_file)
        return is_deleted or self._ledger.n_executed >= limits.runcount or self.left_to_runs_s == 0.0

    def _patience_used_up(self) -> str | None:
        patience, (n_runs, at_s) = self._limits.patience, self._improved_at
        if patience.runs is not None and self._ledger.n_executed - n_runs >= patience.runs:
            return f"no improvement in {patience.runs} runs (stop-after-no-improvement)."
        if patience.seconds is not None and self.elapsed.wallclock_s - at_s >= patience.seconds:
            return f"no improvement in {patience.seconds:g} s (stop-after-no-improvement)."
        return None

    def refusal_of(self, request: RunRequest) -> str | None:
        """Why this run is not to be made: it would begin an iteration too many."""
        limit = self._limits.iterations
        if self._ledger.iterations.number_for(request) < limit:
            return None
        return f"model building / iteration limit ({limit}) has been reached."
