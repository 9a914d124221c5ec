"""Signals that end what is under way cleanly."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["signals_stop"]

_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_stop(stop: Callable[[str, int], None]) -> Iterator[None]:
    """A signal ends a search cleanly: `stop` is told its name and number.

    A second one does not wait for that: the targets are killed, and nothing more is written.
    """
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        if received:
            raise KeyboardInterrupt
        received.append(number)
        stop(signal.Signals(number).name, number)

    previous = {number: signal.signal(number, handle) for number in _STOPPING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
