"""What the exit status of a process means."""

from __future__ import annotations

import signal

__all__ = ["exit_in_words"]


def exit_in_words(status: int) -> str:
    """How a process ended, to follow its name; `status` is negative for a signal, as in `subprocess`."""
    return (
        f"was ended by signal {_signal_name(-status)}" if status < 0 else f"ended with exit status {status}"
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)  # a real-time signal
