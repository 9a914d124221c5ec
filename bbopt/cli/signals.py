"""Signals that ask a command to end: at once while it has done nothing yet, then cleanly."""

from __future__ import annotations

import itertools
import os
import signal
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["handling_signals", "interrupt", "let_signals_end_at_once", "signals_stop"]


def let_signals_end_at_once() -> None:
    """A signal ends the process, as long as nothing else is said: nothing has begun that needs an end.

    An exception would not do.  One that comes while numpy is imported becomes an ImportError, and others are
    swallowed.
    """
    for number in _ending_signals():
        signal.signal(number, _end_at_once)


def _end_at_once(number: int, _: object) -> None:
    with suppress(OSError):
        os.write(2, b"bbopt: interrupted\n")
    os._exit(128 + number)


def _ending_signals() -> list[int]:
    """SIGHUP stays ignored where it is, as below `nohup`."""
    is_kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([] if is_kept else [signal.SIGHUP])]


def interrupt(number: int) -> None:
    """Leave what is under way, by an exception that undoes it on its way out."""
    raise KeyboardInterrupt(number)


@contextmanager
def signals_stop(stop: Callable[[str, int], None]) -> Iterator[None]:
    """A signal ends a search cleanly: `stop` is told its name and number.

    A second one does not wait for that: the targets are killed, and nothing more is written.
    """
    received: list[int] = []

    def handle(number: int) -> None:
        if received:
            interrupt(received[0])
        received.append(number)
        stop(signal.Signals(number).name, number)

    with handling_signals(handle):
        yield


@contextmanager
def handling_signals(handle: Callable[[int], None]) -> Iterator[None]:
    """Call `handle` with the number of each signal that asks the command to end.

    Of SIGHUP that is the first only: when a terminal is closed, the shell and the kernel both send it.
    """
    from bbopt.executors.waiting import WakePipe

    numbers = _ending_signals()
    arrivals = WakePipe()
    n_arrived = n_called = n_handled = 0
    hangups_arrived, hangups_called = itertools.count(), itertools.count()

    def counts(number: int, hangups: Iterator[int]) -> bool:
        return number in numbers and (number != signal.SIGHUP or next(hangups) == 0)

    def hear(number: int, _: object) -> None:
        """Called once for several that have come in the middle of a long computation; each counts."""
        nonlocal n_arrived, n_called, n_handled
        n_arrived += sum(counts(arrived, hangups_arrived) for arrived in arrivals.read())
        n_called += counts(number, hangups_called)
        while n_handled < max(n_arrived, n_called):
            n_handled += 1
            handle(number)

    previous_fd = signal.set_wakeup_fd(arrivals.write_fileno(), warn_on_full_buffer=False)
    previous = {number: signal.signal(number, hear) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(previous_fd)
        arrivals.close()
