"""Times of day as SMAC v2 shows them."""

from __future__ import annotations

from datetime import datetime

__all__ = ["shown_time"]


def shown_time(moment: datetime) -> str:
    """The time in the form `Nov 21, 2026, 6:27:09 PM`."""
    return f"{moment:%b} {moment.day}, {moment:%Y}, {moment.hour % 12 or 12}:{moment:%M:%S %p}"
