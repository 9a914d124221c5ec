"""One run from its start to the end of its last process."""

from __future__ import annotations

import enum
import os
import resource
import time

from bbopt.target.supervisor import process_tree
from bbopt.target.supervisor.output import ResultScanner, Tail
from bbopt.target.supervisor.output_log import OutputLog
from bbopt.target.supervisor.pattern_scanner import PatternScanner
from bbopt.target.supervisor.spawn import Child, SpawnError, spawn
from bbopt.target.supervisor.station import Station
from bbopt.target.supervisor.wire import RunOrder, SupervisedRun

__all__ = ["supervise"]

CPU_TIME_FREQUENCY_S = "0.25"
"""How often a target is asked to report its CPU time, as SMAC2 does."""

_CHUNK_BYTES = 65536
_MAX_REMAINING_CHUNKS = 64  # a dead run's pipe holds at most 1 MiB; more comes from outside the run
_KILL_BOUND_S = (
    10.0  # a process that SIGKILL has not ended by then hangs in the kernel or is not ours to kill
)
_KILL_PASSES = 50
_KILL_PAUSE_S = 0.002


class _Phase(enum.Enum):
    """How far the run is."""

    RUNNING = enum.auto()
    LINGERING = enum.auto()  # the main process is gone, another one may still print the result line
    TERMINATING = enum.auto()  # SIGTERM is out
    KILLING = enum.auto()  # SIGKILL until nothing is left
    OVER = enum.auto()


def supervise(order: RunOrder, station: Station) -> SupervisedRun:
    """Execute one run; when this returns, none of its processes is left (or `n_survivors` says how many)."""
    started_at, start_s = time.time(), time.monotonic()
    try:
        child = spawn(order.argv, order.directory, _environment(order, station))
    except SpawnError as error:
        return SupervisedRun("spawn", started_at, spawn_errno=error.errno, spawn_step=error.step)
    return _Supervision(order, station, child, started_at, start_s).run()


def _environment(order: RunOrder, station: Station) -> dict[str, str]:
    environment = {
        **os.environ,
        "AEATK_CONCURRENT_TASK_ID": str(order.slot),
        "AEATK_EXECUTION_UUID": order.uuid,
        "AEATK_CPU_TIME_FREQUENCY": CPU_TIME_FREQUENCY_S,
    }
    if station.report_port is not None:
        environment["AEATK_PORT"] = str(station.report_port)
    return environment


