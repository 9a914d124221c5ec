"""Finding and killing the processes of a run by the tag in their environment.

This is the second line of defence, for the processes of a supervisor that was itself killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from bbopt.target.supervisor.supervision import RECORD_TAG

__all__ = ["TAG", "end_leftovers", "kill_tagged", "tagged_processes"]

TAG = "AEATK_EXECUTION_UUID"
"""The environment variable that marks all processes of a run, as for SMAC2."""

_BOUND_S = 5.0
_PAUSE_S = 0.005


def tagged_processes(uuid: str, tag: str = TAG) -> list[int]:
    """The processes that were started with the tag of run `uuid`, and those in their sessions."""
    entry = b"\0%s=%s\0" % (tag.encode(), os.fsencode(uuid))
    tagged = [pid for pid in _all_pids() if entry in b"\0" + _environment(pid)]
    sessions = {_session(pid) for pid in tagged} - {None, _session(os.getpid())}
    return [pid for pid in _all_pids() if pid in tagged or _session(pid) in sessions] if tagged else []


def kill_tagged(uuid: str, tag: str = TAG) -> int:
    """Send SIGKILL to all processes of run `uuid` until none is left; returns how many withstood."""
    deadline_s = time.monotonic() + _BOUND_S
    while (pids := tagged_processes(uuid, tag)) and time.monotonic() < deadline_s:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)
    return len(pids)


def end_leftovers(record: str) -> int:
    """Kill all processes of the runs of a search; how many there were."""
    pids = tagged_processes(record, RECORD_TAG)
    if pids:
        kill_tagged(record, RECORD_TAG)
    return len(pids)


def _all_pids() -> list[int]:
    try:
        if os.readlink("/proc/self") != str(os.getpid()):
            return []  # the numbers of a container's outside
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except FileNotFoundError:
        return []  # a system without /proc


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""  # ended, or another user's


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None
