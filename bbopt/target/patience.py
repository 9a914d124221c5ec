"""How long one waits for a supervisor that was asked to end its run, or itself, before one gives it up."""

from __future__ import annotations

__all__ = ["DEATH_S", "IDLE_END_S", "ORPHANS_S", "end_of_run_s", "longest_end_s"]

IDLE_END_S = 3.0
"""For a supervisor without a run to end."""

DEATH_S = 1.0
"""For a process to be gone after SIGKILL, or after its last word."""

ORPHANS_S = 3.0
"""For a keeper to have killed its supervisor, and what that has left behind."""

_END_S = 15.0  # beside the time of grace; more than a supervisor takes to give up on a process
_HURRIED_END_S = 3.0
_CLEAN_UP_S = 10.0  # more than it takes to notice that one is late, to kill it and what it has left behind


def end_of_run_s(grace_s: float, *, at_once: bool = False) -> float:
    """For the end of a run with this time of grace, which is not waited for `at_once`."""
    return _HURRIED_END_S if at_once else grace_s + _END_S


def longest_end_s(grace_s: float, *, at_once: bool = False) -> float:
    """After so long a cancelled run is over, whatever state its supervisor is in."""
    return end_of_run_s(grace_s, at_once=at_once) + _CLEAN_UP_S
