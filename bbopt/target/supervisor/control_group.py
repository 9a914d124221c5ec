"""A control group (cgroups v2) for the runs of one supervisor, where the user may make one.

It adds what looking at processes can't do: the kernel counts the CPU time of every process, also of those
that nobody waited for; it enforces the memory limit at once; and it kills all processes in one step, forks
under way included.  Which of these a group can do depends on the system: time (Linux 4.5) and killing (5.14)
work in every group, memory only where its parent hands that controller on.

The supervisor stays outside.  It enters the group for the moment in which it starts a run, because a child
is born where its parent is; that costs less than 0.1 ms.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from bbopt.target.supervisor.process_tree import stat_fields

__all__ = ["ControlGroup", "end_abandoned_groups"]

_OWN_LEAF = "bbopt-main"
"""Where the optimizer and its supervisors go when they have to leave a group that shall hand memory on."""

_RUNS = "bbopt-runs-"
_NO_LIMIT = "max"


class ControlGroup:
    """The group `folder`, for one run after the other; `home` is where this process lives."""

    def __init__(self, folder: Path, home: Path) -> None:
        """Open what each run needs; without it, the group can't be entered."""
        self._folder = folder
        files = {"cpu": "cpu.stat", "memory": "memory.max", "kill": "cgroup.kill"}
        self.abilities = tuple(name for name, file in files.items() if (folder / file).exists())
        """What it does better than looking at processes can: of "cpu", "memory", "kill"."""
        self._fds: list[int] = []
        self._entrance_fd = self._open(folder / "cgroup.procs", os.O_WRONLY)
        self._home_fd = self._open(home / "cgroup.procs", os.O_WRONLY)
        self._cpu_fd = self._open(folder / "cpu.stat", os.O_RDONLY) if "cpu" in self.abilities else -1
        self._entered_at_cpu_s = 0.0
        self._own_cpu_s = 0.0
        self._cpu_before_s = 0.0
        self._kills_before = 0
        self._is_limited = False

    @classmethod
    def open(cls, optimizer_pid: int, proc: Path = Path("/proc")) -> ControlGroup | None:
        """Make a group for this process's runs; None where that is not possible."""
        home = _own_group(proc)
        if home is None:
            return None
        try:
            home = _hand_memory_on(home, optimizer_pid, proc)
            end_abandoned_groups(proc)
            folder = _base(home) / f"{_RUNS}{_pid_namespace(proc)}-{os.getpid()}"
            folder.mkdir(exist_ok=True)
        except OSError:
            return None
        group = cls(folder, home)
        if not group.enter():
            group.close()
            return None
        try:
            group.leave()
        except OSError:
            return None  # to live in there does no harm
        return group

    def enter(self) -> bool:
        """Have what this process starts from now on born into the group; whether that is possible."""
        self._own_cpu_s, self._cpu_before_s = 0.0, self._usage_s() or 0.0
        self._kills_before = self._n_kills()
        self._entered_at_cpu_s = time.process_time()
        if self._home_fd < 0:
            return False
        try:
            os.write(self._entrance_fd, b"0")
        except OSError:
            return False
        return True

    def leave(self) -> None:
        """Go back to where this process lives.  OSError when that is not possible."""
        try:
            os.write(self._home_fd, b"0")
        except OSError:  # another supervisor has moved all of us, see `_hand_memory_on`
            self._home_fd = self._open(self._folder.parent / _OWN_LEAF / "cgroup.procs", os.O_WRONLY)
            os.write(self._home_fd, b"0")
        self._own_cpu_s = time.process_time() - self._entered_at_cpu_s

    def limit_memory(self, limit_bytes: int | None) -> None:
        """Let the kernel hold all processes of the group below the limit, swap included, or else kill one.

        Not before this process has left: a low limit would hit it too.
        """
        if "memory" not in self.abilities or (limit_bytes is None and not self._is_limited):
            return
        self._is_limited = limit_bytes is not None
        with contextlib.suppress(OSError):  # the processes are looked at, too
            _write(self._folder / "memory.max", str(limit_bytes or _NO_LIMIT))
            _write(self._folder / "memory.swap.max", "0" if self._is_limited else _NO_LIMIT)

    def cpu_s(self) -> float | None:
        """CPU time of the current run's processes, whoever waited for them; None where nobody counts."""
        usage_s = self._usage_s()
        return None if usage_s is None else max(0.0, usage_s - self._cpu_before_s - self._own_cpu_s)

    def has_killed(self) -> bool:
        """Whether the kernel has killed a process of the current run for the memory limit."""
        return self._is_limited and self._n_kills() > self._kills_before

    def kill(self) -> None:
        """Send SIGKILL to all processes of the group."""
        with contextlib.suppress(OSError):
            _write(self._folder / "cgroup.kill", "1")

    def close(self) -> None:
        """Remove the group, if it is empty."""
        for fd in self._fds:
            os.close(fd)
        self._fds.clear()
        with contextlib.suppress(OSError):
            self._folder.rmdir()

    def _open(self, file: Path, mode: int) -> int:
        """A file descriptor for as long as the group is used; -1 if there can be none."""
        with contextlib.suppress(OSError):
            self._fds.append(os.open(file, mode | os.O_CLOEXEC))
            return self._fds[-1]
        return -1

    def _usage_s(self) -> float | None:
        if self._cpu_fd < 0:
            return None
        return (_number(os.pread(self._cpu_fd, 4096, 0).decode(), "usage_usec") or 0) / 1e6

    def _n_kills(self) -> int:
        if "memory" not in self.abilities:
            return 0
        return _number((self._folder / "memory.events").read_text(), "oom_kill") or 0


