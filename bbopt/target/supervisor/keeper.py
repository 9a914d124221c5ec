"""Keepers: small processes that do nothing but wait, for the case that somebody is killed with SIGKILL.

The keeper of a supervisor is its parent, and a subreaper like it.  When the supervisor is killed, all that it
has started becomes the keeper's, daemons included, and is killed.  When the keeper is killed, the supervisor
ends its run.  Either is enough when the optimizer is killed, too.  A parent-death signal for the target would
end its first process only, and needs a fork, which takes five times as long as `posix_spawn`.

`pkill -9 -f bbopt` hits whoever has that in its command line, and `kill -9 -- -GROUP` a whole group: so a
keeper goes by another name, and its supervisor has a session of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import time
from pathlib import Path
from typing import NoReturn

from bbopt.target.supervisor.control_group import end_abandoned_groups
from bbopt.target.supervisor.process_tree import (
    adopt_orphans,
    continue_at_parents_death,
    kill_descendants,
    stat_fields,
)

__all__ = ["GIVE_UP", "LEAVE_NOTHING", "become_keeper_of_fork", "keep_command"]

GIVE_UP = signal.SIGRTMAX
"""Has a keeper kill its supervisor, which is asked by its socket as long as it listens."""

LEAVE_NOTHING = signal.SIGRTMAX - 1
"""Has the keeper of a command end all that this one leaves behind; looked at then, not waited for."""

_HEARD = {signal.SIGCHLD, signal.SIGCONT, GIVE_UP}
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_BOUND_S = 2.0
_PAUSE_S = 0.005
_NAME = b"run-keeper"
_ARG_START, _ARG_END = 45, 46  # of /proc/PID/stat, counted from the state (proc(5))


def become_keeper_of_fork(control_fd: int) -> None:
    """Fork, and return in the child only; this process stays behind as its keeper.

    The child is in a session of its own.  `control_fd` is closed here, so that its end is the child's.
    Where the system lets nobody fork, this process goes on without a keeper.
    """
    _prepare()
    try:
        pid = os.fork()
    except OSError:
        pid = 0
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        with contextlib.suppress(PermissionError):  # it leads one already
            os.setsid()
        return
    os.close(control_fd)
    _go_by_another_name()
    status = _await_end(pid)
    if status != 0:
        _kill_orphans()
        end_abandoned_groups()
    _end_like(status or 0)


def keep_command(command: str, optimizer_pid: int) -> None:
    """Run a shell command in this process's group, and end as it does; does not return.

    What the command leaves behind is left alone.  When the optimizer dies before its end, or has sent
    LEAVE_NOTHING, everything goes: it is this process that orphans come to, so that none can be missed.
    """
    for signum in _IGNORED:  # they are for the command, which is in the same group
        signal.signal(signum, signal.SIG_IGN)
    _prepare()
    words = ["/bin/sh", "-c", command]
    pid = os.posix_spawn(words[0], words, os.environ, setsigmask=(), setsigdef=(*_IGNORED, signal.SIGPIPE))
    _go_by_another_name()
    status = _await_end(pid, optimizer_pid)
    if status is None or LEAVE_NOTHING in signal.sigpending():
        _kill_orphans()
    _end_like(status or 0)


def _prepare() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, {*_HEARD, LEAVE_NOTHING})
    adopt_orphans()
    continue_at_parents_death()


def _await_end(pid: int, parent_pid: int | None = None) -> int | None:
    """The exit code of the child, as from `subprocess`; None when the parent is found to be gone before."""
    while parent_pid in {None, os.getppid()}:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        # Not handlers: one that is called for just before a system call would wait for the call's end.
        signum = signal.sigwait(_HEARD)
        if signum == signal.SIGCONT:
            os.kill(pid, signal.SIGCONT)
        elif signum == GIVE_UP:
            os.kill(pid, signal.SIGKILL)
    return None


def _kill_orphans() -> None:
    """Kill all that is below this process, and what it starts meanwhile."""
    deadline_s = time.monotonic() + _BOUND_S
    with contextlib.suppress(ChildProcessError):  # none is left
        while time.monotonic() < deadline_s:
            kill_descendants()
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(_PAUSE_S)


def _end_like(status: int) -> NoReturn:
    """End as the child did, whose end the optimizer wants to hear of."""
    if status < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one is enough
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.kill(os.getpid(), -status)
    os._exit(status if status >= 0 else 1)


def _go_by_another_name() -> None:
    """Write over the words that this process was started with, which is where `ps` and `pkill` look."""
    with contextlib.suppress(OSError, IndexError):
        fields = stat_fields(os.getpid())
        start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, _NAME, min(len(_NAME), end - start - 1))
        Path("/proc/self/comm").write_bytes(_NAME)
