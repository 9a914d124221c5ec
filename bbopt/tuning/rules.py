"""What the loop goes by: limits, what crashes lead to, and its clocks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bbopt.scenario import Limits

__all__ = ["Clocks", "CrashPolicy", "Rules"]


@dataclass(frozen=True, slots=True)
class CrashPolicy:
    """What crashed runs lead to: `abort-on-first-run-crash`, `abort-on-crash`, `retry-crashed-count`."""

    abort_on_first: bool = True
    abort_on_any: bool = False
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """When to stop, and what crashes lead to.

    All runs under way are killed, and the search ends, when `kill_file` is deleted.  Other searches' runs
    are looked for after each own run, and at least every `listen_interval_s`.
    """

    limits: Limits
    crashes: CrashPolicy = CrashPolicy()
    kill_file: Path | None = None
    listen_interval_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds of wall-clock time, and of CPU time that this process has used."""

    wall: Callable[[], float] = time.monotonic
    cpu: Callable[[], float] = time.process_time
