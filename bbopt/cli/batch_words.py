"""What batch systems say of the workers of a queue, for those who look at its jobs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from bbopt.batch_job import BatchJob
from bbopt.once import Once

if TYPE_CHECKING:
    from bbopt.executors.batch_states import BatchState

__all__ = ["BatchLook", "BatchStates", "batch_text", "state_counts"]

BatchStates = Mapping[BatchJob, "BatchState"]
"""How jobs of batch systems stand, those of which something is known."""


class BatchLook:
    """Looks again and again, and asks each time that so many seconds have passed.

    `tell` hears what went wrong, each thing once.
    """

    def __init__(self, tell: Callable[[str], None], every_s: float = 0.0) -> None:
        self._tell = tell
        self._every_s = every_s
        self._told = Once()
        self._asked_at_s = float("-inf")
        self._states: BatchStates = {}

    def states(self, jobs: Iterable[BatchJob | None]) -> BatchStates:
        """How they stand."""
        wanted = {job for job in jobs if job is not None}
        if wanted and time.monotonic() - self._asked_at_s >= self._every_s:
            from bbopt.executors.batch_states import ask_each

            self._states, errors = ask_each(wanted)
            self._asked_at_s = time.monotonic()
            for error in errors:
                if self._told.is_news(error.what):
                    self._tell(f"{error.what}{f': {error.got}' if error.got else ''}")
        return self._states


def batch_text(job: BatchJob | None, states: BatchStates) -> str:
    """The job and what is said of it: `slurm 1234 RUNNING`."""
    if job is None:
        return ""
    return f"{job} {states[job]}" if job in states else str(job)


def state_counts(states: BatchStates) -> list[str]:
    """A line for each batch system: `slurm: 3 RUNNING, 1 PENDING`."""
    systems = sorted({job.system for job in states})
    return [
        f"{system}: " + ", ".join(f"{n} {word}" for word, n in counts.most_common())
        for system in systems
        if (counts := Counter(str(state) for job, state in states.items() if job.system == system))
    ]
