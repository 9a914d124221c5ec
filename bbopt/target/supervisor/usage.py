"""What the processes of a run use: CPU time and memory, as the operating system tells.

CPU time stands in three places, and in only one of them at a time: with a living process (or one that has
ended and was not waited for), with the parent that has waited for it (`cutime`, which in turn goes to the
parent's parent), or, when that parent is the supervisor, in what `wait4` said.  A parent is read before its
children.  So a process that is waited for in between is missed in that reading, and never counted twice; as
the sum can't shrink, the largest sum so far stands.  What the kernel forgets is the time of children of a
process that ignores SIGCHLD; only a control group has that too.

Memory is the sum of resident memory with shared pages counted once (PSS), so that a fork of a large process
costs nothing.  To ask for that is expensive, so it is done only when the plain sum (RSS, never less) would
be a new maximum.
"""

from __future__ import annotations

import contextlib
import os
import resource
import time
from dataclasses import dataclass

from bbopt.target.supervisor.control_group import ControlGroup
from bbopt.target.supervisor.process_tree import stat_fields, walk

__all__ = ["Meter", "TreeUse", "proportional_bytes", "tree_use"]

_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

# Of /proc/PID/stat, counted from the state, the first field behind the name in parentheses (proc(5)).
_UTIME, _CSTIME, _RSS = 11, 14, 21


@dataclass(frozen=True, slots=True)
class TreeUse:
    """What the living descendants use: CPU time with that of the children they waited for, and memory."""

    cpu_s: float
    resident_bytes: int
    pids: tuple[int, ...]


def tree_use() -> TreeUse:
    """What the descendants of this process use now."""
    ticks, pages, pids = 0, 0, []
    for pid in walk():
        try:
            fields = stat_fields(pid)
        except OSError:
            continue  # it was waited for meanwhile
        ticks += sum(map(int, fields[_UTIME : _CSTIME + 1]))
        pages += int(fields[_RSS])
        pids.append(pid)
    return TreeUse(ticks * _TICK_S, pages * _PAGE_BYTES, tuple(pids))


def proportional_bytes(pids: tuple[int, ...]) -> int:
    """The resident memory of processes, a page that n processes share counted as one nth for each."""
    return sum(map(_proportional_bytes, pids))


def _proportional_bytes(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        return 1024 * int(file.read().partition(b"\nPss:")[2].split(None, 1)[0])
    # An old kernel, another user's process, or one that has just ended: shared pages count in full.
    with contextlib.suppress(OSError), open(f"/proc/{pid}/statm", "rb") as file:
        return _PAGE_BYTES * int(file.read().split()[1])
    return 0


class Meter:
    """The use of resources by one run so far.

    `cpu_s` never shrinks; `resident_bytes` is what the last look has seen, or a bound on it where that is no
    new maximum.  `look_cost_s` is what the last look has cost this process.
    """

    def __init__(self, group: ControlGroup | None = None) -> None:
        self.resident_bytes = 0
        self.look_cost_s = 0.0
        self._group = group
        self._reaped_cpu_s = 0.0
        self._seen_cpu_s = 0.0
        self._peak_bytes = 0
        self._largest_process_bytes = 0
        self._inherited_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    @property
    def cpu_s(self) -> float:
        """CPU time of all processes as far as it is known."""
        return max(self._seen_cpu_s, self._reaped_cpu_s)

    @property
    def memory_bytes(self) -> int | None:
        """The most memory that was in use at a time, as far as it is known."""
        if self._peak_bytes and self._largest_process_bytes <= self._inherited_bytes:
            return self._peak_bytes  # a small process looks as large as its parent was at the fork
        return max(self._peak_bytes, self._largest_process_bytes) or None

    def account(self, usage: resource.struct_rusage) -> None:
        """Add what a process that was waited for, and the children that it waited for, have used."""
        self._reaped_cpu_s += usage.ru_utime + usage.ru_stime
        self._largest_process_bytes = max(self._largest_process_bytes, usage.ru_maxrss * 1024)

    def look(self) -> None:
        """Measure what lives now."""
        start_s = time.thread_time()
        use = tree_use()
        self._see_cpu(self._reaped_cpu_s + use.cpu_s)
        self.resident_bytes = use.resident_bytes
        if use.resident_bytes > self._peak_bytes:
            if len(use.pids) > 1:
                self.resident_bytes = min(use.resident_bytes, proportional_bytes(use.pids))
            self._peak_bytes = max(self._peak_bytes, self.resident_bytes)
        self.look_cost_s = time.thread_time() - start_s

    def finish(self) -> None:
        """Everything was waited for: see what only the control group knows."""
        self._see_cpu(self._reaped_cpu_s)

    def _see_cpu(self, cpu_s: float) -> None:
        group_cpu_s = self._group.cpu_s() if self._group else None
        self._seen_cpu_s = max(self._seen_cpu_s, cpu_s, group_cpu_s or 0.0)