class _Stream:
    """One of the run's output pipes."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.is_open = True


class _Supervision:
    """The state of a run under way; `_phase` only ever moves forward."""

    def __init__(
        self, order: RunOrder, station: Station, child: Child, started_at: float, start_s: float
    ) -> None:
        self._order = order
        self._station = station
        self._main_pid = child.pid
        self._started_at = started_at
        self._start_s = start_s
        self._scanner = ResultScanner()
        self._patterns = PatternScanner(order.patterns)
        self._tail = Tail()
        self._log = (
            OutputLog(order.output_log, f"{order.slot} {order.uuid[:8]}") if order.output_log else None
        )
        self._stdout = self._open("stdout", child.stdout_fd)
        self._stderr = self._open("stderr", child.stderr_fd)
        self._phase = _Phase.RUNNING
        self._deadline_s = self._limit_deadline_s()
        self._ended_by = "exit"
        self._exit_status: int | None = None
        self._end_s: float | None = None
        self._cpu_s = 0.0
        self._memory_bytes = 0
        self._is_tree_empty = False
        self._strays: set[int] = set()
        self._n_survivors = 0

    def run(self) -> SupervisedRun:
        """Handle events until the run is over."""
        while True:
            self._advance()  # first, because a cancellation may have come together with the order
            if self._phase is _Phase.OVER:
                break
            self._station.handle_events(self._wait_s())
            self._reap()
        self._read_what_remains()
        return self._report()

    # Output

    def _open(self, name: str, fd: int) -> _Stream:
        stream = _Stream(fd)
        self._station.watch(fd, lambda: self._read(name, stream))
        return stream

    def _read(self, name: str, stream: _Stream) -> bool:
        """Read one piece; whether there was any."""
        try:
            chunk = os.read(stream.fd, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            self._close(stream)
            return False
        self._tail.add(chunk)
        if name == "stdout":
            self._scanner.add(chunk)
            self._patterns.add(chunk)
        if self._log:
            self._log.add(name, chunk)
        return True

    def _close(self, stream: _Stream) -> None:
        if stream.is_open:
            stream.is_open = False
            self._station.forget(stream.fd)
            os.close(stream.fd)

    def _read_what_remains(self) -> None:
        for name, stream in (("stdout", self._stdout), ("stderr", self._stderr)):
            for _ in range(_MAX_REMAINING_CHUNKS):
                if not (stream.is_open and self._read(name, stream)):
                    break
            self._close(stream)
        self._scanner.finish()
        self._patterns.finish()
        if self._log:
            self._log.close()

    # Processes

    def _reap(self) -> None:
        """Collect every ended descendant that is ours to collect, and its use of resources."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                # A living descendant would stand below a living child of this process.
                self._is_tree_empty = True
                return
            if pid == 0:
                return
            self._account(usage)
            if pid == self._main_pid and self._exit_status is None:
                self._exit_status = os.waitstatus_to_exitcode(status)
                self._end_s = time.monotonic()

    def _account(self, usage: resource.struct_rusage) -> None:
        """Add what a process and the children that it waited for have used."""
        self._cpu_s += usage.ru_utime + usage.ru_stime
        self._memory_bytes = max(self._memory_bytes, usage.ru_maxrss * 1024)

    # Phases

    def _limit_deadline_s(self) -> float | None:
        return None if self._order.limit_s is None else self._start_s + self._order.limit_s

    def _wait_s(self) -> float | None:
        if self._phase is _Phase.KILLING:
            return _KILL_PAUSE_S
        return None if self._deadline_s is None else max(0.0, self._deadline_s - time.monotonic())

    def _is_past_deadline(self) -> bool:
        return self._deadline_s is not None and time.monotonic() >= self._deadline_s

    def _advance(self) -> None:
        if self._is_tree_empty:
            if self._phase is _Phase.LINGERING:
                self._end_s = time.monotonic()
            self._phase = _Phase.OVER
        elif self._phase is _Phase.RUNNING:
            self._while_running()
        elif self._phase is _Phase.LINGERING:
            self._while_lingering()
        elif self._phase is _Phase.TERMINATING:
            if self._is_past_deadline() or self._station.hurried_uuid == self._order.uuid:
                self._start_killing()
        else:
            self._kill()

    def _while_running(self) -> None:
        if self._exit_status is not None:
            self._phase = _Phase.LINGERING
            self._deadline_s = time.monotonic() + self._order.grace_s
            self._while_lingering()
        elif self._is_cancelled():
            self._stop("cancelled")
        elif self._is_past_deadline() or self._reports_too_much_cpu():
            self._stop("guard")

    def _while_lingering(self) -> None:
        """The main process has left others behind: they go when they can't add the result line any more."""
        if self._stdout.is_open and not self._has_answered():
            self._read("stdout", self._stdout)
        may_print_result = self._stdout.is_open and not self._has_answered()
        if may_print_result and not self._is_past_deadline() and not self._is_cancelled():
            return
        self._end_s = time.monotonic()
        self._strays.update(process_tree.descendants())
        self._start_terminating()

    def _has_answered(self) -> bool:
        return self._scanner.n_lines > 0 or self._patterns.has_found

    def _is_cancelled(self) -> bool:
        return self._station.is_abandoned or self._station.cancelled_uuid == self._order.uuid

    def _reports_too_much_cpu(self) -> bool:
        reported_s, limit_s = self._station.reported_cpu_s, self._order.limit_s
        return reported_s is not None and limit_s is not None and reported_s > limit_s

    def _stop(self, reason: str) -> None:
        self._ended_by = reason
        self._start_terminating()

    def _start_terminating(self) -> None:
        self._phase = _Phase.TERMINATING
        self._deadline_s = time.monotonic() + self._order.grace_s
        process_tree.terminate_descendants()

    def _start_killing(self) -> None:
        self._phase = _Phase.KILLING
        self._deadline_s = time.monotonic() + _KILL_BOUND_S
        self._kill()

    def _kill(self) -> None:
        """Several passes in a row, because a chain of forks is faster than one."""
        for _ in range(_KILL_PASSES):
            process_tree.kill_descendants()
            self._reap()
            if self._is_tree_empty:
                self._phase = _Phase.OVER
                return
        if self._is_past_deadline():
            self._n_survivors = len(process_tree.descendants())
            self._phase = _Phase.OVER

    # Report

    def _report(self) -> SupervisedRun:
        end_s = time.monotonic() if self._end_s is None else self._end_s
        return SupervisedRun(
            ended_by=self._ended_by,
            started_at=self._started_at,
            wallclock_s=end_s - self._start_s,
            result_lines=self._scanner.lines,
            n_result_lines=self._scanner.n_lines,
            torn=self._scanner.torn,
            tail=self._tail.text(),
            n_output_bytes=self._tail.n_bytes,
            exit_status=self._exit_status,
            cpu_s=self._cpu_s,
            memory_bytes=self._memory_bytes or None,
            reported_cpu_s=self._station.reported_cpu_s,
            n_strays=len(self._strays),
            n_survivors=self._n_survivors,
            notes=self._notes(),
            findings=self._patterns.findings,
        )

    def _notes(self) -> list[str]:
        notes = []
        if self._scanner.was_cut:
            notes.append("a result line of more than 1 MiB was cut")
        if self._log and self._log.problem:
            notes.append(self._log.problem)
        return notes
