"""The descendants of this process: who they are, and signals to all of them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = [
    "adopt_orphans",
    "continue_at_parents_death",
    "descendants",
    "kill_descendants",
    "stat_fields",
    "terminate_descendants",
    "walk",
]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36  # since Linux 3.4


def adopt_orphans() -> bool:
    """Make this process the parent of every orphan among its descendants; whether the system can do that."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def continue_at_parents_death() -> bool:
    """Have the kernel continue this process, should it be stopped, when its parent dies.

    That is when the thread ends which has started it: too early for another signal, but not for this one.
    """
    return _prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)


def _prctl(option: int, value: int) -> bool:
    try:
        prctl: Callable[..., int] = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return False
    return prctl(option, value, 0, 0, 0) == 0


def stat_fields(pid: int, proc: str = "/proc") -> list[bytes]:
    """What stands in a process's `stat` behind its name, which may hold anything: state, parent, ...

    OSError when it is gone.
    """
    with open(f"{proc}/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def descendants() -> list[int]:
    """The ids of all processes below this one, parents before their children; zombies included."""
    return list(walk())


def walk() -> Iterator[int]:
    """The same one by one: the children of a process are looked for after it was handed out."""
    found = _children(os.getpid())
    for pid in found:  # grows while it is walked through
        yield pid
        found.extend(_children(pid))


def terminate_descendants() -> list[int]:
    """Ask every descendant to end; returns their ids.

    The tree is read completely before the first signal, because a parent's death moves its children.
    SIGCONT follows, since a stopped process would not see SIGTERM.
    """
    pids = descendants()
    for signum in (signal.SIGTERM, signal.SIGCONT):
        for pid in pids:
            _send(os.kill, pid, signum)
    return pids


def kill_descendants() -> list[int]:
    """Send SIGKILL to every descendant as soon as it is found, and to its process group; returns their ids.

    A process group dies at once, forks under way included; single processes may leave a child that was
    born meanwhile, so callers repeat this until nothing is left.  A group of a descendant holds only
    descendants: each run starts as leader of its own session, and nobody can join a foreign session.
    """
    groups: set[int] = {0, 1, os.getpgrp()}
    found = _children(os.getpid())
    for pid in found:
        group = _group(pid)
        if group not in groups:
            groups.add(group)
            _send(os.killpg, group, signal.SIGKILL)
        found.extend(_children(pid))
        _send(os.kill, pid, signal.SIGKILL)
    return found


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _send(send: Callable[[int, int], None], target: int, signum: int) -> None:
    # Gone already, or running as another user: whoever is left at the end is reported.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        send(target, signum)


def _children(pid: int) -> list[int]:
    """The children of a process, over all its threads."""
    children: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                children.extend(map(int, file.read().split()))
    except ProcessLookupError:
        pass  # ended while it was read
    except FileNotFoundError:
        if Path(f"/proc/{pid}/task/{pid}").exists():  # a kernel without CONFIG_PROC_CHILDREN
            return _children_by_parent(pid)
    return children


def _children_by_parent(parent: int) -> list[int]:
    """The children of a process, found by asking all processes for their parent."""
    children = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if int(stat_fields(int(name))[1]) == parent:
                    children.append(int(name))
    return children
