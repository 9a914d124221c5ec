"""Which process somebody is, among all hosts and times, and whether it lives; for files and tables."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ProcessIdentity"]

_LOW_BITS = (1 << 64) - 1
_FIRST_PID_NAMESPACE = 0xEFFFFFFC  # fixed by the kernel (PROC_PID_INIT_INO)


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process among all hosts and times.

    `host` names the process number space too where that is not the host's own, as in a container; `start`
    tells a process from a later one with the same number (boot and clock tick), None where unknown.
    """

    host: str
    pid: int
    start: int | None = None

    @classmethod
    def current(cls) -> ProcessIdentity:
        """The calling process."""
        return cls(_own_host(), os.getpid(), _read_start(os.getpid()))

    def is_alive(self) -> bool | None:
        """Whether it runs; None when it belongs to another host."""
        if self.host != _own_host():
            return None
        if not self.has_number:
            return False
        state = _process_state(self.pid)
        if state is None:  # no /proc: the number is all there is to go by
            return True
        return state not in {"Z", "X"} and _may_be_the_same(self.start, _read_start(self.pid))

    @property
    def is_stopped(self) -> bool:
        """Whether it is a process of this host that somebody has stopped (SIGSTOP, Ctrl-Z)."""
        return _process_state(self.pid) in {"T", "t"}

    @property
    def has_number(self) -> bool:
        """Whether a process of this host has the number still, if only as a zombie."""
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            pass
        return True

    @property
    def host_name(self) -> str:
        """The host without its process number space."""
        return self.host.partition("?pidns-")[0]

    def __str__(self) -> str:
        return f"process {self.pid} on host {self.host_name}"


def _own_host() -> str:
    """The host as filelock records it."""
    try:
        namespace = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        namespace = _FIRST_PID_NAMESPACE
    host = socket.gethostname()
    return host if namespace == _FIRST_PID_NAMESPACE else f"{host}?pidns-{namespace:x}"


def _stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the third on; the second may itself hold blanks and brackets."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    return text[text.rfind(")") + 1 :].split()


def _process_state(pid: int) -> str | None:
    fields = _stat_fields(pid)
    return fields[0] if fields else None


def _read_start(pid: int) -> int | None:
    """The boot (high 64 bits, 0 if unknown) and the clock tick since then at which a process began."""
    fields = _stat_fields(pid)
    try:
        boot = int(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip().replace("-", ""), 16)
    except (OSError, ValueError):
        boot = 0
    return None if not fields or len(fields) < 20 else boot << 64 | int(fields[19])


def _may_be_the_same(recorded: int | None, found: int | None) -> bool:
    if recorded is None or found is None:
        return True
    if 0 in {recorded >> 64, found >> 64}:
        return recorded & _LOW_BITS == found & _LOW_BITS
    return recorded == found
