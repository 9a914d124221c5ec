"""Commands on this machine, so many at a time, each under a supervisor that ends all that it has started."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bbopt.batch_job import BATCH_JOB, BatchJob
from bbopt.executors.slots import SupervisorSlots
from bbopt.target.process_words import exit_in_words
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["LocalCommands"]

GRACE_S = 40.0
"""Workers give their jobs back in this time, of whose runs each may have half a minute to end in."""

_WITH_FILES = 'exec "$@" >"$0.out" 2>"$0.err" </dev/null'
"""What a shell makes of the command behind the first part of its files' names."""


class LocalCommands:
    """Runs commands in the current folder; what each prints goes to NAME.out and NAME.err in `folder`.

    `stop` may be called from a signal handler, and ends `wait`; a second time commands get no time to end in.
    """

    def __init__(self, slots: SupervisorSlots, folder: Path) -> None:
        self._slots = slots
        self._folder = folder.absolute()
        self._directory = os.getcwd()
        self._jobs: dict[int, BatchJob] = {}
        self._n = 0
        self.n_stops = 0

    @classmethod
    @contextmanager
    def at_a_time(cls, n: int, folder: Path) -> Iterator[LocalCommands]:
        """At most `n` at a time; none is left when this is left."""
        slots = SupervisorSlots(n)
        try:
            yield cls(slots, folder)
        finally:
            slots.close()

    @property
    def n_free(self) -> int:
        """How many more can be started."""
        return 0 if self.n_stops else self._slots.n_free

    @property
    def under_way(self) -> list[BatchJob]:
        """Those that have not ended."""
        return list(self._jobs.values())

    def start(self, command: Sequence[str]) -> BatchJob:
        """Start one; the job says which its process is in."""
        number = self._n
        self._n += 1
        job = self._jobs[number] = BatchJob("local", f"{os.getpid()}.{number}")
        order = RunOrder(
            argv=["/bin/sh", "-c", _WITH_FILES, str(self._folder / str(number)), *command],
            directory=self._directory,
            slot=self._slots.next_slot or 0,
            uuid=os.urandom(16).hex(),
            limit_s=None,
            grace_s=GRACE_S,
            environment={BATCH_JOB: str(job)},
        )
        self._slots.start(number, lambda _: order)
        return job

    def wait(self, timeout_s: float | None) -> list[tuple[int, str]]:
        """Those that have ended, by their numbers from 0, and why they have failed, "" where they have not.

        Waits for the first one, at most `timeout_s`, also where nothing is under way, until `stop`.
        """
        if not self._jobs and timeout_s is not None and not self.n_stops:
            self._slots.pause(timeout_s)
            return []
        ended = self._slots.wait(timeout_s, lambda ticket, latest: None)
        for one in ended:
            del self._jobs[one.ticket]
        return [(one.ticket, _failure(one.run)) for one in ended]

    def stop(self) -> None:
        """End what is under way; see `wait`."""
        self.n_stops += 1
        self._slots.wake()

    def end(self) -> list[tuple[int, str]]:
        """End what is under way, and wait for that; see `stop`."""
        ended: list[tuple[int, str]] = []
        n_cancelled = 0
        while self._jobs:
            while n_cancelled < min(2, max(1, self.n_stops)):
                self._slots.cancel()
                n_cancelled += 1
            ended += self.wait(None)
        return ended


def _failure(run: SupervisedRun) -> str:
    if run.ended_by is EndedBy.EXIT:
        status = run.exit_status or 0
        return "" if status == 0 else exit_in_words(status)
    if run.ended_by is EndedBy.CANCELLED:
        return "it was ended"
    return run.tail or "it could not be started"
