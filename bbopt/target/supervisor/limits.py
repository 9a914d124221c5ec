"""The limits of a run on CPU time, memory and output, and when to look at them."""

from __future__ import annotations

import os
import time

from bbopt.target.supervisor.control_group import ControlGroup
from bbopt.target.supervisor.usage import Meter
from bbopt.target.supervisor.wire import EndedBy, RunOrder

__all__ = ["N_PROCESSORS", "LimitWatch"]

N_PROCESSORS = os.cpu_count() or 1
"""Of this machine: a run may leave the processors that it was started on."""

_SHORTEST_PAUSE_S = 0.02  # two ticks of the kernel's clock
_FIRST_MEMORY_LOOK_S = 0.1
_LONGEST_MEMORY_PAUSE_S = 1.0
_PAUSE_GROWTH = 1.5
_PAUSES_PER_COST = 50.0  # looking takes at most 2 % of a processor
_MOST_EXCESS = 1.5


class LimitWatch:
    """Measures a run again when it could have reached a limit.

    CPU time can't be used faster than all processors give it, so the next look is when they could have
    used up what is left.  Memory is looked at after 0.1 s and then every 0.1 s where it is limited, else
    more and more rarely.
    """

    def __init__(self, order: RunOrder, meter: Meter, group: ControlGroup | None, start_s: float) -> None:
        self._order = order
        self._meter = meter
        self._group = group
        self._cpu_counts_from_s = start_s + order.cpu_free_s
        self._memory_pause_s = _FIRST_MEMORY_LOOK_S
        self.next_look_s = start_s
        """When to look again, on the monotonic clock."""
        self._plan(start_s)

    def violation(self, n_output_bytes: int) -> EndedBy | None:
        """The limit that is passed, if one is; looks if it is time to."""
        limit_bytes = self._order.output_limit_bytes
        if limit_bytes is not None and n_output_bytes > limit_bytes:
            return EndedBy.OUTPUT
        if not self._look_if_due():
            return None
        if self._exceeds_cpu():
            return EndedBy.CPU
        return EndedBy.MEMORY if self._exceeds_memory(1.0) or self.was_out_of_memory() else None

    def is_memory_running_away(self) -> bool:
        """Whether a run that was told to end takes so much more memory that it must not have its grace."""
        return self._look_if_due() and self._exceeds_memory(_MOST_EXCESS)

    def was_out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of the run for its memory limit."""
        return self._group is not None and self._group.has_killed()

    def _look_if_due(self) -> bool:
        now_s = time.monotonic()
        if now_s < self.next_look_s:
            return False
        self._meter.look()
        self._plan(now_s)
        return True

    def _exceeds_cpu(self) -> bool:
        limit_s = self._order.cpu_limit_s
        is_within = limit_s is None or self._meter.cpu_s <= limit_s
        return not is_within and time.monotonic() >= self._cpu_counts_from_s

    def _exceeds_memory(self, factor: float) -> bool:
        limit_bytes = self._order.memory_limit_bytes
        return limit_bytes is not None and self._meter.resident_bytes > factor * limit_bytes

    def _plan(self, now_s: float) -> None:
        longest_s = _LONGEST_MEMORY_PAUSE_S
        shortest_s = max(_SHORTEST_PAUSE_S, min(longest_s, _PAUSES_PER_COST * self._meter.look_cost_s))
        pause_s = max(self._memory_pause_s, shortest_s)
        if self._order.memory_limit_bytes is None:
            self._memory_pause_s = min(_PAUSE_GROWTH * self._memory_pause_s, longest_s)
        if self._order.cpu_limit_s is not None:
            left_s = (self._order.cpu_limit_s - self._meter.cpu_s) / N_PROCESSORS
            left_s = max(left_s, self._cpu_counts_from_s - now_s, shortest_s)
            pause_s = min(pause_s, left_s)
        self.next_look_s = now_s + pause_s
