"""What a run prints: read and searched, or passed on."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any, Protocol

from bbopt.target.supervisor.herald import Herald
from bbopt.target.supervisor.output import ResultScanner, Tail
from bbopt.target.supervisor.output_log import OutputLog, PlainLog, write_all
from bbopt.target.supervisor.pattern_scanner import PatternScanner
from bbopt.target.supervisor.spawn import Child, Plumbing
from bbopt.target.supervisor.station import Station
from bbopt.target.supervisor.wire import RunOrder

__all__ = ["Output", "open_output", "plumbing"]

_CHUNK_BYTES = 65536
_MAX_REMAINING_CHUNKS = 64  # a dead run's pipe holds at most 1 MiB; more comes from outside the run
_PATIENCE_S = 0.1  # between two looks at whether somebody still waits for what is passed on


class Output(Protocol):
    """The output of one run."""

    @property
    def n_bytes(self) -> int:
        """How much was printed so far; 0 when nobody counts."""

    @property
    def news_due_s(self) -> float:
        """When `tell_news` has something to tell, on the monotonic clock."""

    def tell_news(self) -> None:
        """Tell the optimizer how far a metric has come, if it is time to."""

    def may_bring_result(self) -> bool:
        """Whether an answer is wanted that has not come yet and still can."""

    def finish(self) -> None:
        """The run is over: take what it has left in its pipes, and close them."""

    def report(self) -> dict[str, Any]:
        """The fields of a SupervisedRun that speak of output; after `finish`."""


def plumbing(order: RunOrder) -> Plumbing:
    """How the run's streams must be laid for `open_output`."""
    if not order.passes_through:
        return Plumbing.CAPTURED
    return Plumbing.PASSED if order.output_limit_bytes is None else Plumbing.COUNTED


def open_output(order: RunOrder, child: Child, station: Station) -> Output:
    """The output of the run that `child` is the main process of."""
    match plumbing(order):
        case Plumbing.CAPTURED:
            return _CapturedOutput(order, child, station)
        case Plumbing.COUNTED:
            return _CountedOutput(order, child, station)
        case Plumbing.PASSED:
            return _UnseenOutput()


class _Stream:
    """One of the run's output pipes."""

    def __init__(self, name: str, fd: int) -> None:
        self.name = name
        self.fd = fd
        self.is_open = True


