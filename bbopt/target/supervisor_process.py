"""The optimizer's side of a supervisor: start it, give it runs, hear of its death."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import IO

from bbopt.errors import BboptError
from bbopt.isolated_python import HOME, isolated_python
from bbopt.target.patience import DEATH_S, IDLE_END_S, ORPHANS_S, end_of_run_s
from bbopt.target.process_words import exit_in_words
from bbopt.target.supervisor.keeper import GIVE_UP
from bbopt.target.supervisor.wire import (
    EndedBy,
    LatestValue,
    RunOrder,
    SupervisedRun,
    Unpacker,
    cancel_message,
    lease_message,
    pack,
)
from bbopt.target.tagged_processes import kill_tagged

__all__ = ["SupervisorError", "SupervisorProcess"]

_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); from bbopt.target.supervisor.main import main; "
    "main(int(sys.argv[2]), int(sys.argv[3]))"
)
_SEND_S = 10.0  # for a message that does not fit into the socket, because nobody reads there
_MAX_WORDS_BYTES = 4000
_REMEDIES = {
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.EAGAIN: "raise the limit on processes (ulimit -u), or end some",
}


class SupervisorError(BboptError):
    """A supervisor could not be started, because the system lacks something; `reason` says what."""

    def __init__(self, error: OSError) -> None:
        self.reason = error.strerror or str(error)
        super().__init__(
            f"the process that watches over runs can't be started: {self.reason}",
            remedy=_REMEDIES.get(error.errno or 0),
        )


class SupervisorProcess:
    """A running supervisor with at most one run at a time.

    Not thread-safe.  `fileno()` is readable when `receive()` has something to tell.

    A supervisor may be stopped (SIGSTOP) and go on later (SIGCONT), which is its user's business, until it is
    asked to end a run or itself: then it is continued, and killed if that does not help.  So no wait is
    without bound once `cancel` or `hang_up` was called, if `give_up_if_overdue` is called now and then.
    """

    def __init__(self, processor: int | None = None) -> None:
        """Start the supervisor; raises SupervisorError when the system does not let it.

        It and its runs stay on `processor`, if given.
        """
        self.order: RunOrder | None = None
        self._started_at = 0.0
        self._has_ended = False
        self._is_undelivered = False
        self._latest: LatestValue | None = None
        self._is_cancelled = self._is_extended = False
        self._deadline_s = math.inf
        self._unpacker = Unpacker()
        with contextlib.ExitStack() as opened:
            try:
                self._socket, theirs = socket.socketpair()
                opened.enter_context(self._socket)
                self._socket.setblocking(False)
                with theirs, _on(processor):
                    self._errors = opened.enter_context(tempfile.TemporaryFile())
                    self._process = _start(theirs.fileno(), self._errors)  # its keeper, and so it ends alike
            except OSError as error:
                raise SupervisorError(error) from error
            opened.pop_all()  # open as long as the process

    @property
    def has_ended(self) -> bool:
        """Whether `receive()` has come to the end: no more runs can be started here."""
        return self._has_ended

    @property
    def is_order_undelivered(self) -> bool:
        """Whether it has died without reading its last order, so that nothing of that run was started.

        False when something else followed the order.
        """
        return self._is_undelivered

    def fileno(self) -> int:
        """The socket, for a selector."""
        return self._socket.fileno()

    def start(self, order: RunOrder) -> None:
        """Execute a run.  If the supervisor has died, `receive()` will say so."""
        self.order = order
        self._started_at = time.time()
        self._is_cancelled = self._is_extended = False
        self._deadline_s = math.inf
        self._is_undelivered = not self._send(pack(order.message()))

    def cancel(self) -> None:
        """Have the run under way killed; its result comes as usual.

        A second time, without the time of grace that the first one gave.
        """
        if self.order is None:
            return
        is_hurried, self._is_cancelled = self._is_cancelled, True
        self._allow(end_of_run_s(self.order.grace_s, at_once=is_hurried))
        self._process.send_signal(signal.SIGCONT)
        self._send(pack(cancel_message(self.order.uuid, at_once=is_hurried)))

    def extend(self, lease_s: float) -> None:
        """Allow the run under way so many seconds from now, if it has a lease; never waits."""
        if self.order is not None and self.order.lease_s is not None:
            self._is_extended = True
            with contextlib.suppress(OSError):  # one that does not read for long gets no more time
                self._socket.send(pack(lease_message(lease_s)))

    def give_up_if_overdue(self) -> None:
        """Kill a supervisor that has had its time to end a cancelled run; `receive` tells of that end."""
        if self.order is not None and time.monotonic() >= self._deadline_s:
            self._give_up()

    def receive(self) -> SupervisedRun | None:
        """The finished run, if it has come; never waits.

        When the supervisor has died, the run's processes are killed and the result says `ended_by`
        SUPERVISOR, with the reason as its tail; or CANCELLED if it was.
        """
        try:
            data = self._socket.recv(1 << 20)
        except BlockingIOError:
            return None
        except ConnectionResetError:  # it has left something unread: the order, if there was nothing else
            self._is_undelivered = self.order is not None
            data = b""
        except OSError:
            data = b""
        if not data:
            return self._mourn()
        for message in self._unpacker.feed(data):
            if "latest" in message:
                self._latest = LatestValue(*message["latest"]).after(self._latest)
                continue
            self.order, self._deadline_s, self._latest = None, math.inf, None
            run = SupervisedRun(**message)
            self._has_ended = run.n_survivors > 0  # it ends by itself then
            return run
        return None

    def take_latest(self) -> LatestValue | None:
        """How far the run under way has come, each news once; `receive` hears of it."""
        latest, self._latest = self._latest, None
        return latest

    def hang_up(self) -> None:
        """Ask the supervisor to kill its run and to end; `wait_for_end` waits for that.

        A run that was cancelled before gets no time of grace any more.
        """
        if self._is_cancelled:
            self.cancel()
        self._allow(IDLE_END_S if self.order is None else end_of_run_s(self.order.grace_s))
        self._process.send_signal(signal.SIGCONT)
        self._shut_down()

    def wait_for_end(self) -> None:
        """After `hang_up`: return when the supervisor and all processes of its run are gone."""
        status = self._wait(max(0.0, self._deadline_s - time.monotonic()))
        if self.order is not None and status != 0:
            kill_tagged(self.order.uuid)
        self.order = None
        self._socket.close()
        self._errors.close()

    def _allow(self, seconds: float) -> None:
        """Bound the time that the supervisor has for what it was asked."""
        self._deadline_s = min(self._deadline_s, time.monotonic() + seconds)

    def _send(self, data: bytes) -> bool:
        """Whether it was still there to take all of it; if not, the end of its stream tells that too."""
        self._socket.settimeout(_SEND_S)
        try:
            self._socket.sendall(data)
            return True
        except TimeoutError:  # it is stopped, or hangs
            self._give_up()
            return False
        except OSError:
            return False
        finally:
            self._socket.setblocking(False)

    def _give_up(self) -> None:
        self._process.send_signal(GIVE_UP)
        self._process.send_signal(signal.SIGCONT)
        self._shut_down()  # the stream ends even if the kernel can't end the process

    def _shut_down(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _mourn(self) -> SupervisedRun | None:
        order, self.order = self.order, None
        self._has_ended = True
        self._is_undelivered = self._is_undelivered and not (self._is_cancelled or self._is_extended)
        status = self._wait(DEATH_S)
        if order is None:
            return None
        return SupervisedRun(
            EndedBy.CANCELLED if self._is_cancelled else EndedBy.SUPERVISOR,
            self._started_at,
            max(0.0, time.time() - self._started_at),
            tail=self._last_words(status),
            n_survivors=kill_tagged(order.uuid),
        )

    def _wait(self, timeout_s: float) -> int:
        """The exit status of a process that is ending, by force when it takes longer."""
        for patience_s, end in ((timeout_s, self._give_up), (ORPHANS_S, self._process.kill), (DEATH_S, None)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(patience_s)
            if end is not None:
                end()
        return -signal.SIGKILL  # it hangs in the kernel

    def _last_words(self, status: int) -> str:
        how = exit_in_words(status)
        with contextlib.suppress(OSError):
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _MAX_WORDS_BYTES))
            words = self._errors.read().decode("utf-8", "replace").strip()
            return f"{how}\n{words}" if words else how
        return how


@contextlib.contextmanager
def _on(processor: int | None) -> Iterator[None]:
    """What is started within, by this thread, stays on the processor."""
    if processor is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _start(control_fd: int, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        _command(control_fd),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=(control_fd,),
        start_new_session=True,
    )


def _command(control_fd: int) -> Sequence[str]:
    """The command that starts a supervisor.

    Without site-packages, so that the start is fast: it needs the standard library and bbopt's own home only.
    """
    return (*isolated_python("-S"), "-c", _BOOT, HOME, str(control_fd), str(os.getpid()))
