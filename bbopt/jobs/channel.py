"""What an experiment says to, and hears from, the one who runs it: Jobman's channel."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType

__all__ = ["Channel"]

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2)


class Channel:
    """Given to an experiment beside its state.

    An experiment returns COMPLETE (or None) when it is done, INCOMPLETE to go on later with what its state
    holds by then.  `finish_up_after_s` and `save_every_s` are None for never.
    """

    COMPLETE = None
    INCOMPLETE = True

    def __init__(
        self,
        save: Callable[[], None],
        finish_up_after_s: float | None = None,
        save_every_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._save = save
        self._finish_up_after_s = finish_up_after_s
        self._save_every_s = save_every_s
        self._clock = clock
        self._began_s = self._saved_s = clock()
        self._is_stopping = False

    def save(self) -> None:
        """Record the state as it is now."""
        self._save()
        self._saved_s = self._clock()

    def switch(self) -> str | None:
        """What is wanted: "stop" after a signal, "finish-up" when its time is over, "save" now and then.

        None: go on.
        """
        if self._is_stopping:
            return "stop"
        now_s = self._clock()
        if self._finish_up_after_s is not None and now_s - self._began_s >= self._finish_up_after_s:
            return "finish-up"
        if self._save_every_s is not None and now_s - self._saved_s >= self._save_every_s:
            return "save"
        return None

    __call__ = switch

    def listen(self) -> None:
        """Hear the signals that ask to stop."""
        for number in _STOPPING:
            signal.signal(number, self._stop)

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._is_stopping = True
