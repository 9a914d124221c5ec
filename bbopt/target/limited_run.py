"""One command under limits, its input and output left as they are.

The supervisor, with its keeper, is a fork of this process, which then only waits and hands signals on.  When
it is killed, the supervisor ends the command; when the supervisor is killed, its keeper does.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

from bbopt.errors import BboptError
from bbopt.target.patience import DEATH_S, IDLE_END_S, ORPHANS_S, end_of_run_s
from bbopt.target.process_words import exit_in_words
from bbopt.target.supervisor.keeper import GIVE_UP
from bbopt.target.supervisor.main import main
from bbopt.target.supervisor.supervision import PASSED_TAG
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun, Unpacker, cancel_message, pack
from bbopt.target.tagged_processes import kill_tagged

__all__ = ["execute_limited"]

_PAUSE_S = 0.0005
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def execute_limited(order: RunOrder) -> tuple[SupervisedRun, int | None]:
    """Execute `order`, which passes through; returns when none of its processes is left.

    A signal to this process that asks it to end makes the run "cancelled", a second one without the time of
    grace; the first one is returned beside the run.  BboptError when the system lacks something.  For the
    main thread of a process without other threads.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)
    try:
        ours, theirs = socket.socketpair()
        pid = os.fork()
    except OSError as error:
        raise BboptError(
            "a process to watch over the command can't be started", got=error.strerror
        ) from error
    if pid == 0:
        ours.close()
        _supervise(theirs)
    theirs.close()
    with ours, _signals_as_events() as heard:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        started_at = time.time()
        run = _converse(order, ours, heard, pid)
        ours.close()  # which ends the supervisor
        status = _end_of(pid)
        if run is None:
            n_survivors = kill_tagged(order.uuid, PASSED_TAG)
            ended_by = EndedBy.SUPERVISOR if heard.first is None else EndedBy.CANCELLED
            run = SupervisedRun(ended_by, started_at, tail=exit_in_words(status), n_survivors=n_survivors)
    return run, heard.first


def _supervise(control: socket.socket) -> None:
    """The fork's part; does not return."""
    try:
        os.setsid()  # what is sent to our group does not reach it
        main(control.detach(), os.getppid())
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


class _Heard:
    """The signals that have arrived: `first`, and a socket with one byte for each."""

    def __init__(self, bell: socket.socket) -> None:
        self.bell = bell
        self.first: int | None = None


@contextlib.contextmanager
def _signals_as_events() -> Iterator[_Heard]:
    bell, ring = socket.socketpair()
    with bell, ring:
        ring.setblocking(False)
        heard = _Heard(bell)

        def note(signum: int, _: Any) -> None:
            heard.first = heard.first or signum
            with contextlib.suppress(BlockingIOError):
                ring.send(b"!")

        before = {signum: signal.signal(signum, note) for signum in _ENDING_SIGNALS}
        try:
            yield heard
        finally:
            for signum, handler in before.items():
                signal.signal(signum, handler)


def _converse(order: RunOrder, control: socket.socket, heard: _Heard, pid: int) -> SupervisedRun | None:
    """Give the order, hand signals on, and wait for the run; None when the supervisor has died.

    A supervisor that does not end a cancelled run in time is killed.
    """
    unpacker = Unpacker()
    _send(control, order.message())
    deadline_s = math.inf
    while True:
        wait_s = None if deadline_s == math.inf else max(0.0, deadline_s - time.monotonic())
        readable = select.select([control, heard.bell], [], [], wait_s)[0]
        if not readable:
            _give_up(pid)
            deadline_s = math.inf
        if heard.bell in readable:
            for _ in heard.bell.recv(64):
                is_hurried = deadline_s < math.inf
                bound_s = end_of_run_s(order.grace_s, at_once=is_hurried)
                deadline_s = min(deadline_s, time.monotonic() + bound_s)
                os.kill(pid, signal.SIGCONT)  # it may be stopped
                _send(control, cancel_message(order.uuid, at_once=is_hurried))
        if control in readable:
            data = _receive(control)
            if not data:
                return None
            for message in unpacker.feed(data):
                return SupervisedRun(**message)


def _end_of(pid: int) -> int:
    """The exit status of an ending supervisor, by force when it takes longer."""
    os.kill(pid, signal.SIGCONT)
    for patience_s, end in ((IDLE_END_S, _give_up), (ORPHANS_S, _kill), (DEATH_S, _kill)):
        deadline_s = time.monotonic() + patience_s
        while time.monotonic() < deadline_s:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(_PAUSE_S)
        end(pid)
    return -signal.SIGKILL  # it hangs in the kernel


def _give_up(pid: int) -> None:
    """Have the keeper kill its supervisor; it may be stopped."""
    os.kill(pid, GIVE_UP)
    os.kill(pid, signal.SIGCONT)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # the supervisor is gone: what it has sent tells why
        control.sendall(pack(message))


def _receive(control: socket.socket) -> bytes:
    try:
        return control.recv(65536)
    except OSError:
        return b""
