"""The end of a wait for runs, reached in short sleeps so that no signal goes unnoticed."""

from __future__ import annotations

import time

__all__ = ["Deadline"]

_LONGEST_SLEEP_S = 1.0


class Deadline:
    """`timeout_s` seconds from now, or never (None).

    Python runs a signal's handler only between instructions of the main thread.  A signal that comes after
    the last of them, when the system call that waits has not begun yet, or that another thread is given,
    does not end the call: the handler runs when the call has returned by itself.
    """

    def __init__(self, timeout_s: float | None) -> None:
        self._at_s = None if timeout_s is None else time.monotonic() + timeout_s

    @property
    def is_over(self) -> bool:
        """Whether there is no time left."""
        return self._at_s is not None and time.monotonic() >= self._at_s

    def next_sleep_s(self) -> float:
        """How long to wait before looking again whether it is over."""
        if self._at_s is None:
            return _LONGEST_SLEEP_S
        return min(_LONGEST_SLEEP_S, max(0.0, self._at_s - time.monotonic()))
