"""What a supervisor keeps between runs: its sockets, one selector for all events, a control group."""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from bbopt.target.supervisor.control_group import ControlGroup
from bbopt.target.supervisor.socket_owner import own_ports
from bbopt.target.supervisor.wire import LatestValue, RunOrder, SupervisedRun, Unpacker, pack

__all__ = ["Station"]

_MAX_DATAGRAMS = 64  # read at once, so that a target which floods the port starves nothing else
_MAX_WAIT_S = 3600.0  # selectors refuse very long timeouts


class Station:
    """The connections of a supervisor.

    `is_abandoned` becomes true when the optimizer closed its end of the socket, or when it or the keeper
    died; `cancelled_uuid` is the last run that it wants killed; `reported_cpu_s` the largest CPU time that
    the current run reported.  At `lease_end_s` of the monotonic clock the run must be over.
    """

    def __init__(self, control: socket.socket, optimizer_pid: int) -> None:
        self.is_abandoned = False
        self.cancelled_uuid = self.hurried_uuid = ""
        self.reported_cpu_s: float | None = None
        self.lease_end_s = math.inf
        self.report_port: int | None = None
        self._optimizer_pid = optimizer_pid
        self._group: ControlGroup | None = None
        self._has_looked_for_group = False
        self._control = control
        self._unpacker = Unpacker()
        self._orders: list[RunOrder] = []
        self._unsent = b""
        self._selector = selectors.DefaultSelector()
        self.watch(control.fileno(), self._read_control)
        self._watch_child_ends()
        self._abandon_at_end_of(optimizer_pid)  # one of its other children may keep the socket open
        self._abandon_at_end_of(os.getppid())  # the keeper
        self._open_report_port()

    def watch(self, fd: int, on_readable: Callable[[], object]) -> None:
        """Call `on_readable` whenever `fd` can be read or has reached its end."""
        self._selector.register(fd, selectors.EVENT_READ, on_readable)

    def forget(self, fd: int) -> None:
        """No longer watch `fd`."""
        self._selector.unregister(fd)

    def handle_events(self, timeout_s: float | None) -> None:
        """Wait until something happens, at most `timeout_s`, and handle all that has happened."""
        timeout_s = _MAX_WAIT_S if timeout_s is None else min(timeout_s, _MAX_WAIT_S)
        for key, _ in self._selector.select(timeout_s):
            key.data()

    def next_order(self) -> RunOrder | None:
        """The next run to execute; None when the optimizer is gone."""
        while not self._orders and not self.is_abandoned:
            self.handle_events(None)
        if self.is_abandoned:
            return None
        self._read_reports()  # latecomers of the run before
        self.reported_cpu_s = None
        return self._orders.pop(0)

    def tell(self, latest: LatestValue) -> bool:
        """Report how far a run has come, if the optimizer has read what it was told before; whether it is."""
        is_next = not self._unsent
        try:
            unsent = self._unsent or pack({"latest": latest})
            self._unsent = unsent[self._control.send(unsent) :]
        except BlockingIOError:
            return False
        except OSError:
            self.is_abandoned = True
        return is_next

    def send(self, run: SupervisedRun) -> None:
        """Report a finished run."""
        self._control.setblocking(True)
        try:
            self._control.sendall(self._unsent + pack(run.message()))
            self._unsent = b""
        except OSError:
            self.is_abandoned = True
        self._control.setblocking(False)

    def control_group(self) -> ControlGroup | None:
        """The control group for the runs, made when it is first asked for; None where there can't be one."""
        if not self._has_looked_for_group:
            self._has_looked_for_group = True
            self._group = ControlGroup.open(self._optimizer_pid)
        return self._group

    def close(self) -> None:
        """Leave no control group behind."""
        if self._group is not None:
            self._group.close()

    def _read_control(self) -> None:
        try:
            data = self._control.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._abandon(self._control.fileno())
            return
        for message in self._unpacker.feed(data):
            if "cancel" in message:
                self.cancelled_uuid = message["cancel"]
                if message["at_once"]:
                    self.hurried_uuid = message["cancel"]
            elif "argv" not in message:
                self.lease_end_s = time.monotonic() + message["lease_s"]
            else:
                order = RunOrder(**message)
                self.cancelled_uuid = self.hurried_uuid = ""  # it may be an order that was cancelled before
                self.lease_end_s = math.inf if order.lease_s is None else time.monotonic() + order.lease_s
                self._orders.append(order)

    def _abandon(self, fd: int) -> None:
        self.is_abandoned = True
        self.forget(fd)

    def _watch_child_ends(self) -> None:
        """Wake the selector whenever a descendant ends, adopted orphans included."""
        reading, writing = socket.socketpair()
        reading.setblocking(False)
        writing.setblocking(False)
        signal.set_wakeup_fd(writing.detach(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)

        def read() -> None:
            with contextlib.suppress(BlockingIOError):
                reading.recv(4096)

        self.watch(reading.fileno(), read)

    def _abandon_at_end_of(self, pid: int) -> None:
        if not hasattr(os, "pidfd_open"):
            return
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            return  # an old kernel or a sandbox; or it has died already, which the socket tells too
        self.watch(pidfd, lambda: self._abandon(pidfd))

    def _open_report_port(self) -> None:
        """Listen for CPU times on a UDP port of this machine; a machine without loopback goes without.

        Every user of the machine can send there, and a large number ends the run: only our own user's count.
        """
        self._reports = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._reports.setblocking(False)
        try:
            self._reports.bind(("127.0.0.1", 0))
        except OSError:
            return
        self.report_port = self._reports.getsockname()[1]
        self.watch(self._reports.fileno(), self._read_reports)

    def _read_reports(self) -> None:
        known_s = -1.0 if self.reported_cpu_s is None else self.reported_cpu_s
        news = [(cpu_s, port) for cpu_s, port in self._received() if math.isfinite(cpu_s) and cpu_s > known_s]
        ours = own_ports() if news else set()
        for cpu_s, port in news:
            if port in ours:
                self.reported_cpu_s = max(cpu_s, self.reported_cpu_s or 0.0)

    def _received(self) -> Iterator[tuple[float, int]]:
        """The numbers that have been sent, each with the port that it comes from."""
        for _ in range(_MAX_DATAGRAMS):
            try:
                datagram, (_, port) = self._reports.recvfrom(256)
                yield float(datagram), port
            except ValueError:
                continue
            except OSError:
                return


def _do_nothing(*_: Any) -> None:
    """A handler: only with one does Python write to the wake-up socket."""
