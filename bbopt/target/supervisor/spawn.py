"""Starting a run's main process."""

from __future__ import annotations

import enum
import errno
import os
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Child", "Plumbing", "SpawnError", "spawn", "spawn_silent"]

FileAction = tuple[int, int, int] | tuple[int, int, str, int, int]
"""What `posix_spawn` does with a file descriptor of the child."""

_LOOKED_AT_BYTES = 512

_RESET_SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGCHLD,
    signal.SIGPIPE,  # ignored by every Python process
    signal.SIGXFSZ,
)


class Plumbing(enum.Enum):
    """Where the standard streams of a run lead."""

    CAPTURED = "nothing to read, output through pipes"
    COUNTED = "this process's own input, output through pipes"
    PASSED = "this process's own input and output"


@dataclass(frozen=True, slots=True)
class Child:
    """A started process and the reading ends of its output, where there are any."""

    pid: int
    stdout_fd: int = -1
    stderr_fd: int = -1


class SpawnError(Exception):
    """A process could not be started; `step` is what failed: "directory", "program" or "pipes"."""

    def __init__(self, step: str, error: OSError | ValueError) -> None:
        super().__init__(str(error))
        self.step = step
        match error:
            case OSError():
                self.errno = error.errno or errno.EIO
            case UnicodeEncodeError():
                self.errno = errno.EILSEQ
            case _:  # a zero byte
                self.errno = errno.EINVAL


def spawn(
    argv: list[str],
    directory: str,
    environment: Mapping[str, str],
    plumbing: Plumbing = Plumbing.CAPTURED,
) -> Child:
    """Start a program in `directory` as leader of its own session.

    The working directory of this process changes too: `posix_spawn`, the fastest way to start a process,
    can't change it for the child alone.  The reading ends of the pipes of a captured run do not block.
    """
    try:
        os.chdir(directory)
    except (OSError, ValueError) as error:
        raise SpawnError("directory", error) from error
    if plumbing is Plumbing.PASSED:
        return Child(_start(argv, environment, []))
    return _spawn_with_pipes(argv, environment, is_captured=plumbing is Plumbing.CAPTURED)


def spawn_silent(argv: list[str], environment: Mapping[str, str]) -> None:
    """Start a program where this process works, with nothing to read and nobody to hear it."""
    null: list[FileAction] = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
    _start(argv, environment, null)


def _spawn_with_pipes(argv: list[str], environment: Mapping[str, str], *, is_captured: bool) -> Child:
    fds: list[int] = []
    try:
        for _ in range(2):
            fds.extend(os.pipe())
    except OSError as error:
        _close(fds)
        raise SpawnError("pipes", error) from error
    stdout_fd, stdout_write_fd, stderr_fd, stderr_write_fd = fds
    actions: list[FileAction] = [
        (os.POSIX_SPAWN_DUP2, stdout_write_fd, 1),
        (os.POSIX_SPAWN_DUP2, stderr_write_fd, 2),
    ]
    if is_captured:
        actions.append((os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0))
    try:
        pid = _start(argv, environment, actions)
    except SpawnError:
        _close((stdout_fd, stderr_fd))
        raise
    finally:
        _close((stdout_write_fd, stderr_write_fd))
    if is_captured:
        os.set_blocking(stdout_fd, False)
        os.set_blocking(stderr_fd, False)
    return Child(pid, stdout_fd, stderr_fd)


def _start(argv: list[str], environment: Mapping[str, str], actions: list[FileAction]) -> int:
    """Start `argv`; a text file without a `#!` line goes to the shell, as where SMAC v2 (Java) starts it."""
    try:
        try:
            return _posix_spawn(argv, environment, actions)
        except OSError as error:
            if error.errno != errno.ENOEXEC or not _is_text(argv[0]):
                raise
        return _posix_spawn(["/bin/sh", *argv], environment, actions)
    except (OSError, ValueError) as error:
        raise SpawnError("program", error) from error


def _is_text(program: str) -> bool:
    """Whether a shell could make sense of the file: a program for another machine has NUL bytes."""
    try:
        with open(program, "rb") as file:
            return b"\0" not in file.read(_LOOKED_AT_BYTES)
    except OSError:
        return False


def _posix_spawn(argv: list[str], environment: Mapping[str, str], actions: list[FileAction]) -> int:
    return os.posix_spawnp(
        argv[0],
        argv,
        environment,
        file_actions=actions,
        setsid=True,
        setsigmask=(),
        setsigdef=_RESET_SIGNALS,
    )


def _close(fds: Iterable[int]) -> None:
    for fd in fds:
        os.close(fd)
