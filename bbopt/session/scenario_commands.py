"""The user's shell commands before and after a search (`pre-scenario-command`, `post-scenario-command`)."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import uuid
from collections.abc import Callable
from typing import IO

from bbopt.errors import CommandError
from bbopt.executors.waiting import WakePipe
from bbopt.isolated_python import HOME, isolated_python
from bbopt.scenario import ScenarioCommands
from bbopt.shell_words import shell_word
from bbopt.target.process_words import exit_in_words
from bbopt.target.supervisor.keeper import GIVE_UP, LEAVE_NOTHING
from bbopt.target.tagged_processes import TAG, kill_tagged

__all__ = ["CommandRunner"]

_LOG = logging.getLogger(__name__)

_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); from bbopt.target.supervisor.keeper import keep_command; "
    "keep_command(sys.argv[3], int(sys.argv[2]))"
)

_POLL_S = 0.05  # how soon the end of a command is seen whose children keep its output open
_KEEPER_S = 5.0  # its own bound for ending what is left is two
_CHUNK_BYTES = 65536
_LAST_READS = 4  # more than a pipe holds when its writer has ended
_LONGEST_LINE_BYTES = 65536


class CommandRunner:
    """Carries the commands out, one at a time, through the shell.

    What a command leaves running in the background when it ends is left alone (a server, say), as by
    SMAC v2; a command that is stopped is ended with all its processes, after `grace_s` by force.  So is one
    during which this process dies.
    """

    def __init__(
        self, commands: ScenarioCommands, grace_s: float, on_look: Callable[[], None] = lambda: None
    ) -> None:
        """While a command is under way, `on_look` is called every now and then."""
        self._commands = commands
        self._grace_s = grace_s
        self._on_look = on_look
        self._wake: WakePipe | None = None

    def run_before(self) -> bool:
        """Carry out the command before the search, if there is one; False when it was stopped.

        Raises CommandError when it fails and that is to be an error.
        """
        return self._run("before", self._commands.before)

    def run_after(self) -> bool:
        """The same for the command after the search."""
        return self._run("after", self._commands.after)

    def stop(self) -> None:
        """End the command that is under way, if one is; a signal handler may call this."""
        if self._wake is not None:
            self._wake.write()

    def _run(self, when: str, command: str | None) -> bool:
        if command is None:
            return True
        _LOG.info("Running scenario command: cd %s ; %s", shell_word(str(self._commands.directory)), command)
        try:
            status = self._execute(command)
        except OSError as error:
            self._fail(when, command, f"could not be started: {error.strerror}")
            return True
        if status is None:
            _LOG.warning("the command %s the search was ended: %s", when, command)
        elif status != 0:
            self._fail(when, command, exit_in_words(status))
        return status is not None

    def _execute(self, command: str) -> int | None:
        """The command's exit status as from `subprocess`; None when it was stopped."""
        with contextlib.closing(WakePipe()) as wake:
            self._wake = wake
            try:
                return _execute(command, self._commands, wake, self._grace_s, self._on_look)
            finally:
                self._wake = None

    def _fail(self, when: str, command: str, how: str) -> None:
        error = CommandError(
            f"the command {when} the search {how}",
            got=command,
            expected="exit status 0",
            remedy=f"it ran in {self._commands.directory}; prepost-exec-dir is another folder",
        )
        if self._commands.failure_is_error:
            raise error
        _LOG.warning("%s", error)


def _execute(
    command: str, commands: ScenarioCommands, wake: WakePipe, grace_s: float, on_look: Callable[[], None]
) -> int | None:
    """The command's exit status; None when it was ended because of `wake`."""
    tag = str(uuid.uuid4())
    sink = subprocess.PIPE if commands.logs_output else subprocess.DEVNULL
    process = subprocess.Popen(
        [*isolated_python("-S"), "-c", _BOOT, HOME, str(os.getpid()), command],
        cwd=commands.directory,
        env={**os.environ, TAG: tag},
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=sink,
        start_new_session=True,  # so that Ctrl-C reaches it through us, once
    )
    with contextlib.ExitStack() as stack:
        stack.callback(_end_at_once, process, tag)
        was_stopped = _watch(process, wake, on_look)
        if was_stopped:
            _end(process, grace_s)
        else:
            stack.pop_all()
    return None if was_stopped else process.returncode


def _watch(process: subprocess.Popen[bytes], wake: WakePipe, on_look: Callable[[], None]) -> bool:
    """Log the output until the process ends; whether it has to be ended because of `wake`."""
    with contextlib.ExitStack() as opened:
        selector = opened.enter_context(selectors.DefaultSelector())
        selector.register(wake, selectors.EVENT_READ)
        for stream, level in ((process.stdout, logging.INFO), (process.stderr, logging.WARNING)):
            if stream is not None:
                opened.enter_context(stream)
                selector.register(stream, selectors.EVENT_READ, _LineLog(stream, level))
        logs = [key.data for key in selector.get_map().values() if key.data is not None]
        opened.callback(lambda: [log.finish() for log in logs])
        while process.poll() is None:
            on_look()
            if _serve(selector, _POLL_S):
                return True
        for _ in range(_LAST_READS):
            _serve(selector, 0.0)
    return False


def _serve(selector: selectors.BaseSelector, timeout_s: float) -> bool:
    """Log what has been printed; whether the wake pipe has a word."""
    is_awake = False
    for key, _ in selector.select(timeout_s):
        if key.data is None:
            is_awake = True
        elif not key.data.read():
            selector.unregister(key.fileobj)
    return is_awake


class _LineLog:
    """Logs what comes out of a pipe, line by line."""

    def __init__(self, stream: IO[bytes], level: int) -> None:
        self._fd = stream.fileno()
        self._level = level
        self._rest = b""

    def read(self) -> bool:
        """Log what there is to read; False at the end."""
        chunk = os.read(self._fd, _CHUNK_BYTES)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._log(line)
        if len(self._rest) > _LONGEST_LINE_BYTES:
            self.finish()
        return bool(chunk)

    def finish(self) -> None:
        """Log a last line that was not ended."""
        if self._rest:
            self._log(self._rest)
        self._rest = b""

    def _log(self, line: bytes) -> None:
        _LOG.log(self._level, "[PROCESS]  %s", line.decode(errors="replace"))


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ask the command's processes to end, and give them some time for it."""
    process.send_signal(LEAVE_NOTHING)
    _signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(grace_s)


def _end_at_once(process: subprocess.Popen[bytes], tag: str) -> None:
    for number in (LEAVE_NOTHING, GIVE_UP):
        process.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_KEEPER_S)
    _signal_group(process, signal.SIGKILL)  # where somebody has stopped or killed the keeper
    process.wait()
    kill_tagged(tag)  # those that left the group


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
