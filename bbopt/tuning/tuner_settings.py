"""What the loop goes by: limits, what crashes lead to, and its clocks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bbopt.scenario import CrashPolicy, Limits

__all__ = ["Clocks", "TunerSettings"]


@dataclass(frozen=True, slots=True)
class TunerSettings:
    """When to stop, and what crashes lead to.

    All runs under way are killed, and the search ends, when `kill_file` is deleted.  Other searches' runs
    are looked for after each own run, and at least every `listen_interval_s`.  `tells_output`: what targets
    print is logged.
    """

    limits: Limits
    crashes: CrashPolicy = field(default_factory=CrashPolicy)
    kill_file: Path | None = None
    listen_interval_s: float = 300.0
    tells_output: bool = False


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds of wall-clock time, and of CPU time that this process has used."""

    wall: Callable[[], float] = time.monotonic
    cpu: Callable[[], float] = time.process_time
