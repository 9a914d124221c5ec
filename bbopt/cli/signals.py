"""Signals that end what is under way cleanly."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["handling_signals", "signals_stop"]

_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_stop(stop: Callable[[str, int], None]) -> Iterator[None]:
    """A signal ends a search cleanly: `stop` is told its name and number.

    A second one does not wait for that: the targets are killed, and nothing more is written.
    """
    received: list[int] = []

    def handle(number: int) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        stop(signal.Signals(number).name, number)

    with handling_signals(handle):
        yield


@contextmanager
def handling_signals(handle: Callable[[int], None]) -> Iterator[None]:
    """Call `handle` with the number of each signal that asks the command to end.

    SIGHUP stays ignored where it is, as below `nohup`.
    """
    from bbopt.executors.waiting import WakePipe

    is_kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    numbers = [number for number in _STOPPING_SIGNALS if not (is_kept and number == signal.SIGHUP)]
    arrivals = WakePipe()
    n_arrived = n_called = n_handled = 0

    def hear(number: int, _: object) -> None:
        """Called once for several that have come in the middle of a long computation; each counts."""
        nonlocal n_arrived, n_called, n_handled
        n_arrived += sum(arrived in numbers for arrived in arrivals.read())
        n_called += 1
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