def end_abandoned_groups(proc: Path = Path("/proc")) -> None:
    """Kill and remove the groups of supervisors that are gone; what dies slowly keeps its group for now."""
    home = _own_group(proc)
    if home is None:
        return
    prefix = f"{_RUNS}{_pid_namespace(proc)}-"
    for folder in _base(home).glob(f"{prefix}*"):
        if not (proc / folder.name.removeprefix(prefix)).exists():
            with contextlib.suppress(OSError):
                _write(folder / "cgroup.kill", "1")
            with contextlib.suppress(OSError):
                folder.rmdir()


def _base(home: Path) -> Path:
    """The group that the groups of runs are made in."""
    return home.parent if home.name == _OWN_LEAF else home


def _pid_namespace(proc: Path) -> int:
    """Which process numbers are meant, where containers share a group."""
    with contextlib.suppress(OSError):
        return os.stat(proc / "self" / "ns" / "pid").st_ino
    return 0


def _own_group(proc: Path) -> Path | None:
    """The folder of the group that this process is in, as `/proc` tells; None without cgroups v2."""
    try:
        groups = (proc / "self" / "cgroup").read_text().splitlines()
        mounts = (proc / "self" / "mountinfo").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    path = next((line[3:] for line in groups if line.startswith("0::")), None)
    if path is None:
        return None
    for line in mounts:
        place, _, kind = line.partition(" - ")
        root, mount_point = place.split()[3:5]
        if kind.split()[0] == "cgroup2" and (path + "/").startswith(root.rstrip("/") + "/"):
            folder = Path(_unescaped(mount_point)) / path[len(root.rstrip("/")) :].lstrip("/")
            return folder if folder.is_dir() else None
    return None


def _unescaped(mount_point: str) -> str:
    return mount_point.replace("\\040", " ").replace("\\134", "\\")


def _hand_memory_on(home: Path, optimizer_pid: int, proc: Path) -> Path:
    """Have the memory controller in the groups below `home`, if that is ours alone; where this process is.

    A group with processes in it can't hand a controller on, so all of them move into one below it: only if
    they are the optimizer and what it has started, for the groups of others are not ours to change.
    """
    if home.name == _OWN_LEAF or "memory" in _words(home / "cgroup.subtree_control"):
        return home
    pids = {int(word) for word in _words(home / "cgroup.procs")}
    is_ours = "memory" in _words(home / "cgroup.controllers") and all(
        pid == os.getpid() or _is_below(pid, optimizer_pid, proc) for pid in pids
    )
    if not is_ours:
        return home
    leaf = home / _OWN_LEAF
    try:
        leaf.mkdir(exist_ok=True)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                _write(leaf / "cgroup.procs", str(pid))
        _write(home / "cgroup.subtree_control", "+memory")
    except OSError:
        pass
    return _own_group(proc) or home


def _is_below(pid: int, ancestor: int, proc: Path) -> bool:
    with contextlib.suppress(OSError, IndexError):
        while pid not in {0, ancestor}:
            pid = int(stat_fields(pid, str(proc))[1])
    return pid == ancestor


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []


def _number(text: str, name: str) -> int | None:
    """The number behind `name` in lines of the form `name number`."""
    words = text.split()
    return int(words[words.index(name) + 1]) if name in words else None


def _write(file: Path, text: str) -> None:
    fd = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