class _CapturedOutput:
    """Output that is kept in part, logged, and searched for result lines and patterns."""

    def __init__(self, order: RunOrder, child: Child, station: Station) -> None:
        self._station = station
        self._scanner = ResultScanner()
        self._misplaced = ResultScanner()  # on standard error, where result lines don't count
        self._searches_stderr = order.searches_stderr and bool(order.patterns or order.metrics)
        self._patterns = PatternScanner(order.patterns, order.metrics)
        self._herald = Herald(order.uuid, self._patterns.metrics, station)
        self._tail = Tail()
        self._printed = Tail() if order.keeps_stdout else None
        self._logs = list(_logs(order))
        self._stdout, self._stderr = _Stream("stdout", child.stdout_fd), _Stream("stderr", child.stderr_fd)
        # The kernel tells of the stream first that was written to first since it was empty.
        station.watch(child.stderr_fd, lambda: self._read(self._stderr))
        station.watch(child.stdout_fd, lambda: self._read(self._stdout))

    @property
    def n_bytes(self) -> int:
        return self._tail.n_bytes

    @property
    def news_due_s(self) -> float:
        return self._herald.due_s

    def tell_news(self) -> None:
        self._herald.tell_if_due()

    def may_bring_result(self) -> bool:
        if self._can_answer():
            self._read_both()
        return self._can_answer()

    def finish(self) -> None:
        for _ in range(_MAX_REMAINING_CHUNKS):
            if not self._read_both():
                break
        self._close(self._stderr)
        self._close(self._stdout)
        self._scanner.finish()
        self._misplaced.finish()
        self._patterns.finish()
        for log in self._logs:
            log.close()

    def report(self) -> dict[str, Any]:
        return {
            "result_lines": self._scanner.lines,
            "n_result_lines": self._scanner.n_lines,
            "torn": self._scanner.torn,
            "tail": self._tail.text(),
            "n_output_bytes": self._tail.n_bytes,
            "notes": self._notes(),
            "findings": self._patterns.findings,
            "torn_findings": self._patterns.torn_findings,
            "search_problem": self._patterns.problem,
            "has_cut_lines": self._patterns.has_cut_lines,
            "misplaced_line": next(iter(self._misplaced.lines), ""),
            "metrics": self._patterns.seen,
            "torn_metrics": self._patterns.torn_seen,
            "stdout": self._printed.text() if self._printed else "",
        }

    def _can_answer(self) -> bool:
        if self._scanner.n_lines > 0 or self._patterns.has_found or self._patterns.problem:
            return False
        return self._stdout.is_open or (self._searches_stderr and self._stderr.is_open)

    def _notes(self) -> list[str]:
        notes = []
        if self._scanner.was_cut:
            notes.append("a result line of more than 1 MiB was cut")
        notes += [log.problem for log in self._logs if log.problem]
        return notes

    def _read_both(self) -> bool:
        """Read a piece of each; whether there was any.

        Nobody knows in which order it came.  Most programs write to standard error at once and to standard
        output from a buffer, the last of it at their end: so that is taken for the later one.
        """
        return any([self._read(self._stderr), self._read(self._stdout)])

    def _read(self, stream: _Stream) -> bool:
        """Read one piece; whether there was any."""
        if not stream.is_open:
            return False
        try:
            chunk = os.read(stream.fd, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            self._close(stream)
            return False
        self._tail.add(chunk)
        is_stdout = stream is self._stdout
        (self._scanner if is_stdout else self._misplaced).add(chunk)
        if is_stdout or self._searches_stderr:
            self._patterns.add(chunk, stream.name)
            self._herald.tell_if_due()
        if is_stdout and self._printed:
            self._printed.add(chunk)
        for log in self._logs:
            log.add(stream.name, chunk)
        return True

    def _close(self, stream: _Stream) -> None:
        if stream.is_open:
            stream.is_open = False
            self._station.forget(stream.fd)
            os.close(stream.fd)


def _logs(order: RunOrder) -> Iterator[OutputLog | PlainLog]:
    """Where the output is written to."""
    if order.output_log:
        yield OutputLog(order.output_log, f"{order.slot} {order.uuid[:8]}")
    if order.folder:
        yield PlainLog(order.folder.output_log)


class _Untold:
    """Output that nobody looks into."""

    news_due_s = math.inf

    def tell_news(self) -> None:
        """There is none."""

    def may_bring_result(self) -> bool:
        return False


class _CountedOutput(_Untold):
    """Output that goes on to this process's own streams and is counted on the way.

    Threads copy it: whoever reads behind us may be slow, and the limits must hold meanwhile.  They wake the
    station when the limit is passed.
    """

    def __init__(self, order: RunOrder, child: Child, station: Station) -> None:
        self._uuid = order.uuid
        self._limit_bytes = order.output_limit_bytes or 0
        self._station = station
        self._lock = threading.Lock()
        self._n_bytes = 0
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)
        station.watch(self._bell.fileno(), self._hear)
        ways = ((child.stdout_fd, 1), (child.stderr_fd, 2))
        self._threads = [threading.Thread(target=self._copy, args=way, daemon=True) for way in ways]
        for thread in self._threads:
            thread.start()

    @property
    def n_bytes(self) -> int:
        with self._lock:
            return self._n_bytes

    def finish(self) -> None:
        for thread in self._threads:
            while thread.is_alive() and self._somebody_waits():
                thread.join(_PATIENCE_S)
                self._station.handle_events(0.0)
        self._station.forget(self._bell.fileno())
        self._bell.close()
        self._ring.close()

    def report(self) -> dict[str, Any]:
        return {"n_output_bytes": self.n_bytes}

    def _somebody_waits(self) -> bool:
        """False when the optimizer is gone, or does not want to wait for a reader that reads no more."""
        return not (self._station.is_abandoned or self._station.hurried_uuid == self._uuid)

    def _copy(self, source_fd: int, target_fd: int) -> None:
        while chunk := os.read(source_fd, _CHUNK_BYTES):
            with self._lock:
                was_within, self._n_bytes = self._n_bytes <= self._limit_bytes, self._n_bytes + len(chunk)
                passes_limit = was_within and self._n_bytes > self._limit_bytes
            if passes_limit:
                with contextlib.suppress(OSError):
                    self._ring.send(b"!")
            try:
                write_all(target_fd, chunk)
            except OSError:
                break  # nobody reads any more: the run hears of it as in front of any broken pipe
        os.close(source_fd)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(16)


class _UnseenOutput(_Untold):
    """Output that goes straight to where this process's own goes."""

    n_bytes = 0

    def finish(self) -> None:
        """Nothing has come this way."""

    def report(self) -> dict[str, Any]:
        return {}
